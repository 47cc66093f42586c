"""``/runs/<name>/jobs/<job_id>/tests/``: what a job tested."""

from typing import Any
from urllib.parse import quote

import pytest

from paddles.controllers.results.tests import MOST
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.ingest import load
from paddles.ingest.facts import Case, Suite, case
from tests.client import Client
from tests.conftest import NOW
from tests.factories import make_job
from tests.units import job_of

TESTS = "/runs/r/jobs/1/tests/"
SUITE = Suite(
    "kselftest/net ä%2F",
    (
        case("a", "pass", duration_s=0.5),
        case("a.b", "fail", waived=True, output="<b>no</b>"),
        Case("speed", measurement=12.5, units="MB/s"),
    ),
    "pass",
    "kselftest",
    ("planned 4, came 3",),
    7.25,
)
ADDRESS = f"{TESTS}{quote(SUITE.name, safe='')}/"


def store(database: Database, *suites: Suite) -> None:
    """Store tests of the job ``1`` of the run ``r``."""
    job_id = job_of(database).id
    transact(database, lambda session: load.store(session, job_id, suites, NOW))


@pytest.fixture
def tested(client: Client, database: Database) -> Client:
    """A job of which one test is known."""
    make_job(client, "r")
    store(database, SUITE)
    return client


def names(answer: Any) -> list[str]:
    """Return what the tests, or the cases, of an answer are called."""
    return [each["name"] for each in answer]


def test_the_tests_of_a_job_are_listed_with_their_counts(tested: Client) -> None:
    """Each with an address that leads to it, whatever it is called."""
    (test,) = tested.get(TESTS).json

    assert {
        "name": SUITE.name,
        "href": f"http://paddles.example{ADDRESS}",
        "context": "kselftest",
        "status": "pass",
        "results": {"pass": 1, "fail": 1, "error": 0, "skip": 0, "unknown": 1, "total": 3},
        "faults": ["planned 4, came 3"],
        "duration": 7.25,
        "stored": "2026-01-31 12:00:00",
    } == test
    assert test == {key: value for key, value in tested.get(ADDRESS).json.items() if key != "cases"}


def test_a_test_is_shown_with_its_cases(tested: Client) -> None:
    """In the order of the document, each with all that is known of it."""
    found = tested.get(ADDRESS).json["cases"]

    nothing = {"waived": False, "output": "", "measurement": None, "units": "", "duration": None}
    assert [
        {**nothing, "name": "a", "status": "pass", "duration": 0.5},
        {**nothing, "name": "a.b", "status": "fail", "waived": True, "output": "<b>no</b>"},
        {**nothing, "name": "speed", "status": "unknown", "measurement": 12.5, "units": "MB/s"},
    ] == found


def test_the_first_paddles_addresses_lead_there_too(tested: Client) -> None:
    """As they do to the job."""
    assert tested.get(TESTS).json == tested.get("/runs/r/1/tests").json
    assert tested.get(ADDRESS).json == tested.get(ADDRESS.replace("/jobs/", "/")).json


def test_lists_come_in_pages(client: Client, database: Database) -> None:
    """A hundred unless told otherwise, a thousand at the most; a page past the end is empty."""
    make_job(client, "r")
    store(
        database,
        *(Suite(f"s{n:03}", (), "pass") for n in range(110)),
        Suite("z", tuple(case(f"c{n}", "fail" if n % 2 else "pass") for n in range(110)), "fail"),
    )

    assert [f"s{n:03}" for n in range(100)] == names(client.get(TESTS).json)
    assert [*(f"s{n:03}" for n in range(100, 110)), "z"] == names(client.get(f"{TESTS}?page=2").json)
    assert ["s004", "s005"] == names(client.get(f"{TESTS}?count=2&page=3").json)
    assert [] == client.get(f"{TESTS}?page=9").json == client.get(f"{TESTS}?count=0").json
    assert 111 == len(client.get(f"{TESTS}?count={MOST}").json)
    assert [f"c{n}" for n in range(100, 110)] == names(client.get(f"{TESTS}z/?page=2").json["cases"])
    odd = client.get(f"{TESTS}z/?status=fail&count=3&page=2").json
    assert ["c7", "c9", "c11"] == names(odd["cases"])
    assert 110 == odd["results"]["total"]


def test_a_job_without_tests_has_none(client: Client) -> None:
    """Which is an empty list; of a job that is not there it is 404."""
    make_job(client, "r")

    assert [] == client.get(TESTS).json
    client.refused("GET", f"{TESTS}s/", 404)
    client.refused("GET", "/runs/r/jobs/2/tests/", 404)
    client.refused("GET", "/runs/q/jobs/1/tests/", 404)


@pytest.mark.parametrize("query", ["count=-1", f"count={MOST + 1}", "count=x", "page=x", "page=1e9"])
def test_a_wrong_query_is_refused(tested: Client, query: str) -> None:
    """The refusal names what is wrong."""
    for address in (TESTS, ADDRESS):
        assert query.partition("=")[0] in tested.refused("GET", f"{address}?{query}", 400)


def test_a_status_that_does_not_exist_is_refused(tested: Client) -> None:
    """A blank one counts as not given."""
    assert "status must be one of: pass, fail" in tested.refused("GET", f"{ADDRESS}?status=dead", 400)
    assert 3 == len(tested.get(f"{ADDRESS}?status=").json["cases"])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_tests_are_only_read_here(tested: Client, method: str) -> None:
    """They come from what a job uploads."""
    tested.refused(method, TESTS, 405, {})
    tested.refused(method, ADDRESS, 405, {})


def test_the_tests_of_a_job_go_with_its_run(tested: Client) -> None:
    """As the job does."""
    tested.delete("/runs/r/")

    tested.refused("GET", TESTS, 404)
