"""Find what is called so, or says so, whatever it is: runs, revisions, jobs, people, machines, failures, tests ..."""

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import Row, TextClause, text

from paddles.archive import links
from paddles.db import limits
from paddles.db.pages import part, prefix
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.settings import Settings

# How much of a group is shown, and how many of it are counted; how many seconds of the server each may take.
SHOWN, MOST = 10, 100
SHORTEST = 3
LIMIT_S = 1.0
LONGEST = 200
REVISION = re.compile(r"[0-9a-f]{7,64}\Z")


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is called, its address, and what else there is to say of it."""

    text: str
    href: str
    note: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind, and the address of all of it where there is such a list.

    There are ``count`` of them, or where that is not ``exact``, more. None where it was not found out in time.
    """

    name: str
    title: str
    hits: tuple[Hit, ...]
    count: int | None
    exact: bool
    href: str | None = None


@dataclass(frozen=True)
class Found:
    """What was found, and the address of the one thing that is meant, where there is no doubt of it."""

    groups: tuple[Group, ...]
    jump: str | None = None


@dataclass(frozen=True)
class _Kind:
    name: str
    title: str
    statement: TextClause
    hit: Callable[[Row[Any]], Hit]
    whole: Callable[[str], str] | None = None
    meant: Callable[[str], bool] = bool

    @functools.cached_property
    def asks(self) -> frozenset[str]:
        """The values that the statement takes."""
        return frozenset(self.statement.compile().params)


def _list(address: str, name: str) -> Callable[[str], str]:
    return lambda words: f"{address}?{urlencode([(name, words)])}"


def _called(address: str) -> Callable[[Row[Any]], Hit]:
    return lambda row: Hit(row.value, f"{address}{quote(row.value, safe='')}/")


def _chosen(address: str, name: str) -> Callable[[Row[Any]], Hit]:
    return lambda row: Hit(row.value, f"{address}?{urlencode([(name, row.value)])}")


def _leaping(table: str, column: str, begins: str = "true") -> str:
    """All values of an indexed column: one index probe a value, however many rows carry it."""
    return f"""
    WITH RECURSIVE found (value) AS (
        (SELECT {column} FROM {table} WHERE {column} > '' AND {begins} ORDER BY {column} LIMIT 1)
        UNION ALL
        SELECT (SELECT {column} FROM {table} WHERE {column} > found.value AND {begins} ORDER BY {column} LIMIT 1)
        FROM found WHERE found.value IS NOT NULL)
    SELECT value FROM found WHERE value IS NOT NULL"""


def _words(column: str) -> TextClause:
    return text(f"{_leaping('runs', column)} AND value ILIKE :part ORDER BY value LIMIT :limit")


def _indexed(words: str) -> bool:
    # An index of parts of text knows nothing shorter, and all of it would be read.
    return len(words) >= SHORTEST


def _job(row: Row[Any]) -> Hit:
    return Hit(row.key, links.job(row.run, row.key), f"{row.status}, {row.run}")


def _line(row: Row[Any]) -> Hit:
    return Hit(row.message, f"{links.job(row.run, row.key)}log#L{row.line}", row.run)


KINDS = (
    _Kind(
        "jobs",
        "Jobs",
        text("""
            SELECT runs.name AS run, jobs.key, jobs.status FROM jobs JOIN runs ON runs.id = jobs.run_id
            WHERE jobs.key = :words ORDER BY jobs.posted DESC, jobs.id DESC LIMIT :limit"""),
        _job,
        _list("/jobs/", "key"),
    ),
    _Kind(
        "revisions",
        "Revisions",
        text(f"{_leaping('jobs', 'sha1', 'sha1 LIKE :prefix')} ORDER BY value LIMIT :limit"),
        _chosen("/runs/", "sha1"),
        _list("/runs/", "sha1"),
        lambda words: bool(REVISION.match(words.lower())),
    ),
    _Kind(
        "runs",
        "Runs",
        text("""
            SELECT name, status FROM runs WHERE name ILIKE :part
            ORDER BY lower(name) = lower(:words) DESC, posted DESC, id DESC LIMIT :limit"""),
        lambda row: Hit(row.name, links.run(row.name), row.status),
        _list("/runs/", "~name"),
    ),
    _Kind("users", "Users", _words("username"), _chosen("/runs/", "user"), _list("/runs/", "~user")),
    _Kind("branches", "Branches", _words("branch"), _chosen("/runs/", "branch"), _list("/runs/", "~branch")),
    _Kind("suites", "Suites", _words("suite"), _chosen("/runs/", "suite"), _list("/runs/", "~suite")),
    _Kind(
        "machines",
        "Machines",
        text("""
            SELECT name, concat_ws(', ', NULLIF(machine_type, ''), NULLIF(description, '')) AS note FROM machines
            WHERE name ILIKE :part ORDER BY name LIMIT :limit"""),
        lambda row: Hit(row.name, f"/nodes/{quote(row.name, safe='')}/", row.note),
        _list("/nodes/", "~name"),
    ),
    _Kind(
        "failures",
        "Failures",
        text("""
            SELECT id, text FROM (SELECT id, text FROM failures WHERE text ILIKE :part LIMIT :limit) AS found
            ORDER BY (SELECT max(posted) FROM jobs WHERE jobs.failure_id = found.id) DESC NULLS LAST, id"""),
        lambda row: Hit(row.text, links.failure(row.id)),
        meant=_indexed,
    ),
    _Kind(
        "lines",
        "Log lines",
        text("""
            SELECT found.line, found.message, runs.name AS run, jobs.key
            FROM (SELECT job_id, line, at, message FROM log_lines
                WHERE words @@ websearch_to_tsquery('simple', :words)
                ORDER BY at DESC, job_id DESC, line DESC LIMIT :limit) AS found
            JOIN jobs ON jobs.id = found.job_id JOIN runs ON runs.id = jobs.run_id
            ORDER BY found.at DESC, found.job_id DESC, found.line DESC"""),
        _line,
        _list("/logs/", "q"),
    ),
    _Kind(
        "tests",
        "Tests",
        text("""
            SELECT path FROM (
                SELECT CASE suite WHEN '' THEN name ELSE suite || '/' || name END AS path FROM paths
                WHERE (suite || '/' || name) ILIKE :part LIMIT :limit) AS found
            ORDER BY path"""),
        lambda row: Hit(row.path, f"/tests/{quote(row.path)}"),
        meant=_indexed,
    ),
    _Kind(
        "projects",
        "Projects",
        text("SELECT name AS value FROM projects WHERE name ILIKE :part ORDER BY name LIMIT :limit"),
        _called("/projects/"),
    ),
)
NAMES = tuple(kind.name for kind in KINDS)


def closed(settings: Settings) -> frozenset[str]:
    """Return the kinds that are another face's to show, where that asks more of who looks than the results' does."""
    strict = settings.jobserv_access not in ("open", settings.results_access)
    return frozenset(("projects",)) if strict else frozenset()


def find(session: Session, words: str, without: frozenset[str] = frozenset()) -> Found:
    """Return what is called so or says so, in groups of kinds of which there is any; nothing for no words.

    Runs, people, machines, failures and tests are found by any part of what they are called, in letters of either size,
    the last two by three letters or more; revisions by seven first digits or more; jobs by their ids; log lines by the
    words in them. Kinds ``without`` are passed over.

    Raises:
        Invalid: it is longer than ``LONGEST`` characters.
    """
    words = words.strip()
    if len(words) > LONGEST:
        raise Invalid(f"q has at most {LONGEST} characters")
    groups = tuple(_groups(session, words, without)) if words else ()
    return Found(groups, _jump(groups, words))


def _groups(session: Session, words: str, without: frozenset[str]) -> Iterator[Group]:
    values = {"words": words, "part": part(words), "prefix": prefix(words.lower()), "limit": MOST + 1}
    for kind in KINDS:
        if kind.name in without or not kind.meant(words):
            continue
        found = _group(session, kind, words, values)
        if found.count != 0:
            yield found


def _group(session: Session, kind: _Kind, words: str, values: dict[str, Any]) -> Group:
    whole = kind.whole(words) if kind.whole else None
    bound = kind.statement.bindparams(**{name: values[name] for name in kind.asks})
    try:
        rows = limits.within(session, bound, LIMIT_S).all()
    except Invalid:
        return Group(kind.name, kind.title, (), None, False, whole)
    hits = tuple(kind.hit(row) for row in rows[:SHOWN])
    return Group(kind.name, kind.title, hits, min(len(rows), MOST), len(rows) <= MOST, whole)


def _jump(groups: tuple[Group, ...], words: str) -> str | None:
    """Return where one job has that id, else where one thing is called just so."""
    for group in groups:
        if group.name == "jobs":
            return group.hits[0].href if group.count == 1 else None
    named = [hit for group in groups if group.name in ("runs", "machines") for hit in group.hits]
    exact = [hit.href for hit in named if hit.text == words]
    return exact[0] if len(exact) == 1 else None
