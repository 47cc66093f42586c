"""Every change of what the core keeps is one event on its channel."""

import datetime
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from paddles.archive import runs
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.lab import asking, leases, locks, machines, queues, reports, upkeep
from tests.units import NOW, SCHEME, accept, at, events_of, register, submit

MINUTE = datetime.timedelta(minutes=1)


def told(database: Database, channel: str) -> list[str]:
    """Return the types of a channel's events, without the channel."""
    return [event.type.removeprefix(f"{channel}.") for event in events_of(database, channel)]


def said(database: Database, channel: str) -> Any:
    """Return what the newest event of a channel says."""
    return orjson.loads(events_of(database, channel)[-1].data)


def claim(database: Database, seconds: float = 0) -> int | None:
    """Take a job of the queue ``q``."""
    return transact(database, lambda s: leases.claim(s, ["q"], "test", at(seconds), MINUTE))


def test_a_run(database: Database) -> None:
    """Made, each change of its status and no other change of its counters, tagged, deleted."""
    submit(database, "r", "1", status="queued")
    submit(database, "r", "2", status="queued")
    accept(database, "r", "1", status="running")
    accept(database, "r", "1", success=True)
    accept(database, "r", "2", status="running")
    accept(database, "r", "2", success=False)
    assert {"run": "r", "status": "finished fail", "from": "running"} == said(database, "run")
    transact(database, lambda s: runs.tag(s, "r", ["x"]))
    transact(database, lambda s: runs.delete(s, "r"))

    assert ["created", "queued", "running", "queued", "running", "finished", "tagged", "deleted"] == told(
        database, "run"
    )


def test_jobs_that_move_together_change_a_run_once(database: Database) -> None:
    """However many they are, a run's status changes once."""
    for key in "123":
        submit(database, "r", key, status="running")
    transact(database, lambda s: upkeep_end(s, "r"))

    assert ["created", "running", "finished"] == told(database, "run")


def upkeep_end(session: Session, run: str) -> int:
    """End all jobs of a run."""
    from paddles.archive import jobs  # noqa: PLC0415 - one use

    ids = [jobs.lock(session, run, key).id for key in "123"]  # type: ignore[union-attr]
    return jobs.move(session, ids, "dead", at(1))


def test_a_queue(database: Database) -> None:
    """Made by hand or by the first job that names it, once."""
    transact(database, lambda s: queues.create(s, "p"))
    for key in "12":
        submit(database, "r", key, status="queued", queue="q")

    assert ["created", "created"] == told(database, "queue")
    assert {"queue": "q"} == said(database, "queue")


MACHINE: dict[str, tuple[Callable[[Session], Any], list[str]]] = {
    "described": (lambda s: locks.update(s, "m", {"description": "x"}, NOW, missing=""), ["updated"]),
    "described as it is": (lambda s: locks.update(s, "m", {"arch": None}, NOW, missing=""), []),
    "locked": (lambda s: locks.update(s, "m", {"locked": True, "locked_by": "ann"}, NOW, missing=""), ["locked"]),
    "taken over": (lambda s: upkeep.take_over(s, "m", {"arch": "arm64"}), ["updated"]),
    "known already": (lambda s: machines.ensure(s, "m"), []),
    "registered": (lambda s: machines.ensure(s, "n"), ["created"]),
    "asked queues": (lambda s: asking.set_queues(s, "m", ["q"]), ["queues"]),
    "deleted": (lambda s: machines.delete(s, "m"), ["deleted"]),
}


@pytest.mark.parametrize("change", MACHINE)
def test_a_machine(database: Database, change: str) -> None:
    """Made, described, locked, unlocked, told its queues, deleted; saying what is so already is no change."""
    register(database, "m")
    work, expected = MACHINE[change]

    transact(database, work)

    assert ["created", *expected] == told(database, "machine")


def test_machines_that_jobs_name(database: Database) -> None:
    """Those nobody knew are registered, each is an event."""
    register(database, "m1")
    submit(database, targets={"u@m1": "k", "u@m2": "k", "u@m3": "k"})

    assert ["nodes/m1", "nodes/m2", "nodes/m3"] == [event.subject for event in events_of(database, "machine")]


def test_a_lease(database: Database) -> None:
    """Granted, and ended or expired; to whom, until when, and how it ended."""
    submit(database, status="queued", queue="q")
    claim(database)
    assert {"run": "r", "job": "1", "machine": None, "expires": "2026-01-31T12:01:00+00:00"} == said(database, "lease")
    transact(database, lambda s: leases.expire(s, at(61), 10, 3))
    assert {"run": "r", "job": "1", "outcome": "expired"} == said(database, "lease")
    claim(database, 62)
    accept(database, status="running")

    assert ["granted", "ended", "granted", "ended"] == told(database, "lease")
    assert "taken" == said(database, "lease")["outcome"]


def test_the_lease_of_a_machine(database: Database) -> None:
    """It says which machine; one that asks again has lost it."""
    transact(database, lambda s: reports.enqueue(s, "r", "q", {}, NOW, SCHEME))
    for _ in range(2):
        transact(database, lambda s: asking.take(s, asking.named(s, "vm", "q", NOW), NOW, MINUTE, 3))

    assert ["granted", "ended", "granted"] == told(database, "lease")
    assert "vm" == said(database, "lease")["machine"]
