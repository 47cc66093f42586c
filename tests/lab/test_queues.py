"""Queues: made, listed, counted, paused and resumed."""

import datetime
from typing import Any

import orjson
import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Forbidden, Invalid
from paddles.lab import queues
from tests.conftest import NOW
from tests.units import accept, at, changes_of, rows, submit


@pytest.fixture
def queue(database: Database) -> Database:
    """A lab with the queue ``q``, not paused."""
    transact(database, lambda s: queues.create(s, "q"))
    return database


def pause(database: Database, seconds: float, by: str | None = "ann", now: datetime.datetime = NOW) -> None:
    """Pause the queue ``q``, or end its pause."""
    transact(database, lambda s: queues.pause(s, "q", seconds, by, now))


def describe(database: Database, name: str = "q", **changes: Any) -> None:
    """Set what is given of a queue's pause."""
    transact(database, lambda s: queues.describe(s, name, changes))


def pause_of(database: Database) -> tuple[Any, ...]:
    """Return who paused the queue ``q``, since when and until when."""
    row = read(database, lambda s: queues.counted(s, "q"))
    return row.paused_by, row.paused_since, row.paused_until


def paused(database: Database, now: datetime.datetime) -> bool:
    """Say whether the queue ``q`` is paused at a moment."""
    return queues.paused(read(database, lambda s: queues.counted(s, "q")), now)


def test_a_job_makes_its_queue(database: Database) -> None:
    """The first job that names a queue makes it, the next one finds it."""
    submit(database, "r", "1", queue="q")
    submit(database, "r", "2", queue="q")
    submit(database, "r", "3", queue=None)
    submit(database, "r", "4", queue="")

    assert [("q",)] == rows(database, "SELECT name FROM queues")
    assert [("1",), ("2",)] == rows(database, "SELECT key FROM jobs WHERE queue_id IS NOT NULL ORDER BY key")


def test_a_name_is_taken_once(queue: Database) -> None:
    """A second queue of the name is a conflict whose message ends as clients expect."""
    with pytest.raises(Conflict, match=r"^Queue q already exists$"):
        transact(queue, lambda s: queues.create(s, "q"))


def test_queued_jobs_are_counted(queue: Database) -> None:
    """Those that are queued in it, and no others."""
    for number, status in enumerate(("queued", "queued", "running", "pass")):
        submit(queue, "r", str(number), status=status, queue="q")
    submit(queue, "r", "other", status="queued", queue="p")

    assert 2 == read(queue, lambda s: queues.counted(s, "q")).queued
    assert 1 == read(queue, lambda s: queues.counted(s, "p")).queued


def test_queues_are_listed_by_name(queue: Database) -> None:
    """All, the one of a name, those that somebody paused."""
    for name in ("multi", "a"):
        transact(queue, lambda s, name=name: queues.create(s, name))
    pause(queue, 60)

    def listed(name: str | None = None, paused_by: str | None = None) -> list[str]:
        return [row.name for row in read(queue, lambda s: queues.listed(s, name, paused_by))]

    assert ["a", "multi", "q"] == listed()
    assert ["multi"] == listed(name="multi")
    assert ["q"] == listed(paused_by="ann")
    assert [] == listed(paused_by="bob")
    assert [] == listed(name="%")


@pytest.mark.parametrize(("second", "expected"), [(0, True), (59.999, True), (60, False), (61, False)])
def test_a_pause_ends_by_itself(queue: Database, second: float, expected: bool) -> None:
    """Paused for a minute is paused until the minute is over."""
    pause(queue, 60)

    assert ("ann", NOW, at(60)) == pause_of(queue)
    assert expected == paused(queue, at(second))


def test_a_pause_ends_early_by_a_pause_of_nothing(queue: Database) -> None:
    """Zero seconds, named or not, leave nothing of the pause; where there was none too."""
    for by in ("bob", None):
        pause(queue, 60)
        pause(queue, 0, by=by, now=at(1))

        assert (None, None, None) == pause_of(queue)
        assert not paused(queue, at(1))

    pause(queue, 0)
    assert not paused(queue, NOW)


def test_a_pause_of_null_ends_it_too(queue: Database) -> None:
    """The only way that older clients know: no end is no pause."""
    pause(queue, 60)
    describe(queue, paused_until=None)

    assert ("ann", NOW, None) == pause_of(queue)
    assert not paused(queue, NOW)


@pytest.mark.parametrize("by", [None, ""])
def test_somebody_must_pause(queue: Database, by: str | None) -> None:
    """A pause without a name is refused."""
    with pytest.raises(Invalid, match=r"^Cannot pause without specifying paused_by$"):
        pause(queue, 60, by=by)

    assert not paused(queue, NOW)


@pytest.mark.parametrize("by", ["ann", "bob"])
def test_a_paused_queue_is_not_paused_again(queue: Database, by: str) -> None:
    """Neither by another nor by the same, until the pause is over; then it may be."""
    pause(queue, 60)

    with pytest.raises(Forbidden, match=r"^Cannot pause an already-paused queue$"):
        pause(queue, 90, by=by, now=at(59))
    assert ("ann", NOW, at(60)) == pause_of(queue)

    pause(queue, 90, by=by, now=at(60))
    assert (by, at(60), at(150)) == pause_of(queue)


def test_what_is_given_of_a_pause_is_stored(queue: Database) -> None:
    """Each of the three is set as given, the others stay."""
    describe(queue, paused_by="ann", paused_since=at(1), paused_until=at(2))
    assert ("ann", at(1), at(2)) == pause_of(queue)

    describe(queue, paused_until=at(9))
    assert ("ann", at(1), at(9)) == pause_of(queue)

    describe(queue)
    assert ("ann", at(1), at(9)) == pause_of(queue)


def test_an_unknown_queue_is_refused(database: Database) -> None:
    """In the archive's own words, whatever is asked of it; nothing is made."""
    for ask in (
        lambda s: queues.counted(s, "q"),
        lambda s: queues.pause(s, "q", 60, "ann", NOW),
        lambda s: queues.pause(s, "q", 0, None, NOW),
        lambda s: queues.describe(s, "q", {}),
    ):
        with pytest.raises(Invalid, match=r"^specified queue does not exist$"):
            transact(database, ask)

    assert [] == rows(database, "SELECT FROM queues")


def test_pauses_are_events(queue: Database) -> None:
    """Paused and resumed, by whom."""
    pause(queue, 60)
    pause(queue, 0, by="bob")

    events = changes_of(queue, "queue")

    assert [("queue.paused", "queue/q"), ("queue.resumed", "queue/q")] == [(e.type, e.subject) for e in events]
    assert ["ann", "bob"] == [orjson.loads(event.data)["by"] for event in events]


def test_a_job_may_change_its_queue(database: Database) -> None:
    """It waits where its last report says, or nowhere; a report that does not speak of it changes nothing."""
    submit(database, status="queued", queue="p")
    for second, said in enumerate(({"queue": "q"}, {"pid": "1"}, {"queue": None}, {"queue": "p"})):
        accept(database, now=at(second), **said)
        where = rows(database, "SELECT queues.name FROM jobs LEFT JOIN queues ON queues.id = queue_id")
        assert [({0: "q", 1: "q", 2: None, 3: "p"}[second],)] == where
