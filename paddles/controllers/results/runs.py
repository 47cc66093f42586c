"""``/runs/``: runs listed, created, shown, tagged and deleted."""

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson

from paddles.archive import job_search, names, run_search, runs
from paddles.archive.names import Scheme
from paddles.archive.run_search import RunFilter
from paddles.archive.sources import RUNS
from paddles.controllers import latest, lists
from paddles.controllers.archive_queries import RunsQuery
from paddles.controllers.results import answers, bodies, face, run_filters, words
from paddles.controllers.results.failures import RunFailures
from paddles.controllers.results.jobs import JobsController
from paddles.db.pages import Page
from paddles.errors import Conflict, NotFound
from paddles.listing import search
from paddles.listing.search import Part
from paddles.settings import Settings
from paddles.web import query
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class RunQuery(query.Query):
    """How much of one run, and in what form."""

    fields: str | None = None
    format: query.Text | None = None


def scheme(settings: Settings) -> Scheme:
    """Return how names of runs are read in this installation."""
    return Scheme(settings.zone, settings.known_suites)


class RunsController(Resource):
    """All runs, and one."""

    face = face
    words: ClassVar[dict[str, Resource]] = {word: run_filters.RunFilters(word) for word in run_filters.WORDS}
    nested: ClassVar[dict[str, Resource]] = {"jobs": JobsController(), "failures": RunFailures()}
    below = nested["jobs"]

    @face.endpoint(query=RunsQuery, answers=answers.Runs | Csv)
    def get_all(self, call: Call) -> Any:
        """List runs: 200, newest posted first, as CSV where that is asked for; 400."""
        zone, part = call.settings.zone, call.query.part(run_filters.usual(call))
        if call.query.csv:
            asked, _ = call.query.asked(call.now, zone, call.query.fields)
            return lists.flow(RUNS, asked, part, whole=call.query.whole)
        names = words.fields(call.query.fields, words.RUN_KEYS)
        return run_filters.shown(call, _found(call, part), names)

    @face.endpoint(body=bodies.NewRun, answers=answers.Done, refuses=(Conflict,))
    def post(self, call: Call) -> Any:
        """Create a run: 200 ``{}``, 400 when there is one of that name."""
        runs.create(
            call.session, names.check(call.body.name or ""), call.now, scheme(call.settings), tags=call.body.tags
        )
        return {}

    @face.endpoint(query=RunQuery, answers=answers.OneRun)
    def get_one(self, name: str, call: Call) -> Any:
        """Show a run with its jobs: 200, 404.

        Where no run is called so, ``latest`` leads to the newest that matches the filters of ``/runs/``: 302.
        """
        asked = words.fields(call.query.fields, (*words.RUN_KEYS, "jobs"))
        try:
            row = run_search.run(call.session, name)
        except NotFound:
            if name != latest.LATEST:
                raise
            return latest.lead(call)
        if run_filters.summarised(call):
            rows = job_search.of_run(call.session, row.id, depth="bare")
            return {job.key: words.job_summary(job, call.settings) for job in by_key(rows)}
        run = words.run(row, call.settings)
        if asked and "jobs" not in asked:
            return words.sliced(run, asked)
        rows = by_key(job_search.of_run(call.session, row.id))
        head = orjson.dumps(words.sliced(run, [key for key in asked if key != "jobs"]) if asked != ["jobs"] else {})
        comma = b"," if len(head) > len(b"{}") else b""
        return words.jobs(rows, call.settings, before=head[:-1] + comma + b'"jobs":')

    @face.endpoint(body=bodies.Tags, answers=answers.Done)
    def put(self, name: str, call: Call) -> Any:
        """Replace the tags of a run: 200 ``{}``, 404."""
        runs.tag(call.session, name, call.body.tags)
        return {}

    @face.endpoint(answers=answers.Done)
    def delete(self, name: str, call: Call) -> Any:
        """Delete a run with its jobs: 200 ``{}``, 404."""
        runs.delete(call.session, name)
        return {}


def _found(call: Call, part: Part) -> Sequence[Any]:
    """Return the runs that are asked for, in the one way where the filters that were there first say it all."""
    zone, alone = call.settings.zone, call.query.alone()
    if alone is None:
        asked, _ = call.query.asked(call.now, zone, "name")
        found = search.page(call.session, RUNS, asked, part).rows
        return run_search.named(call.session, [row["name"] for row in found])
    since, until = call.query.times(call.now, zone)
    said: dict[str, Any] = {run_filters.FILTERS[name]: value for name, value in alone.items()}
    wanted = RunFilter(scheduled_until=until, since=since, **said)
    return run_search.runs(call.session, wanted, Page(part.limit, part.offset), run_search.NEWEST_POSTED)


def by_key(rows: Sequence[Any]) -> list[Any]:
    """Return jobs in the order of their ids: numbers as numbers, before what is none."""
    return sorted(
        rows, key=lambda row: (0, int(row.key), "") if row.key.isascii() and row.key.isdigit() else (1, 0, row.key)
    )
