"""``/``: what needs attention, on one page."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from paddles.analysis import trends
from paddles.analysis.sources import REGRESSIONS
from paddles.archive import run_context
from paddles.archive.sources import COUNTERS, RUNS
from paddles.controllers.pages import charts, face, frame
from paddles.controllers.pages.frame import PageQuery
from paddles.db.session import Session
from paddles.lab import outlook
from paddles.lab.sources import MACHINES
from paddles.listing import search, stretches
from paddles.listing.fields import Source
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Count, Part
from paddles.notes import notes
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

DAY = datetime.timedelta(days=1)
# How far back waits are looked at, runs that failed are shown, and branches are drawn; how much of each there is.
RECENT, FAILED, DRAWN = DAY, 7 * DAY, 14 * DAY
SHOWN, MOST_BRANCHES, MOST_QUEUES = 8, 8, 12
RUN_FIELDS = ("name", "status", "suite", "branch", "user", "scheduled", "started", "finished", "href", *COUNTERS)
REGRESSION_FIELDS = ("id", "path", "tree", "branch", "board", "bad_kernel", "bad_at", "history_href")


class HomePage(Resource):
    """The first page."""

    face = face

    @face.endpoint(query=PageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show what is new, what runs, what waits and what is broken: 200."""
        session, now = call.session, call.now
        running, n_running = _part(session, RUNS, RUN_FIELDS, Asked([Wanted("status", "in", ("running",))]))
        failed = _runs(session, ("finished fail", "finished dead"), now - FAILED)
        return frame.show(
            call,
            "pages/home.html",
            title="What needs attention",
            topics="runs queue nodes regressions",
            pinned=notes.pinned(session),
            regressions=_part(session, REGRESSIONS, REGRESSION_FIELDS, _new(now)),
            failed=failed,
            running=[(row, _end(row, usual)) for row, usual in _usual(session, running)],
            n_running=n_running,
            queues=_queues(session, now),
            down=_part(session, MACHINES, ("name", "description", "href"), Asked([Wanted("up", "in", ("no",))])),
            branches=_branches(session, now),
            newest=failed[0] or running or _runs(session, (), None)[0],
        )


def _part(session: Session, source: Source, names: Sequence[str], asked: Asked) -> tuple[list[dict[str, Any]], Count]:
    """Return the first rows of those asked for, and how many there are."""
    asked = Asked(asked.wanted, asked.since, sort=asked.sort, names=tuple(names))
    found = search.page(session, source, asked, Part(SHOWN))
    return found.rows, search.count(session, source, asked) if found.after else Count(len(found.rows))


def _runs(
    session: Session, statuses: tuple[str, ...], since: datetime.datetime | None
) -> tuple[list[dict[str, Any]], Count]:
    wanted = [Wanted("status", "in", statuses)] if statuses else []
    return _part(session, RUNS, RUN_FIELDS, Asked(wanted, since))


def _new(now: datetime.datetime) -> Asked:
    return Asked([Wanted("state", "in", ("open",))], now - DAY)


def _usual(session: Session, running: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], float | None]]:
    usual = run_context.usual(session, sorted({row["suite"] for row in running if row["suite"]}))
    return [(row, usual.get(row["suite"])) for row in running]


def _end(row: Mapping[str, Any], usual: float | None) -> datetime.datetime | None:
    """Return when a run is to end, where that is known and not over."""
    started: datetime.datetime | None = row["started"]
    return started + datetime.timedelta(seconds=usual) if started and usual is not None else None


def _queues(session: Session, now: datetime.datetime) -> list[outlook.Queue]:
    found = outlook.queues(session, stretches.stretch(now - RECENT, now), now)
    busy = [queue for queue in found if queue.queued or queue.waiting or queue.running]
    return sorted(busy, key=lambda queue: -queue.queued)[:MOST_QUEUES]


def _branches(session: Session, now: datetime.datetime) -> list[tuple[str, charts.Chart, int, int]]:
    """Return the branches of which most ran: name, what passed by day, how many jobs passed and were decided."""
    found = trends.passes(session, stretches.stretch(now - DRAWN, now), by="branch")
    drawn = []
    for series in [each for each in found.series if each.key][:MOST_BRANCHES]:
        passed, failed = (sum(point.values[name] for point in series.points) for name in ("pass", "fail"))
        line = charts.spark([point.values["rate"] for point in series.points], 0, 1)
        drawn.append((series.key, line, passed, passed + failed))
    return drawn
