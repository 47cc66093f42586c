"""Documents of KCIDB to test with, submitted and read as the service does it; every default is visible here."""

import secrets
from typing import Any

import orjson
from sqlalchemy import text

from paddles.archive import contents, files, receipts
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import documents
from tests.conftest import NOW
from tests.units import rows

VERSION = {"major": 5, "minor": 3}
CHECKOUT = {
    "id": "o:c1",
    "origin": "o",
    "tree_name": "mainline",
    "git_repository_url": "https://git.example/linux.git",
    "git_repository_branch": "master",
    "git_commit_hash": "f" * 40,
    "git_commit_name": "v6.1-rc1",
}
BUILD = {
    "id": "o:b1",
    "origin": "o",
    "checkout_id": "o:c1",
    "architecture": "arm64",
    "config_name": "defconfig",
    "compiler": "gcc-12",
    "status": "PASS",
    "duration": 12.5,
}
TEST = {
    "id": "o:t1",
    "origin": "o",
    "build_id": "o:b1",
    "path": "ltp.syscalls.abs",
    "status": "PASS",
    "environment": {"misc": {"platform": "qemu", "lab": "lab-x"}},
}
NAMED = {"checkouts": CHECKOUT, "builds": BUILD, "tests": TEST}
RUN, BUILD_KEY, TESTS_KEY = "kcidb:o:c1", "build:o:b1", "tests:o:b1:lab-x:qemu"
# All that there is of the archive, whatever numbers the rows have and whenever they were written.
SNAPSHOT = {
    "runs": "SELECT name, suite, branch, status, n_pass, n_fail, n_dead, n_unknown, n_running FROM runs",
    "jobs": """SELECT runs.name, key, kind, jobs.status, CAST(document AS text), sha1, flavor, descriptions.text
        FROM jobs JOIN runs ON runs.id = run_id LEFT JOIN descriptions ON descriptions.id = description_id""",
    "tests": """SELECT key, tests.name, tests.status, context, n_pass, n_fail, n_error, n_skip, n_unknown
        FROM tests JOIN jobs ON jobs.id = job_id""",
    "cases": """SELECT key, tests.name, row_number() OVER (PARTITION BY test_id ORDER BY cases.id), cases.name,
            cases.status, waived, output, measurement, units, cases.duration_s
        FROM cases JOIN tests ON tests.id = test_id JOIN jobs ON jobs.id = job_id""",
}


def thing(kind: str, **said: Any) -> dict[str, Any]:
    """Return one of ``checkouts``, ``builds`` or ``tests`` in a document of its own, with what is said put over it."""
    return document(**{kind: [{**NAMED[kind], **said}]})


def document(**things: Any) -> dict[str, Any]:
    """Return a document of the newest schema."""
    return {"version": VERSION, **things}


def many() -> list[tuple[str, dict[str, Any]]]:
    """Return things of two checkouts, some said twice, in their natural order."""
    found: list[tuple[str, dict[str, Any]]] = []
    for number in range(2):
        revision = {"id": f"o:c{number}", "tree_name": f"tree{number}"}
        found.append(("checkouts", {**CHECKOUT, **revision}))
        for build in range(3):
            name = f"o:b{number}-{build}"
            status = ("PASS", "FAIL", None)[build]
            found.append(("builds", {**BUILD, "id": name, "checkout_id": revision["id"], "status": status}))
            for test in range(4):
                said = {"path": ("ltp.a", "ltp.b", "boot", "ltp.a")[test], "status": ("PASS", "FAIL", "SKIP")[test % 3]}
                place = {"environment": {"misc": {"platform": f"p{test % 2}"}}}
                found.append(("tests", {**TEST, **said, **place, "id": f"o:t{name}-{test}", "build_id": name}))
    return found


def submit(database: Database, settings: Settings, content: Any, *, origin: str = "") -> str:
    """Receive a document, bytes or a value, and return its id."""
    data = content if isinstance(content, bytes) else orjson.dumps(content)
    name, digest = secrets.token_hex(16), contents.digest(data)
    transact(database, lambda session: files.expect(session, {digest: len(data)}, NOW))
    contents.keep(contents.store(settings), data)
    transact(database, lambda s: receipts.add(s, documents.KCIDB, {name: digest}, NOW, origin=origin, username="ann"))
    return name


def load(database: Database, settings: Settings, *found: Any) -> None:
    """Receive documents and read them, one after the other; none may fail."""
    for each in found:
        submit(database, settings, each)
        assert 1 == documents.read(database, settings, NOW)
    assert [] == rows(database, "SELECT reason FROM receipts WHERE state <> 'processed'")


def reason_of(database: Database, name: str) -> str:
    """Return why a document failed."""
    ((state, reason),) = rows(database, text("SELECT state, reason FROM receipts WHERE external_id = :name"), name=name)
    assert "failed" == state
    return str(reason)


def snapshot(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that the archive holds."""
    return {name: sorted(map(tuple, rows(database, query)), key=repr) for name, query in SNAPSHOT.items()}
