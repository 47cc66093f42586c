"""``/jobs/<number>/log`` and ``/runs/<name>/jobs/<job_id>/log``: the log that a lab sent of a job, by lines."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import orjson
from pydantic import BaseModel, Field
from sqlalchemy import Row

from paddles.archive import contents, job_search
from paddles.controllers.results import face
from paddles.errors import Invalid, NotFound
from paddles.ingest import kernel_logs
from paddles.kernels import logs
from paddles.web import pages, query
from paddles.web.answers import UNTRUSTED, Download, Flow
from paddles.web.face import Call
from paddles.web.resource import Resource

USUAL, MOST = 1000, 10_000
LONGEST_NUMBER = 18


class LogLine(BaseModel):
    """A line: its number, from 1, when it was said, of which level it is, and what."""

    lineno: int
    dt: str
    lvl: str
    msg: str


class LogPart(BaseModel):
    """Lines of the log of a job, of which there are ``lines`` in all, and of each of its levels so many."""

    job: int
    lines: int
    levels: dict[str, int]
    items: list[LogLine]
    next: str | None


class LogQuery(query.Query):
    """Which lines: from one to another, of some levels, or the last ones; and in which form."""

    first: Annotated[query.Count, Field(alias="from")] = 1
    to: query.Count = query.MOST
    lvl: query.Text = ""
    tail: query.Count = 0
    count: query.Count = USUAL
    format: Literal["json", "text", "html", "raw"] | None = None


class RunLogController(Resource):
    """``/runs/<name>/jobs/<job_id>/log``"""

    face = face

    @face.endpoint(query=LogQuery, answers=LogPart, refuses=(NotFound,))
    def get_all(self, run_name: str, job_id: str, call: Call) -> Any:
        """Show lines of a log: 200 as JSON, text, or a page with an anchor ``#L<n>`` for each; or the whole, packed.

        404 where there is no such job, or none of its log.
        """
        return shown(call, int(job_search.one(call.session, run_name, job_id, "bare").id))


class JobLogController(Resource):
    """``/jobs/<number>/log``"""

    face = face

    @face.endpoint(query=LogQuery, answers=LogPart, refuses=(NotFound,))
    def get_all(self, number: str, call: Call) -> Any:
        """Show lines of the log of the job of this number, as below its run: 200, 404."""
        if not number.isascii() or not number.isdigit() or len(number) > LONGEST_NUMBER:
            raise NotFound(f"there is no job {number}")
        return shown(call, int(number))


def shown(call: Call, job_id: int) -> Any:
    """Return a log, or the part of it that is asked for, in the form that is."""
    log = logs.of_job(call.session, job_id)
    store = contents.store(call.settings)
    form = call.query.format or ("html" if pages.wanted(call.headers) else "json")
    if form == "raw":
        digest = bytes(log.digest)
        name = {"Content-Disposition": f'attachment; filename="lava-log-{job_id}.yaml.gz"'}
        return Download(
            log.size, lambda start, stop: contents.pieces(store, digest, start, stop), "application/gzip", name
        )
    said = part(call, log)
    if form == "json":
        return said
    text = _text(said) if form == "text" else pages.render("results/log.html", said=said)
    kind = "text/plain" if form == "text" else pages.HTML
    return Flow(lambda _session, _place: (text.encode(errors="replace"), None), 0, kind, UNTRUSTED)


def part(call: Call, log: Row[Any]) -> dict[str, Any]:
    """Return the lines that are asked for. Raises Invalid."""
    asked: LogQuery = call.query
    if asked.first > asked.to:
        raise Invalid("from: must not be behind to")
    first, last = max(asked.first, 1), min(asked.to, log.lines)
    if asked.tail:
        first = max(first, last - asked.tail + 1)
    most = min(max(asked.count, 1), MOST)
    items: list[dict[str, Any]] = []
    more: int | None = None
    levels = [each for each in asked.lvl.split(",") if each]
    for number, line in kernel_logs.read(contents.store(call.settings), log, first, last, levels):
        if len(items) == most:
            more = number
            break
        items.append({"lineno": number, "dt": line.at, "lvl": line.level, "msg": line.message})
    looked = first + kernel_logs.MOST
    more = more or (looked if looked <= last else None)
    return {
        "job": log.job_id,
        "lines": log.lines,
        "levels": orjson.loads(log.levels),
        "items": items,
        "next": _next(asked, more, last) if more else None,
    }


def _next(asked: LogQuery, more: int, last: int) -> str:
    said = {"from": more, "to": last, "lvl": asked.lvl, "count": asked.count, "format": asked.format}
    return "?" + urlencode({name: value for name, value in said.items() if value})


def _text(said: dict[str, Any]) -> str:
    return "".join(f"{line['msg']}\n" for line in said["items"])
