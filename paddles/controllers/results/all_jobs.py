"""``/jobs/``: search in the jobs of all runs."""

from typing import Any, ClassVar

from paddles.archive import job_search
from paddles.archive.job_search import JobFilter
from paddles.controllers.results import answers, face, times, words
from paddles.controllers.results.job_logs import JobLogController
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class AllJobsQuery(query.Query):
    """What to look for."""

    description: query.Text | None = None
    status: query.Text | None = None
    sha1: query.Text | None = None
    branch: query.Text | None = None
    user: query.Text | None = None
    posted_after: query.Text | None = None
    posted_before: query.Text | None = None
    fields: str | None = None
    count: query.Count = 10
    page: query.Count = 1


class AllJobsController(Resource):
    """Jobs of every run."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"log": JobLogController()}

    @face.endpoint(query=AllJobsQuery, answers=answers.Jobs)
    def get_all(self, call: Call) -> Any:
        """List jobs: 200, newest posted first."""
        asked: AllJobsQuery = call.query
        names = words.job_fields(asked.fields)
        zone = call.settings.zone
        wanted = JobFilter(
            status=asked.status or None,
            sha1=asked.sha1 or None,
            branch=(asked.branch or None) if not asked.sha1 else None,
            username=asked.user or None,
            posted_after=times.day(asked.posted_after, call.now, zone) if asked.posted_after else None,
            posted_before=times.day(asked.posted_before, call.now, zone) if asked.posted_before else None,
        )
        page = query.page(asked.count, asked.page)
        rows = job_search.everywhere(
            call.session, wanted, page, description=asked.description, depth=words.job_depth(names)
        )
        return words.jobs(rows, call.settings, names)
