"""Many who write beside the same things at once, and who delete these meanwhile."""

from typing import Any

import pytest

from paddles.archive import runs
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Conflict, NotFound
from paddles.notes import known
from paddles.notes.known import Issue
from tests.concurrency.threads import inexact, together
from tests.conftest import NOW
from tests.notes.things import JOB, RUN, end, listed, make, write
from tests.units import events_of, rows, submit


def outcome(work: Any) -> str:
    """Return what became of it."""
    try:
        work()
    except (Conflict, NotFound) as error:
        return type(error).__name__
    return "done"


@pytest.mark.parametrize("kind", ["note", "pin"])
def test_a_note_ends_once(database: Database, kind: str) -> None:
    """Of eight who end it one does; there is one event."""
    submit(database)
    number = write(database, RUN, kind=kind)

    ends = together(8, lambda at: outcome(lambda: end(database, number, f"u{at}")))

    assert ["Conflict"] * 7 + ["done"] == sorted(ends)
    assert ["note.added", "note.ended"] == [event.type for event in events_of(database, "note")]


def test_a_known_issue_ends_once(database: Database) -> None:
    """As a note does."""
    number = transact(database, lambda s: known.add(s, Issue("t", pattern="a"), "ann", NOW))

    ends = together(8, lambda _: outcome(lambda: transact(database, lambda s: known.end(s, number, "bob", NOW))))

    assert ["Conflict"] * 7 + ["done"] == sorted(ends)


def test_a_run_is_pinned_once(database: Database) -> None:
    """Of eight who pin it one does."""
    submit(database)

    pins = together(8, lambda _: outcome(lambda: write(database, RUN, kind="pin")))

    assert ["Conflict"] * 7 + ["done"] == sorted(pins)
    assert 1 == len(listed(database, RUN))


def test_a_run_is_deleted_beside_those_who_write(database: Database) -> None:
    """Who comes later is told that it is gone; nothing is left of what came before, and nobody fails otherwise."""
    for turn in range(6):
        make(database) if turn == 0 else submit(database)

        def work(number: int) -> str:
            if number == 0:
                return outcome(lambda: transact(database, lambda s: runs.delete(s, "r")))
            return outcome(lambda: [write(database, (RUN, JOB)[number % 2], f"{n}") for n in range(3)])

        done = together(6, work)

        assert "done" == done[0]
        assert set(done) <= {"done", "NotFound"}
        assert [] == rows(database, "SELECT id FROM notes")
        assert [] == inexact(database)
