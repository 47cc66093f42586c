"""``pecan worker``: machines that pull their work, looked after on the service's own machine."""

from paddles.db.engine import Database
from tests.commands.conftest import Pecan
from tests.lab.test_pullers import registered


def test_workers_are_listed_enlisted_and_forgotten(pecan: Pecan, database: Database) -> None:
    """A line each, by name: whether it is given work, was heard of lately, and what it can do."""
    registered(database, "b", tags=["arm"])
    registered(database, "a", tags=[])

    assert "a\t-\t-\t-\nb\t-\t-\tarm\n" == pecan("worker", "list")
    pecan("worker", "enlist", "b")
    assert "a\t-\t-\t-\nb\tenlisted\t-\tarm\n" == pecan("worker", "list")
    pecan("worker", "delist", "b")
    pecan("worker", "delete", "a")
    assert "b\t-\t-\tarm\n" == pecan("worker", "list")


def test_what_is_not_there_is_refused(pecan: Pecan, database: Database) -> None:
    """Nothing of that name: exit code 1; nothing that could be done: 2."""
    pecan("worker", "enlist", "nobody", code=1)
    pecan("worker", "enlist", code=2)
    pecan("worker", "promote", "x", code=2)
