"""Machines that ask for work: which queues, what they held before, and who they are."""

import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import Row

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Invalid, NotFound
from paddles.lab import asking, leases, machines, macs, queues, reports
from tests.conftest import NOW
from tests.units import SCHEME, at, changes_of, inexact, register, rows

TTL = datetime.timedelta(seconds=60)
MAC = "52-54-00-12-34-56"


def enqueue(database: Database, queue: str = "vm", run: str = "r", **said: Any) -> int:
    """Queue a job that a machine is to boot for, and return its number."""
    return transact(database, lambda s: reports.enqueue(s, run, queue, said, NOW, SCHEME))


def look(database: Database, name: str = "vm-1", group: str = "vm", now: datetime.datetime = NOW) -> Row[Any]:
    """Return what there is for a machine."""
    return read(database, lambda s: asking.named(s, name, group, now))


def take(database: Database, asked: Row[Any], now: datetime.datetime = NOW, *, max_attempts: int = 1) -> int | None:
    """Return the number of the job that a machine is given, or None."""
    started = transact(database, lambda s: asking.take(s, asked, now, TTL, max_attempts))
    return started.id if started else None


def ask(database: Database, name: str = "vm-1", group: str = "vm", now: datetime.datetime = NOW) -> int | None:
    """Look and take."""
    return take(database, look(database, name, group, now), now)


def tell_queues(database: Database, *names: str, name: str = "vm-1") -> None:
    """Say which queues a machine asks."""
    transact(database, lambda s: asking.set_queues(s, name, names))


def booted(database: Database, number: int) -> Row[Any]:
    """Return a job with its machine."""
    return read(database, lambda s: asking.booted(s, number))


def test_a_machine_that_nobody_knows_asks_its_group(database: Database) -> None:
    """It is registered by its first job, and not by asking."""
    before = look(database)
    assert (None, "vm-1", ["vm"], False, False) == tuple(before)
    assert take(database, before) is None
    assert [] == rows(database, "SELECT name FROM machines")

    number = enqueue(database)

    assert look(database).waiting
    assert number == ask(database)
    assert ("vm-1", ["vm"], True, False) == tuple(look(database))[1:]


def test_looking_changes_nothing(database: Database) -> None:
    """However often; the job is there for whoever takes it first."""
    number = enqueue(database)

    first, second = look(database), look(database, "vm-2")

    assert number == take(database, second)
    assert take(database, first) is None


@pytest.mark.parametrize(("state", "waiting"), [
    ("queued", True), ("waiting", False), ("running", False), ("pass", False), ("dead", False)])  # fmt: skip
def test_only_queued_jobs_wait_for_machines(database: Database, state: str, waiting: bool) -> None:
    """What waits for something else, runs, or is over is for nobody."""
    number = enqueue(database)
    transact(database, lambda s: reports.accept(s, "r", str(number), {"status": state}, NOW))

    assert waiting == look(database).waiting
    assert (number if waiting else None) == ask(database)


def test_a_machine_asks_the_queues_that_it_was_told(database: Database) -> None:
    """The most urgent job of all of them, and none of its group unless that is among them."""
    tell_queues(database, "a", "b", "empty")
    other, late, first = enqueue(database, "vm"), enqueue(database, "b"), enqueue(database, "a", priority=1)

    assert [first, late, None] == [ask(database) for _ in range(3)]
    assert other == ask(database, "vm-2")


def test_queues_are_told_anew(database: Database) -> None:
    """The last list counts, each name once; it is an event."""
    tell_queues(database, "a", "b", "a")
    assert ["a", "b"] == look(database).queues

    tell_queues(database, "c")

    assert ["c"] == look(database).queues
    told = [orjson.loads(event.data) for event in changes_of(database, "machine")]
    assert [{"machine": "vm-1", "queues": ["a", "b"]}, {"machine": "vm-1", "queues": ["c"]}] == told


def test_nobody_asks_queues_without_end(database: Database) -> None:
    """There is a bound, and machines have names."""
    tell_queues(database, *map(str, range(asking.MOST_QUEUES)))

    for names, name in ((map(str, range(asking.MOST_QUEUES + 1)), "vm-1"), (["a"], "lock_many"), (["a"], "")):
        with pytest.raises(Invalid):
            tell_queues(database, *names, name=name)

    assert asking.MOST_QUEUES == len(look(database).queues)


def test_a_paused_queue_has_nothing(database: Database) -> None:
    """Until the pause is over; the others have."""
    tell_queues(database, "a", "b")
    paused = enqueue(database, "a", priority=1)
    other = enqueue(database, "b", priority=2)
    transact(database, lambda s: queues.pause(s, "a", 60, "ann", NOW))

    assert [other, None] == [ask(database), ask(database, now=at(59))]
    assert not look(database, now=at(59)).waiting
    assert paused == ask(database, now=at(60))


def test_a_machine_known_by_its_address(database: Database) -> None:
    """It asks as under its name; an unknown address stands for nobody."""
    assert read(database, lambda s: asking.by_mac(s, MAC, NOW)) is None
    transact(database, lambda s: macs.assign(s, MAC, "vm-1", "vm"))
    number = enqueue(database)

    asked = read(database, lambda s: asking.by_mac(s, MAC, NOW))

    assert asked
    assert ("vm-1", ["vm"], False, True) == tuple(asked)[1:]
    assert number == take(database, asked)
    assert look(database).busy


def test_what_a_machine_held_is_over_when_it_asks(database: Database) -> None:
    """Also where there is nothing new for it; others keep theirs."""
    held, others = enqueue(database), enqueue(database)
    assert [held, others] == [ask(database), ask(database, "vm-2")]

    assert ask(database, now=at(5)) is None

    query = "SELECT id, status, reason, finished FROM jobs ORDER BY id"
    assert [(held, "dead", "abnormal", at(5)), (others, "running", None, None)] == rows(database, query)
    assert [] == inexact(database)


def test_a_machine_that_asks_on_old_news_holds_one_job(database: Database) -> None:
    """It looked twice before it took: the second job ends the first."""
    numbers = [enqueue(database) for _ in range(2)]
    looks = [look(database) for _ in range(2)]

    assert numbers == [take(database, each) for each in looks]

    assert [(numbers[1],)] == rows(database, "SELECT job_id FROM leases WHERE ended IS NULL")


def test_a_job_that_ended_meanwhile_is_left_as_it_ended(database: Database) -> None:
    """What the machine held passed between its look and its taking."""
    number = enqueue(database)
    ask(database)
    asked = look(database)
    transact(database, lambda s: reports.accept(s, "r", str(number), {"success": True}, NOW))

    assert take(database, asked) is None

    assert [("pass",)] == rows(database, "SELECT status FROM jobs")


def test_a_job_that_is_anothers_meanwhile_stays_the_others(database: Database) -> None:
    """The second look, at leases, leaves out what the machine holds no more."""
    number = enqueue(database)
    ask(database)
    transact(database, lambda s: leases.expire(s, at(60), 10, 3))
    assert number == ask(database, "vm-2")
    machine = rows(database, "SELECT id FROM machines WHERE name = 'vm-1'")[0].id
    values = {"machine_id": machine, "ids": [number], "now": NOW, "max_attempts": 3}

    assert [] == transact(database, lambda s: list(s.scalars(asking.ABANDON, values)))


def test_a_machine_deleted_while_it_asks_is_given_nothing(database: Database) -> None:
    """It is registered anew when it asks again."""
    register(database, "vm-1")
    number = enqueue(database)
    asked = look(database)
    transact(database, lambda s: machines.delete(s, "vm-1"))

    assert take(database, asked) is None
    assert number == ask(database)


def test_no_machine_is_called_as_it_cannot_be(database: Database) -> None:
    """A name that has a meaning of its own among machines is refused when there is something for it."""
    enqueue(database, "lock_many")

    with pytest.raises(Invalid):
        ask(database, "lock_many", "lock_many")


def test_who_had_a_job_last(database: Database) -> None:
    """Nobody before the first; the last one after many; nothing is known of jobs that are not there."""
    number = enqueue(database)
    assert booted(database, number).machine is None

    for machine in ("vm-1", "vm-2"):
        ask(database, machine)
        assert machine == booted(database, number).machine
        transact(database, lambda s: leases.expire(s, at(60), 10, 3))

    assert ("queued", 2) == (booted(database, number).status, booted(database, number).attempt)
    with pytest.raises(NotFound):
        booted(database, number + 1)


@pytest.mark.parametrize("heard", [False, True])
def test_a_job_that_may_never_have_arrived_is_offered_again(database: Database, heard: bool) -> None:
    """Of which nothing was heard, up to the most starts; one that its machine has spoken of is dead."""
    first = enqueue(database)
    for attempt in (1, 2, 3):
        assert first == take(database, look(database), at(attempt), max_attempts=3)
        if heard:
            break
    if heard:
        transact(database, lambda s: leases.renew(s, first, None, at(1)))

    assert take(database, look(database), at(9), max_attempts=3) is None

    query = "SELECT status, reason, leased, attempt FROM jobs"
    assert [("dead", "abnormal", False, 1 if heard else 3)] == rows(database, query)
    outcomes = ["abnormal"] if heard else ["unheard", "unheard", "abnormal"]
    assert outcomes == [row.outcome for row in rows(database, "SELECT outcome FROM leases ORDER BY id")]
    assert [] == inexact(database)
