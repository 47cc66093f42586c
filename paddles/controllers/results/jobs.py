"""``/runs/<name>/jobs/``: the jobs of a run."""

from typing import Any, ClassVar

from paddles.archive import job_search, jobs
from paddles.archive.names import Scheme
from paddles.controllers.results import answers, bodies, face, words
from paddles.controllers.results.files import FilesController
from paddles.controllers.results.job_logs import RunLogController
from paddles.controllers.results.tests import TestsController
from paddles.errors import Conflict, Invalid
from paddles.lab import reports
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class JobsQuery(query.Query):
    """Which jobs of a run, and how much of each."""

    status: query.Text | None = None
    fields: str | None = None


class JobsController(Resource):
    """The jobs of one run, and one of them; also what stands at the first paddles' ``/runs/<name>/<job_id>/``."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {
        "files": FilesController(),
        "tests": TestsController(),
        "log": RunLogController(),
    }

    @face.endpoint(query=JobsQuery, answers=answers.Jobs)
    def get_all(self, run_name: str, call: Call) -> Any:
        """List jobs: 200, newest posted first; 404 when there is no such run."""
        names = words.job_fields(call.query.fields)
        run_id = job_search.run_id(call.session, run_name)
        rows = job_search.of_run(call.session, run_id, status=call.query.status or None, depth=words.job_depth(names))
        return words.jobs(rows, call.settings, names)

    @face.endpoint(body=bodies.NewJob, answers=answers.JobCreated, refuses=(Conflict,))
    def post(self, run_name: str, call: Call) -> Any:
        """Create a job, and its run when there is none: 200 ``{"job_id": ...}``, 400 when it exists."""
        said: bodies.NewJob = call.body
        if said.job_id is None and call.settings.require_job_id:
            raise Invalid("could not find required key: 'job_id'")
        zone = call.settings.zone
        key = reports.submit(
            call.session,
            run_name,
            said.job_id,
            said.document(),
            call.now,
            Scheme(zone, call.settings.known_suites),
            updated=said.moment(zone),
        )
        return {"job_id": key}

    @face.endpoint(query=JobsQuery, answers=answers.OneJob)
    def get_one(self, run_name: str, job_id: str, call: Call) -> Any:
        """Show a job: 200, 404."""
        names = words.job_fields(call.query.fields)
        row = job_search.one(call.session, run_name, job_id, words.job_depth(names))
        return next(words.job_slices([row], call.settings, names)) if names else words.job(row, call.settings)

    @face.endpoint(body=bodies.JobReport, answers=answers.Done)
    def put(self, run_name: str, job_id: str, call: Call) -> Any:
        """Report on a job: 200 ``{}``, 404."""
        said: bodies.JobReport = call.body
        updated = said.moment(call.settings.zone)
        reports.accept(call.session, run_name, job_id, said.document(), call.now, updated=updated)
        return {}

    @face.endpoint(answers=answers.Done)
    def delete(self, run_name: str, job_id: str, call: Call) -> Any:
        """Delete a job: 200 ``{}``, 404."""
        jobs.delete(call.session, run_name, job_id, call.now)
        return {}
