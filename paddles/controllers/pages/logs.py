"""``/runs/<name>/jobs/<job_id>/log``, ``/jobs/<number>/log``: a log, however long, which opens where it went wrong."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row as Found

from paddles.archive import job_search
from paddles.controllers import log_queries
from paddles.controllers.log_queries import LogQuery
from paddles.controllers.pages import addresses, face, frame
from paddles.errors import NotFound
from paddles.joblogs import ansi, lines
from paddles.joblogs.finding import Log
from paddles.joblogs.lines import Line
from paddles.joblogs.reading import Part
from paddles.web import query
from paddles.web.answers import Then
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource

# Round the first line that tells of trouble, from the end, at once, and of what is looked for.
AROUND, LAST, AT_ONCE, LISTED = 40, 100, 500, 100
# As much of a line as is shown; there is more of it elsewhere.
SHOWN = 2000
# What text says of itself; a log of a lab has levels of its own.
LEVELS = ("debug", "info", "warning", "error")
SHADES = {"error": "bad", "exception": "bad", "warning": "odd", "target": "said", "feedback": "said"}
# What links from one part to another keep.
KEPT = ("file", "wrap")


class LogPageQuery(LogQuery):
    """What the page of a log understands besides what its JSON does."""

    fragment: query.Text = ""
    wrap: query.Boolean | None = None


@dataclass(frozen=True)
class Row:
    """A line as it is shown: its number, its HTML, its level, and whether there is ``more`` of it.

    ``waited`` is for how many seconds nothing was said before it, ``skipped`` which lines stand between this one and
    the one before, None for none.
    """

    number: int
    html: Markup
    level: str
    troubled: bool
    more: bool
    waited: float
    skipped: tuple[int, int] | None

    @property
    def kind(self) -> str:
        """How its level is shown."""
        return SHADES.get(self.level, "")


class RunLogPage(Resource):
    """The log of a job of a run."""

    face = face

    @face.endpoint(query=LogPageQuery, answers=Html, refuses=(NotFound,))
    def get_all(self, run_name: str, job_id: str, call: Call) -> Any:
        """Show a log: 200, 404."""
        return show(call, job_search.one(call.session, run_name, job_id, "bare"))


class JobLogPage(Resource):
    """The log of a job by its number."""

    face = face

    @face.endpoint(query=LogPageQuery, answers=Html, refuses=(NotFound,))
    def get_all(self, number: str, call: Call) -> Any:
        """Show a log: 200, 404."""
        return show(call, job_search.numbered(call.session, query.number(number, "job")))


def show(call: Call, job: Found[Any]) -> Any:
    """Return the page of the log of a job, a row of ``job_search``. Raises NotFound, Invalid."""
    log, asked = log_queries.log(call, int(job.id)), call.query
    if not asked.search:
        return _page(call, job, log, None)
    found: list[Part] = []
    # A search takes its time, and no connection meanwhile.
    return Then(
        lambda: found.append(log_queries.part(log, _bounded(asked))), lambda _session: _page(call, job, log, found[-1])
    )


def rows(said: Iterable[Line], *, listed: bool) -> Iterator[Row]:
    """Yield lines as they are shown; where they are not ``listed`` one by one it is said which are skipped."""
    state, before = ansi.PLAIN, 0
    for line, waited in lines.gaps(iter(said)):
        skipped = (before + 1, line.number - 1) if line.number > before + 1 else None
        html, state = ansi.html(line.text[:SHOWN], ansi.PLAIN if skipped else state)
        more = len(line.text) > SHOWN
        shown = None if listed else skipped
        yield Row(line.number, html, line.level, lines.troubled(line), more, 0 if skipped else waited, shown)
        before = line.number


def _page(call: Call, job: Found[Any], log: Log, part: Part | None) -> Page:
    asked: LogPageQuery = call.query
    found, looked = log.troubled(1, log.lines, LISTED + 1) if asked.fragment in ("", "errors") else ([], log.lines)
    part = part or _chosen(log, asked, found)
    listed = bool(asked.search or asked.lvl or asked.troubled)
    kept = [(name, value) for name, value in addresses.pairs(call.headers.get("QUERY_STRING", "")) if name in KEPT]
    return frame.show(
        call,
        "pages/log/log.html",
        title="Log",
        crumbs=(
            ("Runs", "/runs/"),
            (job.run, addresses.path("runs", job.run)),
            (job.key, addresses.path("runs", job.run, "jobs", job.key)),
        ),
        topics=addresses.topic("run", job.run),
        log=log,
        asked=asked,
        rows=rows(part.lines, listed=listed and asked.fragment != "lines"),
        last=part.lines[-1].number if part.lines else 0,
        listed=listed,
        next=addresses.changed(_begun(asked, kept), **{"from": str(part.more)}) if part.more and listed else "",
        kept=kept,
        troubled=list(rows(found[:LISTED], listed=True)),
        and_more=len(found) > LISTED,
        looked=looked,
        levels=sorted(log.levels) or LEVELS,
        at_once=AT_ONCE,
        around=AROUND,
    )


def _begun(asked: LogPageQuery, kept: addresses.Pairs) -> addresses.Pairs:
    """Return the parameters of a list that goes on somewhere."""
    said = {"search": asked.search, "lvl": asked.lvl, "errors": "1" if asked.troubled else ""}
    to = [("to", str(asked.bounds[1]))] if asked.lines or "to" in asked.model_fields_set else []
    return [*kept, *((name, value) for name, value in said.items() if value), *to]


def _bounded(asked: LogPageQuery) -> LogPageQuery:
    return asked.model_copy(update={"count": min(asked.count, AT_ONCE)})


def _chosen(log: Log, asked: LogPageQuery, troubled: Sequence[Line]) -> Part:
    """Return the lines that are asked for; where none are, those round the first one of trouble, and the last ones."""
    if asked.fragment in ("state", "errors"):
        return Part([], None)
    if asked.lines or asked.tail or asked.lvl or asked.troubled or asked.model_fields_set & {"first", "to"}:
        return log_queries.part(log, _bounded(asked))
    tail = max(1, log.lines - LAST + 1)
    if not troubled:
        return Part(list(log.window(tail, log.lines)), None)
    first, last = max(1, troubled[0].number - AROUND), troubled[0].number + AROUND
    if last >= tail - 1:
        return Part(list(log.window(min(first, tail), log.lines)), None)
    return Part([*log.window(first, last), *log.window(tail, log.lines)], None)
