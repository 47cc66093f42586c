"""``/jobs/``: jobs of all runs."""

from typing import Any, ClassVar

from paddles.archive.sources import JOBS
from paddles.controllers.pages import archive_lists, face, frame, listing
from paddles.controllers.pages.listing import Column
from paddles.controllers.pages.logs import JobLogPage
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

COLUMNS = (
    Column("status", kind="status"),
    Column("key", "Job", link="href"),
    Column("description"),
    Column("machine", "Machines", "machines"),
    Column("run"),
    Column("branch"),
    Column("posted", kind="time"),
    Column("duration", kind="span"),
    Column("failure_reason", "Reason"),
)
CHOICES = ("status", "branch", "suite", "user", "machine", "sha1", "description", "failure")
USUAL = 100


class AllJobsPage(Resource):
    """Jobs of every run."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"log": JobLogPage()}

    @face.endpoint(query=archive_lists.JobsPageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show jobs, the newest first: 200, 400."""
        if call.query.form:
            return listing.tidied(call)
        looked = archive_lists.looked(call, USUAL)
        rows = listing.rows(call, JOBS, COLUMNS, CHOICES, (), looked)
        return frame.show(
            call, "pages/runs/all_jobs.html", title="Jobs", topics="runs", forms=("json", "csv"), rows=rows
        )
