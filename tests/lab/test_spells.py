"""When one machine was locked and down, as the log tells it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.lab import spells
from tests.conftest import NOW

DAY = timedelta(days=1)
TOLD = text("""
    INSERT INTO events (channel, type, subject, data, at)
    VALUES ('machine', :type, :subject, CAST(:data AS jsonb), :at)
""")


def tell(database: Database, hour: int, what: str, subject: str = "nodes/m", **data: Any) -> None:
    """Have the log tell of a machine, so many hours after the day began."""
    values = {"type": f"machine.{what}", "subject": subject, "data": orjson.dumps(data).decode()}
    transact(database, lambda session: session.execute(TOLD, {**values, "at": NOW - DAY + timedelta(hours=hour)}))


def found(database: Database, *, up: bool | None = True, locked: bool = False, by: str | None = None) -> list[Any]:
    """Return what is found of a machine that is so now: the state, from which hour until which, and who had it so."""
    machine: Any = SimpleNamespace(name="m", up=up, locked=locked, locked_by=by)
    hour = timedelta(hours=1)
    told = read(database, lambda session: spells.of(session, machine, NOW - DAY, NOW))
    return [(each.state, (each.begin - NOW + DAY) / hour, (each.end - NOW + DAY) / hour, each.by) for each in told]


def test_a_lock_lasts_until_it_is_given_back(database: Database) -> None:
    """One that is given again to whoever has it goes on; what another machine did is nothing of this one."""
    tell(database, 2, "locked", by="a")
    tell(database, 3, "locked", by="a")
    tell(database, 4, "unlocked", by="a")
    tell(database, 5, "locked", subject="nodes/other", by="b")
    tell(database, 6, "locked", by="c")

    assert [("locked", 2, 4, "a"), ("locked", 6, 24, "c")] == found(database, locked=True, by="c")


def test_what_was_before_the_first_event_is_its_contrary(database: Database) -> None:
    """A machine that is given back had been locked; by whom the log does not tell."""
    tell(database, 5, "unlocked", by="a")
    tell(database, 7, "updated", up=True)

    assert [("locked", 0, 5, ""), ("down", 0, 7, "")] == found(database)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"up": True}, []),
        ({"up": None}, []),
        ({"up": False}, [("down", 0, 24, "")]),
        ({"locked": True, "by": "a"}, [("locked", 0, 24, "a")]),
    ],
)
def test_without_an_event_it_is_as_it_is_now(database: Database, now: dict[str, Any], expected: list[Any]) -> None:
    """All the time; an update that says nothing of it changes nothing."""
    tell(database, 3, "updated", fields=["description"])

    assert expected == found(database, **now)


def test_a_machine_is_there_from_when_it_was_made(database: Database) -> None:
    """Not before."""
    tell(database, 20, "created", by="a")

    assert [("down", 20, 24, "")] == found(database, up=False)
