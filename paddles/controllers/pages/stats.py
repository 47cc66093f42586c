"""``/stats/``: results and machines over time."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from paddles.analysis import rankings, trends
from paddles.controllers.pages import charts, face, frame
from paddles.controllers.pages.frame import PageQuery
from paddles.db.session import Session
from paddles.lab import utilisation
from paddles.listing import moments, stretches
from paddles.listing.stretches import Chart, Stretch
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

STRETCHES = ("24h", "7d", "14d", "30d", "90d")
# What machines did takes longer to add up than all else: of longer stretches it is asked for by itself.
LONGEST_UTILISATION = datetime.timedelta(days=7)
STATES = ("running", "locked", "free", "down")
MOST_NAMED = 15


class StretchQuery(PageQuery):
    """Of which time: a stretch up to now."""

    since: Literal["24h", "7d", "14d", "30d", "90d"] = "7d"


@dataclass(frozen=True)
class Figure:
    """A chart, what it shows, the address of its points, and these as a table: labels and series of numbers.

    ``moments`` are the labels of one that can be zoomed, in seconds.
    """

    title: str
    address: str
    chart: charts.Chart
    labels: list[str]
    series: dict[str, list[Any]]
    moments: tuple[int, ...] = ()


class StatsPage(Resource):
    """Figures over time."""

    face = face

    @face.endpoint(query=StretchQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show what passed, how long it took, what failed most and what machines did: 200, 400."""
        session, now = call.session, call.now
        since = moments.moment(call.query.since, now, "since")
        stretch = stretches.stretch(since, now)
        figures = _jobs(session, stretch)
        if now - since <= LONGEST_UTILISATION:
            figures += _machines(stretch, utilisation.utilisation(session, stretch, now))
        return frame.show(
            call,
            "pages/stats.html",
            title="Figures over time",
            forms=(),
            since=call.query.since,
            stretches=STRETCHES,
            figures=figures,
            failing=rankings.descriptions(session, stretch, "failing", limit=MOST_NAMED),
            slowest=rankings.descriptions(session, stretch, "slowest", limit=MOST_NAMED),
        )


def _jobs(session: Session, stretch: Stretch) -> list[Figure]:
    """Return how jobs ended, how many finished, how long they took, and what became of regressions."""
    passes = trends.passes(session, stretch)
    return [
        _columns("Jobs of runs, by how they ended", "passes", stretch, passes, ("pass", "fail", "dead")),
        _lines(
            "What passed of those that passed or failed, in percent", "passes", stretch, passes, ("rate",), _percent
        ),
        _columns(
            "Jobs that finished",
            "throughput",
            stretch,
            trends.throughput(session, stretch),
            ("pass", "fail", "dead"),
        ),
        _lines(
            "Minutes that jobs took",
            "durations",
            stretch,
            trends.durations(session, stretch, by=""),
            ("p50", "p95"),
            _minutes,
        ),
        _columns("Regressions", "regressions", stretch, trends.regressions(session, stretch), ("new", "fixed")),
    ]


def _numbers(stretch: Stretch, found: Chart, names: tuple[str, ...]) -> tuple[list[str], dict[str, list[Any]]]:
    written = "%H:%M" if stretch.step == "hour" else "%m-%d"
    points = found.series[0].points if found.series else ()
    return [point.at.strftime(written) for point in points], {
        name: [point.values[name] for point in points] for name in names
    }


def _columns(title: str, address: str, stretch: Stretch, found: Chart, names: tuple[str, ...]) -> Figure:
    labels, series = _numbers(stretch, found, names)
    return Figure(title, address, charts.columns(labels, series), labels, series)


def _lines(
    title: str, address: str, stretch: Stretch, found: Chart, names: tuple[str, ...], shown: Callable[[Any], Any]
) -> Figure:
    labels, series = _numbers(stretch, found, names)
    told = {name: [shown(value) for value in values] for name, values in series.items()}
    moments = tuple(int(point.at.timestamp()) for series in found.series[:1] for point in series.points)
    return Figure(title, address, charts.lines(labels, told), labels, told, moments)


def _machines(stretch: Stretch, found: Chart) -> list[Figure]:
    """Return what machines of each type did, in hours."""
    figures = []
    for series in found.series:
        one = Chart([series])
        labels, told = _numbers(stretch, one, STATES)
        hours = {name: [round(value / 3600, 1) for value in values] for name, values in told.items()}
        title = f"Hours of machines of the type {series.key or 'nobody named'}"
        figures.append(Figure(title, "machines", charts.columns(labels, hours), labels, hours))
    return figures


def _percent(value: Any) -> Any:
    return None if value is None else round(100 * value, 1)


def _minutes(value: Any) -> Any:
    return None if value is None else round(value / 60, 1)
