"""``/failures/``: what jobs of all runs failed of, alike reasons together."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from paddles.archive import failures, links
from paddles.archive.failures import FailureFilter
from paddles.controllers.pages import addresses, charts, face, frame, listing, notes
from paddles.controllers.pages.charts import Chart
from paddles.controllers.pages.listing import Chip, Choice
from paddles.listing import moments
from paddles.notes import known
from paddles.notes.known import Known
from paddles.notes.subjects import Subject
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

SINCE = datetime.timedelta(days=14)
# As many days as a small line shows, and a chart.
SPARK, CHART = 30, 60
MOST = 500
FILTERS = {"branch": "Branch", "suite": "Suite", "machine_type": "Machine type"}


class FailuresQuery(frame.PageQuery):
    """Of which jobs: those posted since a moment, two weeks unless said; of one branch, suite or type of machines."""

    since: query.Text = ""
    branch: query.Text = ""
    suite: query.Text = ""
    machine_type: query.Text = ""
    count: query.Count = 25
    page: query.Count = 1
    form: query.Text = ""


class FailureQuery(frame.PageQuery):
    """Which of the jobs that failed so."""

    count: query.Count = 25
    page: query.Count = 1


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed by, for the form and beside the rows."""

    choices: Sequence[Choice]
    chips: Sequence[Chip]
    ignored: Sequence[str] = ()


@dataclass(frozen=True)
class Group:
    """A kind of failure: its address, what it is, a line of how often it came each day, and issues that explain it."""

    id: str
    row: Row[Any]
    line: Chart
    known: Sequence[Row[Any]] = ()


class FailuresPage(Resource):
    """Kinds of failures, and one of them."""

    face = face

    @face.endpoint(query=FailuresQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show kinds of failures, the one with the most jobs first: 200, 400."""
        asked: FailuresQuery = call.query
        if asked.form:
            return listing.tidied(call)
        zone = call.settings.zone
        since = moments.bound(asked.since, call.now, zone, "since") if asked.since else call.now - SINCE
        wanted = FailureFilter(since, asked.branch or None, asked.suite or None, asked.machine_type or None)
        count = min(asked.count, MOST)
        rows = failures.listed(call.session, wanted, query.page(count, asked.page))
        explained = known.matching(call.session, [row.failure_id for row in rows])
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        return frame.show(
            call,
            "pages/runs/failures_list.html",
            title="Failures",
            since=since,
            groups=_groups(call, rows, since, explained),
            unexplained=not explained.whole,
            rows=_narrowed(asked, said),
            next=addresses.moved(said, page=str(asked.page + 1)) if len(rows) == count and count else "",
            first=addresses.changed(said) if asked.page > 1 else "",
        )

    @face.endpoint(query=FailureQuery, answers=Html)
    def get_one(self, failure_id: str, call: Call) -> Any:
        """Show a kind of failure with the jobs that failed so, the newest first: 200, 404."""
        number, asked = links.number_of(failure_id), call.query
        row = failures.one(call.session, number)
        zone = call.settings.zone
        machines = failures.machines(call.session, number)
        found = {each.day: each.jobs for each in failures.per_day(call.session, number, zone.key)}
        days = _days(max(found, default=""), min(found, default=""))
        count = min(asked.count, MOST)
        jobs = failures.newest(call.session, number, query.page(count, asked.page))
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        looked = min(row.jobs, failures.MOST_LOOKED)
        return frame.show(
            call,
            "pages/runs/failure.html",
            title="Failure",
            crumbs=[("Failures", "/failures/")],
            failure=row,
            group=failure_id,
            known=known.matching(call.session, [number]).of(number),
            notes=notes.panel(call, Subject("failure", failure_id), number),
            machines=machines,
            common=[each.name for each in machines if looked > 1 and each.jobs == looked],
            chart=charts.columns(days, {"fail": [found.get(day, 0) for day in days]}) if days else None,
            days=found,
            chart_days=len(days),
            jobs=jobs,
            next=addresses.moved(said, page=str(asked.page + 1)) if len(jobs) == count and count else "",
            first=addresses.changed(said) if asked.page > 1 else "",
        )


def _groups(call: Call, rows: Sequence[Row[Any]], since: datetime.datetime, explained: Known) -> list[Group]:
    zone = call.settings.zone
    begin = max(since, call.now - datetime.timedelta(days=SPARK))
    found = failures.each_day(call.session, [row.failure_id for row in rows], begin, zone.key) if rows else {}
    days = _between(begin, call.now, zone)
    return [
        Group(
            links.group(row.failure_id),
            row,
            charts.spark([found[row.failure_id].get(day, 0) for day in days]),
            explained.of(row.failure_id),
        )
        for row in rows
    ]


def _narrowed(asked: FailuresQuery, said: addresses.Pairs) -> Narrowed:
    choices = [Choice(name, title, (), getattr(asked, name)) for name, title in FILTERS.items()]
    chips = [
        Chip(f"{FILTERS.get(name, 'Since')}: {value}", addresses.without(said, name, value))
        for name, value in said
        if value and name in (*FILTERS, "since")
    ]
    known = {*FailuresQuery.model_fields, "format"}
    return Narrowed(
        [*choices, Choice("since", "Since", (), asked.since)], chips, [n for n, _ in said if n not in known]
    )


def _between(begin: datetime.datetime, end: datetime.datetime, zone: ZoneInfo) -> list[str]:
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    return _written(first, last)


def _days(last: str, first: str) -> list[str]:
    """Return the days between two, as many of the newest as a chart shows."""
    if not last:
        return []
    end = datetime.date.fromisoformat(last)
    return _written(max(datetime.date.fromisoformat(first), end - datetime.timedelta(days=CHART - 1)), end)


def _written(first: datetime.date, last: datetime.date) -> list[str]:
    return [(first + datetime.timedelta(days=each)).isoformat() for each in range((last - first).days + 1)]
