"""Jobs submitted, shown and cancelled."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from paddles.boot import clusters, jobs
from paddles.controllers.scheduler import face, words
from paddles.controllers.scheduler.progress import UpdateController, WaitController
from paddles.errors import Conflict, Forbidden, NotFound
from paddles.web import query
from paddles.web.endpoint import JSON
from paddles.web.face import Call
from paddles.web.resource import Resource


class BootJob(BaseModel):
    """A job of lkp: whatever its programs need, in the order in which they run."""

    model_config = ConfigDict(extra="allow")

    def document(self) -> dict[str, Any]:
        """Return the job as it was sent."""
        return dict(self.model_extra or {})


class JobQuery(query.Query):
    """How much of a job."""

    fields: query.Text | None = None


def submit(call: Call) -> list[dict[str, Any]]:
    """Store a job, or those that it becomes on a cluster, and return them completed."""
    settings = call.settings
    where, scheme = words.hosts(settings), words.scheme(settings)
    return clusters.submit(call.session, call.body.document(), call.now, where, scheme, settings.clusters_dir)


class SubmitController(Resource):
    """``/scheduler/v1/jobs/submit``"""

    face = face

    @face.endpoint(body=BootJob, answers=list[dict[str, str]] | int, refuses=(NotFound, Conflict))
    def post(self, call: Call) -> Any:
        """Queue a job: 200 with its number, or with a list when the client accepts ``application/json``."""
        submitted = submit(call)
        return words.submitted(submitted) if JSON in call.accept else submitted[0]["id"].encode()


class SubmitListController(Resource):
    """``/submit_job`` and ``/scheduler/submit_job``"""

    face = face

    @face.endpoint(body=BootJob, answers=list[dict[str, str]], refuses=(NotFound, Conflict))
    def post(self, call: Call) -> Any:
        """Queue a job: 200 with a list of it, as the ``submit`` command reads it."""
        return words.submitted(submit(call))


class CancelController(Resource):
    """``/scheduler/v1/jobs/<id>/cancel``"""

    face = face

    @face.endpoint(answers=str, refuses=(Forbidden,))
    def post(self, job_id: str, call: Call) -> Any:
        """Give up a job that waits: 200, 403 when it runs or is over, 404."""
        if not jobs.cancel(call.session, words.number(job_id), call.now):
            raise Forbidden("Job already running")
        return "Success"


class TerminateController(Resource):
    """``/scheduler/v1/jobs/<id>/terminate``"""

    face = face

    @face.endpoint(answers=str, refuses=(Forbidden,))
    def post(self, job_id: str, call: Call) -> Any:
        """End a job that runs: 200, 403 when it does not, 404. Its machine hears of it when it asks again."""
        if not jobs.terminate(call.session, words.number(job_id), call.now):
            raise Forbidden("Job not running")
        return "Success"


class JobsController(Resource):
    """``/scheduler/v1/jobs/``: one job."""

    face = face
    words: ClassVar[dict[str, Resource]] = {"submit": SubmitController(), "wait": WaitController()}
    nested: ClassVar[dict[str, Resource]] = {
        "cancel": CancelController(),
        "terminate": TerminateController(),
        "update": UpdateController(),
    }

    @face.endpoint(query=JobQuery, answers=dict[str, Any])
    def get_one(self, job_id: str, call: Call) -> Any:
        """Show a job without its secrets, sources and statistics: 200, 404."""
        names = [name.strip() for name in (call.query.fields or "").split(",") if name.strip()]
        shown = jobs.shown(call.session, words.number(job_id), words.hosts(call.settings))
        return words.job(shown, names)
