"""``/runs/<name>/jobs/<job_id>/tests/``: what a job tested, and how each case of it ended."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from paddles.archive import tests
from paddles.archive.status import OUTCOMES
from paddles.controllers.results import face, words
from paddles.controllers.results.answers import Answer, Moment, Tally
from paddles.controllers.results.times import written
from paddles.errors import Invalid
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

MOST = 1000
Some = Annotated[query.Count, Field(le=MOST)]
Outcome = Annotated[str, Field(json_schema_extra={"enum": list(OUTCOMES)})]
Seconds = Annotated[float, Field(description="in seconds")]


class Counts(Answer):
    """How many cases ended in which way."""

    pass_: Tally = Field(alias="pass")
    fail: Tally
    error: Tally
    skip: Tally
    unknown: Tally
    total: Tally


class Test(Answer):
    """A test of a job. ``context`` is the format that it was read from, ``faults`` what was wrong with the document."""

    name: str
    href: str
    context: str
    status: Outcome
    results: Counts
    faults: list[str]
    duration: Seconds | None
    stored: Moment


class Case(Answer):
    """One check in a test; what is waived counts for nothing in the test's status."""

    name: str
    status: Outcome
    waived: bool
    output: str
    measurement: float | None
    units: str
    duration: Seconds | None


class TestWithCases(Test):
    """A test and a page of its cases."""

    cases: list[Case]


class TestsQuery(query.Query):
    """Which part of the list."""

    count: Some = 100
    page: query.Count = 1


class TestQuery(TestsQuery):
    """Which cases."""

    status: query.Text | None = None


class TestsController(Resource):
    """The tests of one job, and one of them."""

    face = face

    @face.endpoint(query=TestsQuery, answers=list[Test])
    def get_all(self, run_name: str, job_id: str, call: Call) -> Any:
        """List the tests of a job, without their cases: 200, in the order in which they were stored; 404."""
        page = query.page(call.query.count, call.query.page)
        rows = tests.of_job(call.session, run_name, job_id, page)
        return [shown(row, words.job_href(call.settings, run_name, job_id)) for row in rows]

    @face.endpoint(query=TestQuery, answers=TestWithCases)
    def get_one(self, run_name: str, job_id: str, name: str, call: Call) -> Any:
        """Show a test with its cases, all or those of a status, in the order of the document: 200, 404."""
        asked: TestQuery = call.query
        if asked.status and asked.status not in OUTCOMES:
            raise Invalid(f"status must be one of: {', '.join(OUTCOMES)}")
        row = tests.one(call.session, run_name, job_id, name)
        found = tests.cases(call.session, row.id, asked.status or None, query.page(asked.count, asked.page))
        return {
            **shown(row, words.job_href(call.settings, run_name, job_id)),
            "cases": [case(each) for each in found],
        }


def shown(row: Row[Any], job: str) -> dict[str, Any]:
    """Return a row of ``tests.of_job`` as a test of the wire; ``job`` is the address of its job."""
    counts = {status: getattr(row, f"n_{status}") for status in OUTCOMES}
    return {
        "name": row.name,
        "href": f"{job}tests/{words.segment(row.name)}/",
        "context": row.context,
        "status": row.status,
        "results": {**counts, "total": sum(counts.values())},
        "faults": row.faults,
        "duration": row.duration_s,
        "stored": written(row.stored),
    }


def case(row: Row[Any]) -> dict[str, Any]:
    """Return a row of ``tests.cases`` as a case of the wire."""
    return {
        "name": row.name,
        "status": row.status,
        "waived": row.waived,
        "output": row.output,
        "measurement": row.measurement,
        "units": row.units,
        "duration": row.duration_s,
    }
