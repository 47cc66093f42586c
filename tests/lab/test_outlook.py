"""What waits in queues, and why."""

import datetime
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import NotFound
from paddles.lab import leases, locks, outlook, queues, waits
from paddles.lab.outlook import Prospect, Queue
from paddles.listing.stretches import Stretch
from tests.conftest import NOW
from tests.units import accept, job_of, register, rows, submit

DAY = Stretch(NOW - outlook.RECENT, NOW)
MINUTE = datetime.timedelta(minutes=1)
ASKED = text("UPDATE machines SET queues = :queues WHERE name = :name")
HOLDER = text("UPDATE leases SET machine_id = (SELECT id FROM machines)")


def change(database: Database, statement: Any, **values: Any) -> None:
    """Execute a statement."""
    transact(database, lambda session: session.execute(statement, values))


def seen(database: Database) -> dict[str, Queue]:
    """Return the queues by name."""
    found = read(database, lambda session: outlook.queues(session, DAY, NOW))
    return {queue.name: queue for queue in found}


def why(database: Database, key: str) -> Prospect:
    """Return why a job waits."""
    return read(database, lambda session: outlook.prospect(session, "r", key, NOW))


def put(database: Database, key: str, status: str, *, posted: int = 0, **said: Any) -> None:
    """Make a job of the queue ``q``, posted so many minutes ago."""
    submit(database, "r", key, now=NOW - posted * MINUTE, **{"status": status, "queue": "q", **said})


def test_a_queue_tells_what_is_in_it(database: Database) -> None:
    """Its open jobs by status, the oldest that is queued, and how long those waited that have ended in the stretch."""
    for key, posted in (("1", 5), ("2", 9)):
        put(database, key, "queued", posted=posted)
    put(database, "3", "waiting", posted=60)
    put(database, "4", "running", posted=90)
    for key, posted, started in (("5", 300, 200), ("6", 300, 290), ("7", 300, 298), ("8", 3000, 2990)):
        put(database, key, "queued", posted=posted)
        accept(database, "r", key, now=NOW - started * MINUTE, status="running")
        accept(database, "r", key, now=NOW - (started - 1) * MINUTE, status="pass")

    (queue,) = seen(database).values()

    assert ("q", 2, 1, 1, NOW - 9 * MINUTE) == (
        queue.name, queue.queued, queue.waiting, queue.running, queue.oldest
    )  # fmt: skip
    assert (3, 600, pytest.approx(4920), 6000) == (queue.ended, queue.wait_p50, queue.wait_p90, queue.wait_max)
    assert (0, None) == (queue.machines, queue.paused_until)
    # Three a day, and three jobs to start: two that wait, and one that joins.
    assert NOW + datetime.timedelta(days=1) == queue.expected


def test_a_queue_has_the_machines_that_ask_it(database: Database) -> None:
    """Those that were told to, and those of its type that were told nothing; users' parts have those of the whole."""
    for name, kind, up in (
        ("m1", "q", True),
        ("m2", "q", None),
        ("m3", "q", False),
        ("m4", "x", True),
        ("m5", "q", True),
    ):
        register(database, name, machine_type=kind, up=up)
    for name, asked in (("m4", ["q", "p"]), ("m5", ["p"])):
        change(database, ASKED, name=name, queues=asked)
    said = {"locked": True, "locked_by": "u"}
    transact(database, lambda session: locks.update(session, "m2", said, NOW, missing="gone"))
    for name in ("q", "p", "q~user", "empty"):
        transact(database, lambda session, name=name: queues.create(session, name))

    found = {name: (each.machines, each.up, each.free, each.locked) for name, each in seen(database).items()}

    assert {"q": (4, 3, 2, 1), "q~user": (4, 3, 2, 1), "p": (2, 2, 2, 0)} == found


def test_a_machine_that_holds_a_job_is_busy(database: Database) -> None:
    """Until its lease ends."""
    register(database, "m", machine_type="q", up=True)
    put(database, "1", "queued")
    put(database, "2", "queued")
    transact(database, lambda session: leases.claim(session, ["q"], "test", NOW, MINUTE))
    change(database, HOLDER)

    assert (1, 0, 0) == (seen(database)["q"].up, seen(database)["q"].free, seen(database)["q"].locked)
    assert ["handed_out"] == why(database, "1").reasons
    assert ["all_busy"] == why(database, "2").reasons

    transact(database, lambda session: leases.end(session, job_of(database, "r", "1").id, "pass", NOW))

    assert 1 == seen(database)["q"].free


def test_the_order_of_a_queue_is_that_of_handing_out(database: Database) -> None:
    """By priority, those without one last, then by age: so many as are ahead of a job are handed out before it."""
    for key, priority in (("a", 5), ("b", None), ("c", 1), ("d", 5), ("e", None), ("f", 1)):
        put(database, key, "queued", **({} if priority is None else {"priority": priority}))

    ahead = {key: why(database, key).ahead for key in "abcdef"}

    for place in range(6):
        job_id = transact(database, lambda session: leases.claim(session, ["q"], "test", NOW, MINUTE))
        (row,) = rows(database, "SELECT key FROM jobs WHERE id = :id", id=job_id)
        assert place == ahead[row.key]


def test_a_paused_queue_says_until_when(database: Database) -> None:
    """Nobody starts before, however many machines are free; a pause that is over is none."""
    register(database, "m", machine_type="q", up=True)
    put(database, "1", "queued")
    transact(database, lambda session: queues.pause(session, "q", 600, "boss", NOW))

    assert (["paused"], NOW + 10 * MINUTE, NOW + 10 * MINUTE) == (
        why(database, "1").reasons, why(database, "1").paused_until, why(database, "1").expected
    )  # fmt: skip
    transact(database, lambda session: (queues.create(session, "empty"), queues.pause(session, "empty", 9, "x", NOW)))
    assert {"q", "empty"} == seen(database).keys()
    later = read(database, lambda session: outlook.prospect(session, "r", "1", NOW + 10 * MINUTE))
    assert (["next"], None, NOW + 10 * MINUTE) == (later.reasons, later.paused_until, later.expected)


def test_a_job_tells_whom_it_waits_for(database: Database) -> None:
    """By their addresses; what somebody has put aside waits for nobody, and what ended for nothing."""
    for key, status in (("1", "running"), ("2", "waiting"), ("3", "waiting"), ("4", "dead")):
        put(database, key, status)
    ids = {key: job_of(database, "r", key).id for key in "12"}
    transact(database, lambda session: waits.add(session, ids["2"], [ids["1"]]))

    assert (["waits_for"], ["r/1"], None) == (
        why(database, "2").reasons, why(database, "2").waits_for, why(database, "2").expected
    )  # fmt: skip
    assert (["held"], []) == (why(database, "3").reasons, why(database, "3").waits_for)
    assert [] == why(database, "4").reasons
    submit(database, "r", "5", status="queued")
    assert (["no_queue"], None) == (why(database, "5").reasons, why(database, "5").queue)
    with pytest.raises(NotFound, match="no job 9 in run r"):
        why(database, "9")
