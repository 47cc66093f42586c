"""``/jobs/<number>/log`` and ``/runs/<name>/jobs/<job_id>/log``: the log of a job, by lines, however long it is."""

from typing import Any

from pydantic import BaseModel

from paddles.archive import job_search
from paddles.controllers import log_queries
from paddles.controllers.log_queries import LogQuery
from paddles.controllers.results import face
from paddles.errors import NotFound
from paddles.joblogs.finding import Log
from paddles.joblogs.reading import Part
from paddles.web import query
from paddles.web.answers import UNTRUSTED, Flow, Then
from paddles.web.face import Call
from paddles.web.resource import Resource


class LogLine(BaseModel):
    """A line: its number, from 1, when it was said, of which level it is, and what."""

    lineno: int
    dt: str
    lvl: str
    msg: str


class LogPart(BaseModel):
    """Lines of the log of a job, of which there are ``lines`` in all, and of each of its levels so many.

    Where nobody has counted, ``levels`` are none. ``next`` is the query of what follows, None behind the last line.
    """

    job: int
    lines: int
    levels: dict[str, int]
    items: list[LogLine]
    next: str | None


class RunLogController(Resource):
    """``/runs/<name>/jobs/<job_id>/log``"""

    face = face

    @face.endpoint(query=LogQuery, answers=LogPart, refuses=(NotFound,))
    def get_all(self, run_name: str, job_id: str, call: Call) -> Any:
        """Show lines of a log: 200 as JSON or text, those that match or tell of trouble too; or the whole.

        404 where there is no such job, or none of its log.
        """
        return shown(call, int(job_search.one(call.session, run_name, job_id, "bare").id))


class JobLogController(Resource):
    """``/jobs/<number>/log``"""

    face = face

    @face.endpoint(query=LogQuery, answers=LogPart, refuses=(NotFound,))
    def get_all(self, number: str, call: Call) -> Any:
        """Show lines of the log of the job of this number, as below its run: 200, 404."""
        return shown(call, query.number(number, "job"))


def shown(call: Call, job_id: int) -> Any:
    """Return a log, or the part of it that is asked for, in the form that is."""
    log = log_queries.log(call, job_id)
    if call.query.format in ("raw", "gz"):
        return log_queries.whole(log, call.query.format)
    if not call.query.search:
        return _answer(call, log, log_queries.part(log, call.query))
    found: list[Part] = []
    # A search takes its time, and no connection meanwhile.
    return Then(lambda: found.append(log_queries.part(log, call.query)), lambda _session: _answer(call, log, found[-1]))


def _answer(call: Call, log: Log, part: Part) -> Any:
    if call.query.format != "text":
        return _said(log, part, call.query)
    text = "".join(f"{line.plain}\n" for line in part.lines)
    return Flow(lambda _session, _place: (text.encode(errors="replace"), None), 0, "text/plain", UNTRUSTED)


def _said(log: Log, part: Part, asked: LogQuery) -> dict[str, Any]:
    return {
        "job": log.job_id,
        "lines": log.lines,
        "levels": log.levels,
        "items": [{"lineno": line.number, "dt": line.at, "lvl": line.level, "msg": line.plain} for line in part.lines],
        "next": log_queries.following(asked, part.more, log.lines),
    }
