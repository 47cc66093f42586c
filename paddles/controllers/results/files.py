"""``/runs/<name>/jobs/<job_id>/files/``: what a job left behind."""

from typing import Any

from sqlalchemy import Row

from paddles.archive import files
from paddles.boot.defaults import result_root
from paddles.controllers.results import face
from paddles.controllers.results.answers import Answer, Moment, Tally
from paddles.controllers.results.tests import TestsQuery
from paddles.controllers.results.times import written
from paddles.controllers.results.words import segment
from paddles.settings import Settings
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class File(Answer):
    """A file: its path below the result root of its job, where it is to be had, and its size in bytes."""

    path: str
    href: str
    size: Tally
    stored: Moment


class FilesController(Resource):
    """The files of one job."""

    face = face

    @face.endpoint(query=TestsQuery, answers=list[File])
    def get_all(self, run_name: str, job_id: str, call: Call) -> Any:
        """List the files that a job left behind: 200, by path; 404."""
        page = query.page(call.query.count, call.query.page)
        return [shown(row, call.settings) for row in files.page(call.session, run_name, job_id, page)]


def shown(row: Row[Any], settings: Settings) -> dict[str, Any]:
    """Return a row of ``files.page`` as a file of the wire."""
    whole = f"{result_root(row.suite, row.job_id)}/{row.path}"
    return {
        "path": row.path,
        "href": settings.base_url + "/".join(map(segment, whole.split("/"))),
        "size": row.size,
        "stored": written(row.stored),
    }
