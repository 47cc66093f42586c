"""``/compare``: what has become of each test from one run to another."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from paddles.analysis import comparing
from paddles.analysis.comparing import Compared, Comparison
from paddles.archive.status import STATUSES
from paddles.controllers import lists
from paddles.controllers.compare_queries import CompareQuery
from paddles.controllers.dashboard import face
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.web import formats
from paddles.web.answers import Flow
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource

PIECE = 5000


class ComparedRun(BaseModel):
    """A run, and its jobs by status."""

    name: str
    suite: str
    branch: str
    status: str
    scheduled: str
    counts: dict[str, int]


class Said(BaseModel):
    """What a run says of a test, the time in seconds, and which of its jobs said so."""

    status: str
    duration: float | None
    job: str


class ComparedTest(BaseModel):
    """A test of a job; a blank one is the job itself. There is null where a run has no such test."""

    model_config = {"populate_by_name": True}

    name: str
    test: str
    kind: str = Field(alias="class")
    results: list[Said | None]


class CompareAnswer(BaseModel):
    """Runs, how many tests of each class there are, and a part of those of the classes asked for."""

    runs: list[ComparedRun]
    counts: dict[str, int]
    classes: list[str]
    total: int
    tests: list[ComparedTest]
    ignored: list[str]


class CompareController(Resource):
    """``/compare``"""

    face = face
    needs: ClassVar[str] = "read"

    @face.endpoint(query=CompareQuery, answers=CompareAnswer | Csv, refuses=(NotFound,))
    def get_all(self, call: Call) -> Any:
        """Compare runs, the last with the first: 200, as JSON, or a line of CSV for each test; 400, 404."""
        asked: CompareQuery = call.query
        if formats.wants_csv(asked.format, call.headers):
            return _flow(asked)
        found = comparing.compare(call.session, asked.names, asked.wanted)
        return {
            "runs": [_run(run) for run in found.runs],
            "counts": {each: found.counts[each] for each in asked.known},
            "classes": asked.classes,
            "total": found.total,
            "tests": [_test(test) for test in found.tests],
            "ignored": asked.ignored,
        }


def _run(run: Any) -> dict[str, Any]:
    counts = {status: getattr(run, f"n_{status}") for status in STATUSES}
    told = {name: getattr(run, name) for name in ("name", "suite", "branch", "status")}
    return {**told, "scheduled": lists.moment(run.scheduled), "counts": counts}


def _test(test: Compared) -> dict[str, Any]:
    results = [each and {"status": each.status, "duration": each.duration, "job": each.job} for each in test.results]
    return {"name": test.name, "test": test.test, "class": test.kind, "results": results}


def _flow(asked: CompareQuery) -> Flow:
    """Return a comparison as CSV, all of it where no part is asked for, read in parts."""
    wanted = asked.wanted
    first = Page(PIECE) if asked.whole else wanted.part

    def piece(session: Session, part: Page) -> tuple[bytes, Any]:
        found = comparing.compare(session, asked.names, replace(wanted, part=part))
        rows = list(_lines(found))
        behind = part.offset + PIECE
        more = asked.whole and behind < found.total
        return formats.lines(rows if part.offset and asked.whole else [_head(found), *rows]), (
            Page(PIECE, behind) if more else None
        )

    return Flow(piece, first, formats.CSV, {"Content-Disposition": 'attachment; filename="compare.csv"'})


def _head(found: Comparison) -> list[str]:
    return ["name", "test", "class", *(f"{run.name} {what}" for run in found.runs for what in Said.model_fields)]


def _lines(found: Comparison) -> Iterable[list[Any]]:
    for test in found.tests:
        said = [(each.status, each.duration, each.job) if each else ("", "", "") for each in test.results]
        yield [test.name, test.test, test.kind, *(cell for cells in said for cell in cells)]
