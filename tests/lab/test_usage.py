"""How machines fared: counts of their jobs."""

from typing import Any

import pytest

from paddles.archive.status import STATUSES
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.lab import machines, usage
from tests.units import at, register, submit


def ran(database: Database, key: str, status: str, *names: str, day: int = 0, **said: Any) -> None:
    """Let a job run on machines, some days from now."""
    targets = dict.fromkeys((f"u@{name}" for name in names), "k")
    submit(database, "r", key, status=status, targets=targets, now=at(86400 * day), **said)


def of_machine(database: Database, name: str) -> dict[str, int]:
    """Return the counts of one machine."""
    return read(database, lambda s: usage.of_machine(s, machines.find(s, name).id))


def of_all(database: Database, day: int = -1, machine_type: str | None = None) -> dict[str, dict[str, int]]:
    """Return the counts of all machines, of jobs since some day from now."""
    return read(database, lambda s: usage.of_all(s, at(86400 * day), machine_type))


def test_a_machine_counts_its_jobs_by_status(database: Database) -> None:
    """All seven statuses, zeros included; only jobs that ran on it."""
    for number, status in enumerate(("pass", "pass", "dead")):
        ran(database, str(number), status, "m1", "m2")
    ran(database, "other", "fail", "m2")

    assert {**dict.fromkeys(STATUSES, 0), "pass": 2, "dead": 1} == of_machine(database, "m1")
    assert {**dict.fromkeys(STATUSES, 0), "pass": 2, "dead": 1, "fail": 1} == of_machine(database, "m2")


def test_a_machine_that_ran_nothing_counts_nothing(database: Database) -> None:
    """Seven zeros; and no place among those that ran something."""
    register(database, "m")

    assert dict.fromkeys(STATUSES, 0) == of_machine(database, "m")
    assert {} == of_all(database)


def test_all_machines_count_the_least_busy_first(database: Database) -> None:
    """By the number of jobs, then by name; statuses that never came up are left out."""
    ran(database, "1", "pass", "b", "c", "a")
    ran(database, "2", "fail", "b")
    ran(database, "3", "pass", "b")

    counted = of_all(database)

    assert {"a": {"pass": 1}, "c": {"pass": 1}, "b": {"pass": 2, "fail": 1}} == counted
    assert ["a", "c", "b"] == list(counted)


@pytest.mark.parametrize(("day", "expected"), [(-3, 2), (-2, 1), (-1, 1), (0, 0)])
def test_only_jobs_posted_since_count(database: Database, day: int, expected: int) -> None:
    """A job posted at the very beginning of the stretch is outside."""
    ran(database, "1", "pass", "m", day=-2)
    ran(database, "2", "pass", "m", day=0)

    assert expected == of_all(database, day).get("m", {}).get("pass", 0)


def test_a_machine_type_counts_its_machines_and_jobs(database: Database) -> None:
    """Machines of the type, and jobs that asked for it or for several types."""
    register(database, "s", machine_type="smithi")
    register(database, "g", machine_type="gibba")
    for number, asked in enumerate(("smithi", "multi", "gibba", None)):
        ran(database, str(number), "pass", "s", "g", machine_type=asked)

    assert {"s": {"pass": 2}} == of_all(database, machine_type="smithi")
    assert {"g": {"pass": 2}} == of_all(database, machine_type="gibba")
    assert {} == of_all(database, machine_type="mira")
    assert {"g": {"pass": 4}, "s": {"pass": 4}} == of_all(database)
