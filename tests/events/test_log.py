"""The event log: in the order of what happened, nothing lost, nothing twice, every change of a job in it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from sqlalchemy import Row, text

from paddles.archive import jobs, runs
from paddles.archive.status import STATUSES
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.events import log
from paddles.events.log import Position
from tests.units import accept, at, delete, events_of, job_of, rows, submit
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120


def append(session: Session, type_: str, channel: str = "c") -> None:
    """Append an event that says nothing but its type."""
    log.append(session, channel, type_, f"s/{type_}", {"said": type_})


def happen(database: Database, *types: str, channel: str = "c") -> None:
    """Let events happen in one transaction."""
    transact(database, lambda s: [append(s, type_, channel) for type_ in types])


def readable(database: Database, after: Position | None = None, channel: str = "c", limit: int = 100) -> list[Row[Any]]:
    """Return what a reader gets now."""
    return read(database, lambda s: log.read(s, channel, after or Position(), limit))


def types(found: list[Row[Any]]) -> str:
    """Return the types of events, in order."""
    return "".join(event.type for event in found)


def settled(database: Database, many: int, channel: str = "c") -> list[Row[Any]]:
    """Return the events of a channel once a reader gets so many."""
    return until(lambda: found if len(found := readable(database, channel=channel)) >= many else [], PATIENCE_S)


@contextmanager
def open_transaction(database: Database) -> Iterator[Session]:
    """A transaction that was numbered and goes on until the caller, or the end, ends it."""
    with Session(database.writer, writes=True) as session:
        session.execute(text("SELECT pg_current_xact_id()"))
        yield session


def test_what_happened_is_read_in_its_order(database: Database) -> None:
    """Transaction by transaction, and in each in the order of what was appended, with all that was said."""
    happen(database, "a", "b")
    happen(database, "c")

    found = settled(database, 3)

    assert "abc" == types(found)
    assert ("s/b", b'{"said": "b"}') == (found[1].subject, bytes(found[1].data))
    assert found == sorted(found, key=lambda event: (event.xid, event.id))
    assert found[0].xid == found[1].xid < found[2].xid


def test_reading_goes_on_where_it_ended(database: Database) -> None:
    """Page by page each event comes once, also where a page ends inside a transaction."""
    happen(database, "a", "b", "c")
    happen(database, "d", "e")
    settled(database, 5)

    position, pages = Position(), []
    while found := readable(database, position, limit=2):
        pages.append(types(found))
        position = Position(found[-1].xid, found[-1].id)

    assert ["ab", "cd", "e"] == pages


def test_channels_are_apart(database: Database) -> None:
    """A reader gets the events of its channel and of no other."""
    happen(database, "a", channel="c")
    happen(database, "b", channel="d")
    happen(database, "e", channel="c")

    assert "ae" == types(settled(database, 2, "c"))
    assert "b" == types(settled(database, 1, "d"))
    assert [] == readable(database, channel="")


def test_what_was_undone_never_happened(database: Database) -> None:
    """Events come with the transaction that appended them, or not at all."""
    with open_transaction(database) as session:
        append(session, "x")
        session.rollback()
    happen(database, "a")

    assert "a" == types(settled(database, 1))
    assert 1 == len(events_of(database, "c"))


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_an_older_transaction_holds_events_back(database: Database, end: str) -> None:
    """While a transaction is open that began before an event, the event is not readable: it might be overtaken."""
    happen(database, "a")
    settled(database, 1)
    with open_transaction(database) as older:
        happen(database, "c")
        append(older, "b")
        assert "a" == types(readable(database))

        getattr(older, end)()

    expected = "abc" if end == "commit" else "ac"
    assert expected == types(settled(database, len(expected)))


def test_a_reader_misses_nothing_that_commits_late(database: Database) -> None:
    """An event with a smaller number that is committed after a larger one is still read, and each once."""
    seen: list[str] = []
    position = Position()

    def follow() -> str:
        nonlocal position
        found = readable(database, position)
        seen.extend(event.type for event in found)
        position = Position(found[-1].xid, found[-1].id) if found else position
        return "".join(seen)

    with open_transaction(database) as first, open_transaction(database) as second:
        append(second, "y")
        second.commit()
        assert "" == follow()
        append(first, "x")
        happen(database, "z")
        assert "" == follow()
        first.commit()

    assert "xyz" == until(lambda: follow() if len(follow()) >= 3 else "", PATIENCE_S)


def test_a_reader_does_not_get_its_own_open_events(database: Database) -> None:
    """What a transaction has appended is not readable in it either: the order is not settled yet."""
    with open_transaction(database) as session:
        append(session, "a")
        assert [] == log.read(session, "c", Position())


def test_positions_have_an_order() -> None:
    """The transaction first, then the number; the beginning is before everything."""
    assert [Position(), Position(1, 9), Position(2, 1), Position(2, 3)] == sorted(
        [Position(2, 3), Position(1, 9), Position(2, 1), Position()]
    )


def test_old_events_are_forgotten_in_batches(database: Database) -> None:
    """The oldest first, at most so many at once; none that is as young as the moment, in any channel."""
    happen(database, *"abcd")
    happen(database, "e", channel="d")
    backdate = text("UPDATE events SET at = :at WHERE type = :type")
    for second, type_ in enumerate("edcba"):
        moment = at(second)
        transact(database, lambda s, t=type_, m=moment: s.execute(backdate, {"at": m, "type": t}))

    def forget() -> int:
        return transact(database, lambda s: log.forget(s, at(3), 2))

    assert 2 == forget()
    assert ["a", "b", "c"] == [row.type for row in rows(database, "SELECT type FROM events ORDER BY type")]
    assert (1, 0) == (forget(), forget())
    assert ["a", "b"] == [row.type for row in rows(database, "SELECT type FROM events ORDER BY type")]


def test_what_is_said_may_be_anything(database: Database) -> None:
    """Names of any script and text of any length come out as they went in."""
    data = {"run": "ü/日本 'x' \"y\" %s :z \\", "many": ["x"] * 1000, "none": None}
    transact(database, lambda s: log.append(s, "c", "a", "runs/ü", data))

    (event,) = settled(database, 1)

    assert data == orjson.loads(event.data)
    assert "runs/ü" == event.subject


def moves(database: Database) -> dict[str, list[tuple[str | None, str]]]:
    """Return, for each job, the changes of its status that the log tells, in order."""
    told: dict[str, list[tuple[str | None, str]]] = {}
    for event in events_of(database, "job"):
        data = orjson.loads(event.data)
        assert f"runs/{data['run']}/jobs/{data['job']}" == event.subject
        told.setdefault(f"{data['run']}/{data['job']}", []).append((data["from"], event.type.removeprefix("job.")))
    return told


@pytest.mark.parametrize("seed", range(4))
def test_every_change_of_a_job_is_one_event(database: Database, seed: int) -> None:
    """Each begins where the one before ended, there is one for each change and none for anything else."""
    dice = random.Random(seed)
    expected: dict[str, list[tuple[str | None, str]]] = {}
    for second in range(60):
        run, key = dice.choice("ab"), dice.choice("123")
        history = expected.setdefault(f"{run}/{key}", [])
        before = history[-1][1] if history and history[-1][1] != "deleted" else None
        if before is None:
            submit(database, run, key, now=at(second), status=dice.choice(STATUSES))
        elif dice.random() < 0.1:
            delete(database, run, key, now=at(second))
        else:
            said = dice.choice(({"pid": str(second)}, {"success": dice.choice((True, False, None))}, {}))
            accept(database, run, key, now=at(second), **said, **dice.choice(({}, {"status": dice.choice(STATUSES)})))
        there = rows(database, "SELECT jobs.status FROM jobs JOIN runs ON runs.id = run_id WHERE runs.name = :run "
                     "AND key = :key", run=run, key=key)  # fmt: skip
        after = there[0].status if there else "deleted"
        if after != before:
            history.append((before, after))

    assert expected == moves(database)


def test_jobs_moved_at_once_are_an_event_each(database: Database) -> None:
    """With the reason; jobs that were not moved are none."""
    for key, status in enumerate(("queued", "running", "pass")):
        submit(database, "r", str(key), status=status)
    ids = [job_of(database, "r", str(key)).id for key in range(3)]
    transact(database, lambda s: jobs.move(s, ids, "dead", at(1), reason="cancelled"))

    assert {
        "r/0": [(None, "queued"), ("queued", "dead")],
        "r/1": [(None, "running"), ("running", "dead")],
        "r/2": [(None, "pass")],
    } == moves(database)
    reasons = [orjson.loads(event.data)["reason"] for event in events_of(database, "job")]
    assert [None, None, None, "cancelled", "cancelled"] == reasons


def test_a_change_and_its_event_are_one(database: Database) -> None:
    """A unit of work that fails after the change leaves neither."""

    def fails(session: Session) -> None:
        runs.delete(session, "r")
        jobs.move(session, [job_of(database, "s").id], "dead", at(1))
        raise ZeroDivisionError

    submit(database, "r", status="running")
    submit(database, "s", status="running")
    with pytest.raises(ZeroDivisionError):
        transact(database, fails)

    assert {"r/1": [(None, "running")], "s/1": [(None, "running")]} == moves(database)
    assert {"run.created", "run.running"} == {event.type for event in events_of(database, "run")}
