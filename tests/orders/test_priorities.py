"""Queued jobs come sooner or later: the queue, the document and the answer say so alike."""

import orjson
import pytest
from sqlalchemy import text

from paddles.archive import priorities as core
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid, NotFound
from paddles.lab import leases
from paddles.orders import priorities
from tests.boot import units as boot
from tests.controllers.test_statements import counted
from tests.orders.test_kills import TTL, claim, together
from tests.units import at, events_of, inexact, rows, submit

MANY = text("""
    INSERT INTO jobs (run_id, key, kind, status, priority, document, answer, posted, updated)
    SELECT run_id, 'copy ' || number, kind, status, priority, document, answer, posted, updated
    FROM jobs, generate_series(1, :many) AS number WHERE key = 'a'
""")


def change(database: Database, priority: int, key: str | None = None, run: str = "r") -> int:
    """Give jobs another priority."""
    return transact(database, lambda session: priorities.change(session, run, key, priority, "ann"))


@pytest.fixture
def filled(database: Database) -> Database:
    """A run with jobs that are queued, one that a dispatcher has, one that runs; and one in another run."""
    submit(database, key="taken", status="queued", queue="q", priority=1)
    assert claim(database)
    for key, priority in (("a", 30), ("b", 20)):
        submit(database, key=key, status="queued", queue="q", priority=priority, description="d")
    submit(database, key="runs", status="running", queue="q", priority=7)
    submit(database, "other", "c", status="queued", queue="q", priority=25)
    return database


def said(database: Database) -> dict[str, int | None]:
    """Return the priority of each job, in which columns and documents agree."""
    found = rows(database, "SELECT key, priority, document, answer FROM jobs")
    for row in found:
        assert row.priority == orjson.loads(row.document)["priority"] == orjson.loads(row.answer)["priority"]
    return {row.key: row.priority for row in found}


def test_those_that_are_queued(filled: Database) -> None:
    """All of a run, and no others; they are handed out by it."""
    known = read(filled, lambda session: priorities.prospect(session, "r", None))
    assert (2, 20, 30) == tuple(known)

    assert 2 == change(filled, 26)

    assert {"taken": 1, "a": 26, "b": 26, "runs": 7, "c": 25} == said(filled)
    handed = transact(filled, lambda session: leases.claim(session, ["q"], "test", at(9), TTL))
    assert ["c"] == [row.key for row in rows(filled, "SELECT key FROM jobs WHERE id = :id", id=handed)]


def test_one_job(filled: Database) -> None:
    """And what its document said besides stays, in its order."""
    change(filled, -5, "a")

    assert {"a": -5, "b": 20} == {key: value for key, value in said(filled).items() if key in "ab"}
    (row,) = rows(filled, "SELECT document FROM jobs WHERE key = 'a'")
    assert b'{"queue":"q","priority":-5,"description":"d"}' == bytes(row.document)


def test_jobs_that_machines_boot_for(database: Database) -> None:
    """The more urgent one is given first."""
    boot.submit(database, submit_id="r", priority=5)
    second = boot.submit(database, submit_id="s", priority=9)

    change(database, 1, run="s")

    assert second == boot.given(database)


def test_the_log_says_who(filled: Database) -> None:
    """And how many."""
    change(filled, 5)
    change(filled, 6, "a")

    told = [(event.type, orjson.loads(event.data)) for event in events_of(filled, "action")]
    assert ("run.priority", {"by": "ann", "run": "r", "priority": 5, "jobs": 2}) == told[0]
    assert ("job.priority", {"by": "ann", "run": "r", "job": "a", "priority": 6, "jobs": 1}) == told[1]


def test_nothing_is_queued(filled: Database) -> None:
    """Conflict, also for what a dispatcher has; and there may be no such thing."""
    for key in ("taken", "runs"):
        with pytest.raises(Conflict):
            change(filled, 5, key)
    for run, key in (("nothing", None), ("r", "nothing")):
        with pytest.raises(NotFound):
            change(filled, 5, key, run)

    assert [] == events_of(filled, "action")


def test_more_than_at_once(filled: Database) -> None:
    """Are left as they are."""
    transact(filled, lambda session: session.execute(MANY, {"many": core.MOST}))
    with pytest.raises(Invalid):
        change(filled, 5)

    assert 30 == said(filled)["a"]


def test_statements_do_not_grow(database: Database) -> None:
    """With the number of jobs."""
    found = []
    for number in (2, 20):
        for key in range(number):
            submit(database, f"r{number}", str(key), status="queued", queue="q")
        with counted() as statements:
            change(database, 4, run=f"r{number}")
        found.append(len(statements))

    assert found[0] == found[1]


def test_while_jobs_are_handed_out(database: Database) -> None:
    """Nobody waits for long, and what is handed out keeps what it says."""
    for key in range(8):
        submit(database, key=str(key), status="queued", queue="q", priority=9)
    done = together(*[lambda: claim(database)] * 3, lambda: change(database, 3), lambda: change(database, 4))

    assert all(isinstance(each, int) or each is None for each in done)
    assert set(said(database).values()) <= {9, 3, 4}
    assert [] == inexact(database)
