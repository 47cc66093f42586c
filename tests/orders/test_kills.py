"""Runs and jobs are killed: what nobody has begun, and what our machines have; once, and whoever else is at it."""

import threading
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Forbidden, NotFound
from paddles.lab import leases
from paddles.orders import kills
from paddles.orders.kills import Fates
from tests.boot import units as boot
from tests.conftest import NOW
from tests.controllers.test_statements import counted
from tests.units import at, events_of, inexact, rows, submit

TTL = at(120) - NOW


def kill(database: Database, run: str = "r", key: str | None = None) -> Fates:
    """Kill a run, or a job of it."""
    return transact(database, lambda session: kills.kill(session, run, key, "ann", at(9)))


def states(database: Database) -> dict[str, tuple[str, str | None]]:
    """Return status and reason of each job by its key."""
    return {row.key: (row.status, row.reason) for row in rows(database, "SELECT * FROM jobs")}


def claim(database: Database, queue: str = "q") -> int | None:
    """Take the next job of a queue, as a dispatcher does."""
    return transact(database, lambda session: leases.claim(session, [queue], "test", at(5), TTL))


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do works at once, and return what each gave, or how it was refused."""
    barrier, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            found[place] = work()
        except (Conflict, NotFound) as error:
            found[place] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_what_waits_here_is_cancelled(database: Database) -> None:
    """Jobs in a queue that nobody holds; what a dispatcher has, runs, or was queued elsewhere stays as it is."""
    submit(database, key="handed out", status="queued", queue="q", priority=1)
    assert claim(database)
    submit(database, key="waits", status="queued", queue="q")
    submit(database, key="elsewhere", status="queued")
    submit(database, key="runs", status="running", queue="q")
    submit(database, key="ended", status="pass", queue="q")

    before = read(database, lambda session: kills.prospect(session, "r"))
    fates = kill(database)

    assert Fates(cancel=1, dispatched=3) == before == fates
    assert {
        "handed out": ("queued", None),
        "waits": ("dead", "cancel"),
        "elsewhere": ("queued", None),
        "runs": ("running", None),
        "ended": ("pass", None),
    } == states(database)
    assert claim(database) is None
    assert [] == inexact(database)


def test_machines_that_boot_are_ended(database: Database) -> None:
    """What one has is dead by terminate and its lease over; what waits by cancel; who waited for them, in vain."""
    running = boot.started(database, submit_id="r")
    queued = boot.submit(database, submit_id="r")
    waiting = boot.submit(database, submit_id="other", wait_on={str(running): None})

    fates = kill(database)

    assert Fates(cancel=1, terminate=1) == fates
    found = {row.id: (row.status, row.reason) for row in rows(database, "SELECT * FROM jobs")}
    assert ("dead", "terminate") == found[running]
    assert ("dead", "cancel") == found[queued]
    assert "waiting" != found[waiting][0]
    assert [] == boot.lives(database)
    assert [] == inexact(database)


def test_one_job(database: Database) -> None:
    """The others stay."""
    for key in ("1", "2"):
        submit(database, key=key, status="queued", queue="q")

    assert Fates(cancel=1) == kill(database, key="2")

    assert {"1": ("queued", None), "2": ("dead", "cancel")} == states(database)


def test_the_log_says_who(database: Database) -> None:
    """Of a run and of a job; and each job tells that it is dead, as always."""
    for key in ("1", "2"):
        submit(database, key=key, status="queued", queue="q")
    kill(database, key="1")
    kill(database)

    told = [(e.type, e.subject, orjson.loads(e.data)) for e in events_of(database, "action")]
    said = {"by": "ann", "run": "r", "cancelled": 1, "terminated": 0}
    assert [("job.killed", "runs/r/jobs/1", {**said, "job": "1"}), ("run.killed", "runs/r", said)] == told
    assert 2 == len([event for event in events_of(database, "job") if event.type == "job.dead"])


@pytest.mark.parametrize("key", [None, "1"])
def test_nothing_is_to_be_killed(database: Database, key: str | None) -> None:
    """Conflict where it has ended, or is somebody else's; nothing is noted then."""
    submit(database, key="1", status="fail", queue="q")
    with pytest.raises(Conflict, match="it has ended"):
        kill(database, key=key)
    submit(database, "other", key="1", status="running", queue="q")
    with pytest.raises(Conflict, match="not executed by machines"):
        kill(database, "other", key)

    assert [] == events_of(database, "action")


def test_there_is_no_such_thing(database: Database) -> None:
    """Neither a run nor a job of that name."""
    submit(database, key="1", status="queued", queue="q")
    for run, key in (("nothing", None), ("nothing", "1"), ("r", "2")):
        with pytest.raises(NotFound):
            kill(database, run, key)
        with pytest.raises(NotFound):
            read(database, lambda session, run=run, key=key: kills.prospect(session, run, key))  # type: ignore[misc]


def test_builds_are_their_projects(database: Database) -> None:
    """Forbidden."""
    submit(database, key="1", status="queued", queue="q")
    transact(database, lambda s: s.execute(kills.text("UPDATE jobs SET kind = 'build'")))

    with pytest.raises(Forbidden):
        kill(database)


def test_statements_do_not_grow(database: Database) -> None:
    """With the number of jobs."""
    found = []
    for number in (2, 20):
        for key in range(number):
            submit(database, f"r{number}", str(key), status="queued", queue="q")
            boot.submit(database, submit_id=f"r{number}")
        with counted() as statements:
            kill(database, f"r{number}")
        found.append(len(statements))

    assert found[0] == found[1]


def test_a_kill_while_jobs_are_handed_out(database: Database) -> None:
    """A job is either handed out or dead, never both; of two kills at once one finds nothing."""
    for number in range(8):
        run = f"r{number}"
        for key in range(4):
            submit(database, run, str(key), status="queued", queue="q")
        taken = together(
            lambda: claim(database),
            lambda: claim(database),
            *[lambda run=run: kill(database, run)] * 2,  # type: ignore[misc]
        )
        held = {job_id for job_id in taken[:2] if job_id}
        dead = {row.id for row in rows(database, "SELECT id FROM jobs WHERE status = 'dead'")}
        assert not held & dead
        fates = [each for each in taken[2:] if isinstance(each, Fates)]
        assert 1 == len(fates)
        left = rows(
            database,
            "SELECT key FROM jobs JOIN runs ON runs.id = run_id WHERE name = :run AND jobs.status = 'queued'",
            run=run,
        )
        assert 4 == fates[0].cancel + len(left)

    assert [] == inexact(database)
