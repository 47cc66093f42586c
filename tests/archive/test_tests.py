"""Tests and cases: stored a document at a time, replaced by name, counted exactly."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from paddles.archive import tests
from paddles.archive.status import OUTCOMES
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from paddles.errors import NotFound
from tests.concurrency.threads import inexact, together
from tests.conftest import NOW
from tests.units import at, delete, job_of, rows, submit

ALL = Page()


def case(name: str, status: str = "pass", **said: Any) -> dict[str, Any]:
    """Return a case as it is stored; every default is visible here."""
    return {
        "name": name,
        "status": status,
        "waived": False,
        "output": "",
        "measurement": None,
        "units": "",
        "duration_s": None,
    } | said


def suite(name: str, cases: Sequence[Mapping[str, Any]] = (), status: str = "pass", **said: Any) -> dict[str, Any]:
    """Return a suite as it is stored; every default is visible here."""
    return {"name": name, "context": "tap", "status": status, "faults": (), "duration_s": None, "cases": cases} | said


def store(database: Database, *suites: Mapping[str, Any], now: datetime.datetime = NOW) -> None:
    """Store the tests of the job ``1`` of the run ``r``."""
    job_id = job_of(database).id
    transact(database, lambda session: tests.store(session, job_id, suites, now))


def listed(database: Database, page: Page = ALL) -> list[Any]:
    """Return the tests of the job ``1`` of the run ``r``."""
    return list(read(database, lambda session: tests.of_job(session, "r", "1", page)))


def cases_of(database: Database, name: str, status: str | None = None, page: Page = ALL) -> list[Any]:
    """Return the cases of a test of that job."""

    def find(session: Any) -> list[Any]:
        row = tests.one(session, "r", "1", name)
        return list(tests.cases(session, row.id, status, page))

    return read(database, find)


def counts(row: Any) -> dict[str, int]:
    """Return the counters of a test that are not 0."""
    found = {status: getattr(row, f"n_{status}") for status in OUTCOMES}
    return {status: number for status, number in found.items() if number}


@pytest.fixture
def job(database: Database) -> Database:
    """A database with the job ``1`` of the run ``r``."""
    submit(database)
    return database


def test_what_is_stored_is_found(job: Database) -> None:
    """Every column, in the order of the document; a name may be there twice among cases."""
    told = [
        case("a.b", "fail", waived=True, output="no\n\x1b[31mred", duration_s=0.25),
        case("a.b", "unknown", measurement=1.5e300, units="MB/s"),
        case("ünï 😀 '; DROP TABLE cases; --", "error"),
    ]
    store(job, suite("s", told, "fail", faults=("planned 4, came 3", "x"), duration_s=2.0), suite("empty"))

    first, second = listed(job)
    assert ("s", "tap", "fail", 2.0, NOW) == (first.name, first.context, first.status, first.duration_s, first.stored)
    assert ["planned 4, came 3", "x"] == first.faults
    assert ("empty", [], None) == (second.name, second.faults, second.duration_s)
    assert told == [dict(row._mapping) for row in cases_of(job, "s")]
    assert [] == cases_of(job, "empty")


def test_a_test_counts_its_cases(job: Database) -> None:
    """By status, however many there are, and more than fit into one statement."""
    many = [case(f"c{n}", OUTCOMES[n % 5 if n < 10 else 0]) for n in range(2 * tests.BATCH + 1)]
    store(job, suite("one", [case("x", "skip")]), suite("many", many))

    one, found = listed(job)
    assert {"skip": 1} == counts(one)
    assert {"pass": len(many) - 8, "fail": 2, "error": 2, "skip": 2, "unknown": 2} == counts(found)
    assert [each["name"] for each in many] == [row.name for row in cases_of(job, "many")]
    assert [] == inexact(job)


def test_more_tests_than_fit_into_one_statement(job: Database) -> None:
    """All of them are there, in their order, each with its own case."""
    many = tests.BATCH + 3
    store(job, *(suite(f"s{n}", [case(f"c{n}", OUTCOMES[n % 5])]) for n in range(many)))

    assert [f"s{n}" for n in range(many)] == [row.name for row in listed(job)]
    assert ["c1002"] == [row.name for row in cases_of(job, "s1002")]
    assert [] == inexact(job)


def test_a_test_of_the_same_name_is_replaced(job: Database) -> None:
    """With its cases, as if it had never been; those of other names, and of other jobs, stay."""
    submit(job, key="2")
    store(job, suite("s", [case("old", "fail")], "fail", faults=("x",)), suite("t", [case("kept")]))
    other = job_of(job, key="2").id
    transact(job, lambda session: tests.store(session, other, [suite("s", [case("theirs")])], NOW))

    store(job, suite("s", [case("new")]), now=at(60))

    assert [("t", NOW), ("s", at(60))] == [(row.name, row.stored) for row in listed(job)]
    assert [[], []] == [row.faults for row in listed(job)]
    assert ["new"] == [row.name for row in cases_of(job, "s")]
    assert {"kept", "new", "theirs"} == {row.name for row in rows(job, "SELECT name FROM cases")}
    assert [] == inexact(job)


def test_nothing_is_stored_for_a_job_that_is_not_there(database: Database) -> None:
    """And nothing is found of it."""
    with pytest.raises(NotFound):
        transact(database, lambda session: tests.store(session, 7, [suite("s")], NOW))
    with pytest.raises(NotFound):
        listed(database)


def test_a_test_that_is_not_there_is_not_found(job: Database) -> None:
    """A job without tests has an empty list of them."""
    assert [] == listed(job)
    with pytest.raises(NotFound):
        cases_of(job, "s")


def test_lists_come_in_parts(job: Database) -> None:
    """Tests and cases alike; cases of one status only, where it is given."""
    store(job, *(suite(name, [case(f"c{n}", OUTCOMES[n % 2]) for n in range(6)]) for name in "abc"))

    assert ["b"] == [row.name for row in listed(job, Page(1, 1))]
    assert ["c1", "c2"] == [row.name for row in cases_of(job, "b", page=Page(2, 1))]
    assert ["c3", "c5"] == [row.name for row in cases_of(job, "b", "fail", Page(2, 1))]


def test_tests_go_with_their_job(job: Database) -> None:
    """And their cases with them."""
    store(job, suite("s", [case("c")]))

    delete(job)

    assert [] == rows(job, "SELECT id FROM tests UNION ALL SELECT id FROM cases")


def test_two_that_store_for_one_job_take_turns(job: Database) -> None:
    """Whoever comes last is kept, whole; nobody is refused and every counter is exact."""
    together(4, lambda number: store(job, *(suite(name, [case(f"{number}")] * 50) for name in "ab")))

    assert ["a", "b"] == sorted(row.name for row in listed(job))
    assert 1 == len({row.name for name in "ab" for row in cases_of(job, name)})
    assert [] == inexact(job)
