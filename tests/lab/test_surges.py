"""Surges begin when more waits than machines will soon take, and end when it does no more."""

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.lab import pullers, surges
from tests.conftest import NOW
from tests.lab.test_pullers import KEEP, do, queued, registered, write
from tests.units import rows

SILENT = datetime.timedelta(seconds=80)


def look(database: Database, minutes: int = 0) -> int:
    """Look whether there is a surge, after some minutes."""
    now = NOW + datetime.timedelta(minutes=minutes)
    found: int = do(database, surges.look, now, 3, SILENT)
    return found


def begun(database: Database) -> dict[str, int]:
    """Return the surges there are, and how much each has over."""
    return {row.tag: row.waiting for row in rows(database, "SELECT tag, waiting FROM surges ORDER BY tag")}


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        ([], []),
        ([(3, [1])], [0]),
        ([(4, [1])], [1]),
        ([(7, [1, 2])], [1]),
        ([(5, [])], [5]),
        # One machine for both: they take turns at its three places.
        ([(3, [1]), (3, [1])], [1, 2]),
        ([(3, [1]), (3, [1, 2])], [0, 0]),
        ([(1, [1, 2]), (6, [1, 2])], [0, 1]),
    ],
)
def test_what_no_machine_will_soon_take(waiting: list[tuple[int, list[int]]], expected: list[int]) -> None:
    """Each machine takes three, of whatever it may do; what waits takes turns at them."""
    found: list[Any] = [SimpleNamespace(waiting=n, machines=machines) for n, machines in waiting]

    assert expected == surges.left_over(found, 3)


def test_a_surge_begins_and_ends(database: Database) -> None:
    """With a tag that no machine has it begins at once; it lasts for five minutes at least."""
    queued(database, "p/builds/1", "arm64")

    assert (1, {"arm64": 1}) == (look(database), begun(database))
    write(database, "UPDATE jobs SET status = 'waiting'")
    assert (0, {"arm64": 1}) == (look(database, 4), begun(database))
    assert (1, {}) == (look(database, 6), begun(database))
    types = [row.type for row in rows(database, "SELECT type FROM events WHERE type LIKE 'queue.%ed' ORDER BY id")]
    assert ["queue.created", "queue.surged", "queue.calmed"] == types


def test_only_machines_that_work_and_are_heard_of_count(database: Database) -> None:
    """A silent one, one that is not enlisted and one kept for surges take nothing."""
    for name, more in (("heard", {}), ("silent", {}), ("stranger", {}), ("reserve", {"surges_only": True})):
        machine = registered(database, name, **more)
        if name != "silent":
            do(database, pullers.check_in, machine, {}, NOW, busy=False, keep=KEEP)
        if name != "stranger":
            do(database, pullers.enlist, machine, True, "admin")
    for _ in range(5):
        queued(database, "p/builds/1", "kvm")

    look(database)

    assert {"kvm": 2} == begun(database)
