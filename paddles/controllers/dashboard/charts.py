"""Charts on this wire: the query of a stretch of time, and series of points as JSON or as lines of CSV."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from paddles.analysis.trends import Which
from paddles.controllers import lists
from paddles.controllers.told_queries import Stretch as Timed
from paddles.db.session import Session
from paddles.listing import stretches
from paddles.listing.stretches import Chart, Stretch
from paddles.web import formats, query
from paddles.web.answers import Flow
from paddles.web.face import Call

Some = Annotated[list[query.Text], Field(description="any of these")]


class ChartQuery(Timed):
    """Which time, in which steps: days, or hours where it is two days at most."""

    interval: Literal["hour", "day", "week"] | None = None

    def stretch(self, now: datetime.datetime) -> Stretch:
        """The time that is asked for. Raises Invalid."""
        return stretches.stretch(*self.times(now), self.interval)


class Machines(Timed):
    """And of which machines: those of any of some types."""

    several: ClassVar[frozenset[str]] = frozenset(("machine_type",))

    machine_type: Some = Field(default=[])


class Runs(Timed):
    """And of which runs: of any of some suites, branches, machine types."""

    several: ClassVar[frozenset[str]] = frozenset(("suite", "branch", "machine_type"))

    suite: Some = Field(default=[])
    branch: Some = Field(default=[])
    machine_type: Some = Field(default=[])

    @property
    def which(self) -> Which:
        """The runs."""
        return Which(self.suite, self.branch, self.machine_type)


class ChartPoint(BaseModel):
    """What is so in the step that begins ``at``, by the names that the page has; null is what cannot be said."""

    at: str
    values: dict[str, float | int | None]


class ChartSeries(BaseModel):
    """A point for each step; ``key`` is blank where there is one series only."""

    key: str
    points: list[ChartPoint]


class ChartAnswer(BaseModel):
    """Those series of which there is most, and of how many ``others`` nothing is told."""

    since: str
    until: str
    interval: str
    series: list[ChartSeries]
    others: int
    ignored: list[str]


def answer(call: Call, name: str, drawn: Callable[[Session, Stretch], Chart]) -> Any:
    """Return a chart of the time that the call's query, a :class:`ChartQuery`, asks for, as it wants to be told."""
    asked: ChartQuery = call.query
    stretch = asked.stretch(call.now)
    if formats.wants_csv(asked.format, call.headers):
        return table(name, lambda session: _lines(drawn(session, stretch)))
    chart = drawn(call.session, stretch)
    series = [{"key": each.key, "points": [point(at) for at in each.points]} for each in chart.series]
    times = {"since": lists.moment(stretch.since), "until": lists.moment(stretch.until), "interval": stretch.step}
    return {**times, "series": series, "others": chart.others, "ignored": asked.ignored}


def table(name: str, rows: Callable[[Session], Iterable[Mapping[str, Any]]]) -> Flow:
    """Return rows, all of the same columns, as CSV."""

    def piece(session: Session, _: Any) -> tuple[bytes, Any]:
        found = list(rows(session))
        head = list(found[0]) if found else []
        return formats.lines([head, *(lists.cells(row, head) for row in found)] if found else []), None

    return Flow(piece, None, formats.CSV, {"Content-Disposition": f'attachment; filename="{name}.csv"'})


def point(at: stretches.Point) -> dict[str, Any]:
    """Return a point of a chart as it is answered."""
    return {"at": lists.moment(at.at), "values": at.values}


def _lines(chart: Chart) -> Iterable[Mapping[str, Any]]:
    for series in chart.series:
        for point in series.points:
            yield {"key": series.key, "at": point.at, **point.values}
