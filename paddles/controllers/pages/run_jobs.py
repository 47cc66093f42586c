"""``/runs/<name>/jobs/``: the jobs of a run, which its page shows, and one of them."""

from typing import Any, ClassVar

from paddles.controllers.pages import face, frame, job
from paddles.controllers.pages.job import BootScriptPage
from paddles.controllers.pages.logs import RunLogPage
from paddles.controllers.pages.run import part_of
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource


class RunJobsPage(Resource):
    """The jobs of a run, and one of them."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"boot": BootScriptPage(), "log": RunLogPage()}

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_all(self, run_name: str, call: Call) -> Any:
        """Lead to the part of the run's page: 303."""
        return part_of(call, run_name, "jobs")

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_one(self, run_name: str, job_id: str, call: Call) -> Any:
        """Show a job: 200, 404."""
        return job.shown(call, run_name, job_id)
