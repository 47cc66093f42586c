"""``/stats``: how results go over time, and what fails most."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row

from paddles.analysis import rankings, trends
from paddles.controllers.dashboard import charts, face
from paddles.controllers.dashboard.charts import ChartAnswer, ChartQuery, Runs
from paddles.controllers.dashboard.machine_stats import RecordsController, UtilisationController
from paddles.controllers.told_queries import Stretch as Timed
from paddles.db.session import Session
from paddles.listing.stretches import Stretch
from paddles.web import formats, query
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.formats import SUFFIX
from paddles.web.resource import Alias, Resource


class KeyedQuery(ChartQuery, Runs):
    """What series are of, and of which runs; blank: all are one series."""

    by: Literal["", "suite", "branch", "machine_type"] = ""


class DurationsQuery(ChartQuery, Runs):
    """What series are of, of which runs, and of which description of jobs."""

    by: Literal["", "suite", "branch", "machine_type"] = "suite"
    description: query.Text | None = None


class Ranking(Timed):
    """What comes first, and how many."""

    order: Literal["failing", "slowest"] = "failing"
    count: Annotated[query.Count, Field(ge=1, le=rankings.MOST)] = 20


class RunsRanking(Ranking, Runs):
    """And of which runs."""


class Ranked(BaseModel):
    """What is called so, how often it ended in which way, and how many seconds it took."""

    name: str
    n: int
    passed: int = Field(alias="pass")
    fail: int
    dead: int
    rate: float | None


class RankedJobs(Ranked):
    """Jobs of a description."""

    p50: float | None
    p95: float | None


class RankedTests(Ranked):
    """Tests of a name."""

    mean: float | None
    longest: float | None


class DescriptionsAnswer(BaseModel):
    """What there is most of first."""

    items: list[RankedJobs]
    ignored: list[str]


class TestsAnswer(BaseModel):
    """What there is most of first."""

    items: list[RankedTests]
    ignored: list[str]


class PassesController(Resource):
    """``/stats/passes``"""

    face = face

    @face.endpoint(query=KeyedQuery, answers=ChartAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell how many jobs passed, of the runs of each day: 200, as JSON, or a line of CSV for each point; 400."""
        asked: KeyedQuery = call.query
        return charts.answer(call, "passes", lambda session, time: trends.passes(session, time, asked.which, asked.by))


class DurationsController(Resource):
    """``/stats/durations``"""

    face = face

    @face.endpoint(query=DurationsQuery, answers=ChartAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell how long jobs took that finished each day: 200, as JSON, or a line of CSV for each point; 400."""
        asked: DurationsQuery = call.query

        def drawn(session: Session, time: Stretch) -> Any:
            return trends.durations(session, time, asked.which, asked.by, asked.description)

        return charts.answer(call, "durations", drawn)


class ThroughputController(Resource):
    """``/stats/throughput``"""

    face = face

    @face.endpoint(query=KeyedQuery, answers=ChartAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell how many jobs finished: 200, as JSON, or a line of CSV for each point; 400."""
        asked: KeyedQuery = call.query
        return charts.answer(
            call, "throughput", lambda session, time: trends.throughput(session, time, asked.which, asked.by)
        )


class RegressionsController(Resource):
    """``/stats/regressions``"""

    face = face

    @face.endpoint(query=ChartQuery, answers=ChartAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell how many regressions are new and were fixed: 200, as JSON, or a line of CSV for each point; 400."""
        return charts.answer(call, "regressions", trends.regressions)


class DescriptionsController(Resource):
    """``/stats/descriptions``"""

    face = face

    @face.endpoint(query=RunsRanking, answers=DescriptionsAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell which jobs fail most, or take longest: 200, as JSON, or a line of CSV for each; 400."""
        asked: RunsRanking = call.query
        time = Stretch(*asked.times(call.now))
        return _ranked(
            call,
            "descriptions",
            lambda session: rankings.descriptions(session, time, asked.order, asked.which, asked.count),
        )


class TestsController(Resource):
    """``/stats/tests``"""

    face = face

    @face.endpoint(query=Ranking, answers=TestsAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell which tests fail most, or take longest: 200, as JSON, or a line of CSV for each; 400."""
        asked: Ranking = call.query
        time = Stretch(*asked.times(call.now))
        return _ranked(call, "tests", lambda session: rankings.suites(session, time, asked.order, asked.count))


def _ranked(call: Call, name: str, found: Any) -> Any:
    asked: Ranking = call.query
    if formats.wants_csv(asked.format, call.headers):
        return charts.table(name, lambda session: [_told(row) for row in found(session)])
    return {"items": [_told(row) for row in found(call.session)], "ignored": asked.ignored}


def _told(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)


TABLES: dict[str, Resource] = {
    "passes": PassesController(),
    "durations": DurationsController(),
    "throughput": ThroughputController(),
    "regressions": RegressionsController(),
    "descriptions": DescriptionsController(),
    "tests": TestsController(),
    "machines": UtilisationController(),
    "records": RecordsController(),
}


class StatsFolder(Resource):
    """``/stats``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        **TABLES,
        **{f"{name}{SUFFIX}": Alias(resource) for name, resource in TABLES.items()},
    }
