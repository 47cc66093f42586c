"""Facts that become the tests of a job."""

import dataclasses

import pytest

from paddles.archive import tests
from paddles.archive.status import OUTCOMES
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from paddles.errors import Invalid
from paddles.ingest import facts, junit, load
from tests.conftest import NOW
from tests.units import job_of, submit

JUNIT = b"""<testsuites><testsuite name="s" time="1.5"><testcase classname="c" name="n" time="0.5">
<failure message="no">why</failure></testcase><testcase name="m"/></testsuite></testsuites>"""


def test_what_a_document_says_is_stored(database: Database) -> None:
    """Suites of one name from two documents are one test, which counts the cases of both."""
    submit(database)
    job_id = job_of(database).id

    transact(database, lambda session: load.store(session, job_id, [*junit.parse(JUNIT)] * 2, NOW))

    (test,) = read(database, lambda session: tests.of_job(session, "r", "1", Page()))
    found = read(database, lambda session: tests.cases(session, test.id, None, Page()))
    assert ("s", "junit", "fail", 3.0, 2, 2) == (*test[1:4], test.duration_s, test.n_fail, test.n_pass)
    assert [("c.n", "fail", 0.5), ("m", "pass", None)] * 2 == [(c.name, c.status, c.duration_s) for c in found]
    assert "no\nwhy" == found[0].output


def test_too_much_is_refused(database: Database) -> None:
    """Several documents together hold no more cases than one may; nothing is stored then."""
    submit(database)
    job_id = job_of(database).id
    half = facts.Suite("s", (facts.case("c", "pass"),) * (facts.MOST_CASES // 2 + 1), "pass")

    with pytest.raises(Invalid):
        transact(database, lambda session: load.store(session, job_id, [half, half], NOW))

    assert [] == read(database, lambda session: list(tests.of_job(session, "r", "1", Page())))


def test_facts_and_tables_speak_of_the_same() -> None:
    """The same statuses, and a column for everything that a document may say."""
    assert OUTCOMES == facts.STATUSES
    assert {field.name for field in dataclasses.fields(facts.Case)} == set(tests.REPORTED)
    assert {field.name for field in dataclasses.fields(facts.Suite)} == {*tests.TEST, "faults", "cases"}
