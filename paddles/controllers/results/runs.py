"""``/runs/``: runs listed, created, shown, tagged and deleted."""

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson

from paddles.archive import job_search, names, run_search, runs
from paddles.archive.names import Scheme
from paddles.controllers.results import answers, bodies, face, run_filters, words
from paddles.controllers.results.failures import RunFailures
from paddles.controllers.results.jobs import JobsController
from paddles.controllers.results.run_filters import RunsQuery
from paddles.errors import Conflict
from paddles.settings import Settings
from paddles.web import query
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

    @face.endpoint(query=RunsQuery, answers=answers.Runs)
    def get_all(self, call: Call) -> Any:
        """List runs: 200, newest posted first."""
        wanted = run_filters.narrowed(run_search.RunFilter(), call.query, call.now, call.settings.zone)
        return run_filters.answer(call, wanted, run_filters.paged(call), run_search.NEWEST_POSTED)

    @face.endpoint(body=bodies.NewRun, answers=answers.Done, refuses=(Conflict,))
    def post(self, call: Call) -> Any:
        """Create a run: 200 ``{}``, 400 when there is one of that name."""
        runs.create(
            call.session, names.check(call.body.name or ""), call.now, scheme(call.settings), tags=call.body.tags
        )
        return {}

    @face.endpoint(query=RunQuery, answers=answers.OneRun)
    def get_one(self, name: str, call: Call) -> Any:
        """Show a run with its jobs: 200, 404."""
        asked = words.fields(call.query.fields, (*words.RUN_KEYS, "jobs"))
        row = run_search.run(call.session, name)
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


def by_key(rows: Sequence[Any]) -> list[Any]:
    """Return jobs in the order of their ids: numbers as numbers, before what is none."""
    return sorted(
        rows, key=lambda row: (0, int(row.key), "") if row.key.isascii() and row.key.isdigit() else (1, 0, row.key)
    )
