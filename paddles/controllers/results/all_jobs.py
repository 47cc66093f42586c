"""``/jobs/``: search in the jobs of all runs."""

from collections.abc import Sequence
from typing import Any, ClassVar

from paddles.archive import job_search
from paddles.archive.job_search import JobFilter
from paddles.archive.sources import JOBS
from paddles.controllers import lists
from paddles.controllers.archive_queries import JobsQuery
from paddles.controllers.results import answers, face, words
from paddles.controllers.results.job_logs import JobLogController
from paddles.db.pages import Page
from paddles.listing import search
from paddles.listing.search import Part
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource

# Where nobody says how many a page has.
USUAL = 10


class AllJobsController(Resource):
    """Jobs of every run."""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"log": JobLogController()}

    @face.endpoint(query=JobsQuery, answers=answers.Jobs | Csv)
    def get_all(self, call: Call) -> Any:
        """List jobs: 200, newest posted first, as CSV where that is asked for; 400."""
        zone, part = call.settings.zone, call.query.part(USUAL)
        if call.query.csv:
            asked, _ = call.query.asked(call.now, zone, call.query.fields)
            return lists.flow(JOBS, asked, part, whole=call.query.whole)
        names = words.job_fields(call.query.fields)
        return words.jobs(_found(call, part, words.job_depth(names)), call.settings, names)


def _found(call: Call, part: Part, depth: str) -> Sequence[Any]:
    alone = call.query.alone()
    if alone is None:
        asked, _ = call.query.asked(call.now, call.settings.zone, "id")
        found = search.page(call.session, JOBS, asked, part).rows
        return job_search.several(call.session, [row["id"] for row in found], depth)
    after, before = call.query.days(call.now, call.settings.zone)
    description, user = alone.pop("description", None), alone.pop("user", None)
    wanted = JobFilter(username=user, posted_after=after, posted_before=before, **alone)
    page = Page(part.limit, part.offset)
    return job_search.everywhere(call.session, wanted, page, description=description, depth=depth)
