"""What would keep the tables of the archive from being spread over machines, found by reading every statement.

docs/scale-out.md says which table would go where, and lists every exception: what is allowed, and what has to change
first. Whoever adds a statement that Citus refuses is told so here; whoever removes one shortens the list.
"""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import PrimaryKeyConstraint, TextClause, UniqueConstraint

import paddles
from paddles.db import binaries
from paddles.db.prepared import Hot
from paddles.tables import METADATA
from tests.db.servers import ask

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "scale-out.md").read_text()
SCRIPT = (ROOT / "deploy" / "citus.sql").read_text()

# By table: the column that it is spread by. All others are on every machine (reference), or on the first one only.
SPREAD = {"runs": "id", **dict.fromkeys(("jobs", "job_machines", "tests", "cases", "files"), "run_id")}
REFERENCE = {"contents", "descriptions", "failures", "machines", "macs", "queues"}
FIRST_ONLY = {
    *("events", "leases", "migrations", "nodes", "sweeps", "waits", "members", "repeats"),
    *("subscriptions", "list_items", "keys", "webhooks", "deliveries", "followers"),
    *("users", "groups", "memberships", "grants", "signing_keys", "attempts", "mails"),
    *("projects", "triggers", "git_refs", "builds", "build_jobs", "build_changes", "links", "surges", "pullers"),
    *("feeds", "fed", "notices", "offers", "polls", "signals", "receipts", "entries", "dashboard_sets"),
    *("kernel_builds", "kernel_boots", "kernel_logs", "log_lines", "refusals"),
    *("lineages", "paths", "marks", "regressions", "notes", "known_issues"),
}

VOLATILE = r"\b(clock_timestamp|timeofday|random|gen_random_uuid|nextval|setseed|statement_timestamp)\s*\("
LOCKS = r"\bFOR\s+(NO\s+KEY\s+UPDATE|UPDATE|KEY\s+SHARE|SHARE)\b"
OF_ONE_RUN = r"\b(run_id|parent_id|runs\.id)\s*=\s*:"

FORBIDDEN = {
    "a trigger": r"(?i)\bCREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?TRIGGER\b",
    "a rule": r"(?i)\bCREATE\s+(OR\s+REPLACE\s+)?RULE\b",
    "MERGE": r"(?i)\bMERGE\s+INTO\b",
    "LISTEN or NOTIFY": r"\b(LISTEN|NOTIFY)\s+\w+|\bpg_notify\s*\(",
    "a lock of the session": r"(?i)\bpg_(try_)?advisory_lock(_shared)?\s*\(",
    "a volatile default": rf"(?i)\bDEFAULT\s+{VOLATILE[2:]}",
}


def statements() -> Iterator[tuple[str, str]]:
    """Yield every named statement of the service as ``package.module.NAME`` and SQL without texts and comments."""
    modules = [found.name for found in pkgutil.walk_packages(paddles.__path__, "paddles.")]
    skipped = ("paddles.wsgi", "paddles.alembic")
    named = [
        (f"{module.removeprefix('paddles.')}.{name}", value)
        for module in modules
        if not module.startswith(skipped)
        for name, value in vars(importlib.import_module(module)).items()
    ]
    seen: set[int] = set()
    for name, value in named:
        for found in value.values() if isinstance(value, dict) else [value]:
            if isinstance(found, TextClause | Hot) and id(found) not in seen:
                seen.add(id(found))
                yield name, plain(found.text)


def plain(sql: str) -> str:
    """Return SQL without comments and the content of texts, in one line."""
    return " ".join(re.sub(r"--[^\n]*|'(?:[^']|'')*'", " '' ", sql).split())


def body(sql: str, begin: int) -> str:
    """Return the part of a statement that begins there and ends with the parenthesis around it."""
    depth = 0
    for end in range(begin, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[end], 0)
        if depth < 0:
            return sql[begin:end]
    return sql[begin:]


def spread_in(sql: str) -> set[str]:
    """Return the tables in SQL that would be spread over machines."""
    return {table for table in SPREAD if re.search(rf"\b{table}\b", sql)}


def exceptions() -> Iterator[tuple[str, str]]:
    """Yield what and which rule, for everything in the service that Citus might refuse."""
    for name, sql in statements():
        spread = spread_in(sql)
        if "RECURSIVE" in sql and spread:
            yield name, "recursive"
        if spread and re.search(LOCKS, sql) and not re.search(OF_ONE_RUN, sql):
            yield name, "locks"
        parts = [
            body(sql, found.end()) for found in re.finditer(r"\bAS (MATERIALIZED )?\( ?(?=UPDATE|INSERT|DELETE)", sql)
        ]
        if spread and parts:
            yield name, "parts"
    for table in METADATA.sorted_tables:
        yield from unkeyed(table.name)


def unkeyed(name: str) -> Iterator[tuple[str, str]]:
    """Yield the keys of a spread table that lack its column, and foreign keys that no machine could check by itself."""
    table = METADATA.tables[name]
    keys = [key for key in table.constraints if isinstance(key, UniqueConstraint | PrimaryKeyConstraint)]
    for key in [*keys, *(index for index in table.indexes if index.unique)]:
        if name in SPREAD and SPREAD[name] not in key.columns:
            yield str(key.name), "unique"
    for key in table.foreign_key_constraints:
        other = key.referred_table.name
        by_run = name in SPREAD and SPREAD[name] in key.columns
        if (other in SPREAD and not by_run) or (name in SPREAD and other in FIRST_ONLY):
            yield str(key.name), "foreign key"


def listed(heading: str) -> set[tuple[str, str]]:
    """Return what a table of the page lists: what, and the rule."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([\w.]+)` \| ([a-z ]+) \| [^|]+ \|$", part, re.MULTILINE))


def offline() -> str:
    """Return the SQL of all migrations."""
    command = [sys.executable, "-m", "alembic", "-c", "alembic.ini.in", "upgrade", "head", "--sql"]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_every_table_has_its_place() -> None:
    """Spread, on every machine, or on the first: the page and the script say the same as this test."""
    tables = set(METADATA.tables)
    assert tables == set(SPREAD) | REFERENCE | FIRST_ONLY
    assert tables == set(re.findall(r"^CREATE TABLE (\w+)", offline(), re.MULTILINE)) - {"alembic_version"}

    places = {t: f"spread by `{c}`" for t, c in SPREAD.items()}
    places |= dict.fromkeys(REFERENCE, "everywhere") | dict.fromkeys(FIRST_ONLY, "the first only")
    assert all(f"| `{table}` | {place} |" in PAGE for table, place in places.items())
    assert SPREAD == dict(re.findall(r"create_distributed_table\('(\w+)', '(\w+)'", SCRIPT))
    assert set(re.findall(r"create_reference_table\('(\w+)'", SCRIPT)) == REFERENCE


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_is_refused_everywhere_is_nowhere(what: str) -> None:
    """Neither the migrations nor any text in the code has it."""
    texts = [("the migrations", re.sub(r"--[^\n]*", "", offline()))]
    for path in sorted((ROOT / "paddles").rglob("*.py")):
        strings = [n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)]
        texts += [(path.name, each) for each in strings if isinstance(each, str)]

    assert [] == [where for where, each in texts if re.search(FORBIDDEN[what], each)]


def test_changes_are_the_same_on_every_machine() -> None:
    """No UPDATE or DELETE asks a volatile function, and none moves a row to another run or gives a run another name."""
    checked = 0
    for name, sql in statements():
        for found in re.finditer(r"\b(?:UPDATE (?!OF|SKIP)(\w+)|DELETE FROM (\w+))", sql):
            part = body(sql, found.start())
            assert not re.search(VOLATILE, part), name
            sets = re.search(r"\bSET\b(.*?)(\bFROM\b|\bWHERE\b|$)", part)
            fixed = "name|id" if found[1] == "runs" else SPREAD.get(found[1] or "", "-")
            assert not re.search(rf"(^|,) (?:{fixed}) =", sets[1] if sets else ""), name
            checked += 1
    assert checked > 20


def test_the_page_lists_every_exception() -> None:
    """What is allowed with its reason, and what has to change before tables are spread; no more and no less."""
    allowed, to_change = listed("What looks refused and is not"), listed("What has to change first")

    assert set(exceptions()) == allowed | to_change
    assert not allowed & to_change


def test_the_script_refuses_a_schema_that_is_not_ready(database_url: str) -> None:
    """Today's is not: the script says why, and changes nothing."""
    psql = [
        str(binaries.find() / "psql"),
        "-X",
        "-f",
        str(ROOT / "deploy" / "citus.sql"),
        database_url.replace("+psycopg2", ""),
    ]
    done = subprocess.run(psql, capture_output=True, text=True, check=False, timeout=60)

    assert 3 == done.returncode
    assert "not ready" in done.stderr
    assert 0 == ask(database_url, "SELECT count(*) FROM pg_extension WHERE extname = 'citus'")
    assert 0 == ask(database_url, "SELECT count(*) FROM pg_class WHERE relname = 'run_names'")
