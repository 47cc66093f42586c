"""Machines are locked and unlocked by their names, all or none, whoever else is at it."""

import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, NotFound
from paddles.lab import named_locks
from tests.controllers.test_statements import counted
from tests.orders.test_kills import together
from tests.units import at, changes_of, register, rows


def take(database: Database, *names: str, by: str = "ann", description: str | None = "why") -> None:
    """Lock machines."""
    transact(database, lambda session: named_locks.take(session, names, by, description, at(1)))


def release(database: Database, by: str = "ann", **held: str) -> None:
    """Unlock machines."""
    transact(database, lambda session: named_locks.release(session, held, by))


def owners(database: Database) -> dict[str, str | None]:
    """Return who has each machine."""
    return {row.name: row.locked_by for row in rows(database, "SELECT name, locked_by FROM machines ORDER BY name")}


@pytest.fixture
def lab(database: Database) -> Database:
    """Three machines."""
    for name in ("a", "b", "c"):
        register(database, name, description="old")
    return database


def test_taken_and_given_back(lab: Database) -> None:
    """The log says of each who has it; without words of one's own a machine keeps its description."""
    take(lab, "a", "b")
    assert {"a": "ann", "b": "ann", "c": None} == owners(lab)
    take(lab, "c", description=None)
    assert {("a", "why"), ("b", "why"), ("c", "old")} == {
        (row.name, row.description) for row in rows(lab, "SELECT name, description FROM machines")
    }

    release(lab, "bob", a="ann", c="ann")

    assert {"a": None, "b": "ann", "c": None} == owners(lab)
    told = [(event.type, event.subject) for event in changes_of(lab, "machine")]
    assert [("machine.locked", f"nodes/{name}") for name in "abc"] == sorted(told)[:3]
    assert 2 == len([each for each in told if each[0] == "machine.unlocked"])
    assert ["a", "b"] == [row.name for row in read(lab, lambda session: named_locks.named(session, ["b", "a"]))]


def test_all_or_none(lab: Database) -> None:
    """One that somebody has, or that is not there, keeps the others from being locked or unlocked."""
    take(lab, "b", by="bob")
    with pytest.raises(Conflict, match="b by bob; nothing was locked"):
        take(lab, "a", "b")
    with pytest.raises(NotFound, match="x"):
        take(lab, "a", "x")
    with pytest.raises(NotFound, match="no machine is named"):
        take(lab)
    for held in ({"a": "", "b": "bob"}, {"b": "bob", "x": ""}, {"b": "ann"}, {}):
        with pytest.raises((Conflict, NotFound)):
            release(lab, **held)

    assert {"a": None, "b": "bob", "c": None} == owners(lab)


def test_two_at_once(lab: Database) -> None:
    """One gets them all, in whatever order they are named; the others hear who has them."""
    done = together(
        lambda: take(lab, "a", "b", "c", by="ann"),
        lambda: take(lab, "c", "b", by="bob"),
        lambda: take(lab, "b", "a", by="eve"),
    )

    assert 2 == len([each for each in done if isinstance(each, Conflict)])
    (winner,) = {*owners(lab).values()} - {None}
    together(*[lambda: release(lab, winner or "", b=winner or "")] * 2)
    assert owners(lab)["b"] is None
    assert 1 == len([event for event in changes_of(lab, "machine") if event.type == "machine.unlocked"])


def test_statements_do_not_grow(lab: Database) -> None:
    """With the number of machines."""
    with counted() as one:
        take(lab, "a")
        release(lab, a="ann")
    with counted() as more:
        take(lab, "a", "b", "c")
        release(lab, a="ann", b="ann", c="ann")

    assert len(one) == len(more)
