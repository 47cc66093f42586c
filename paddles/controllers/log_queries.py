"""What logs of jobs understand in an address: which log, which lines of it, and in which form."""

import re
import zlib
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import Field

from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.joblogs import finding, reading, searching
from paddles.joblogs.finding import Log
from paddles.joblogs.packed import Packed
from paddles.joblogs.reading import Part, Wanted
from paddles.joblogs.texts import Text
from paddles.settings import Settings
from paddles.web import query
from paddles.web.answers import UNTRUSTED, Download, Flow
from paddles.web.face import Call

USUAL, MOST = 1000, 10_000
LINES = re.compile(r"L?([0-9]{1,9})(?:-L?([0-9]{1,9}))?")
TEXT = "text/plain; charset=utf-8"
GZIP = "application/gzip"
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
# Of a log that is packed on its way.
AT_ONCE = 4 * 1024 * 1024
EFFORT = 3


class LogQuery(query.Query):
    """Which lines: from one to another, of some levels, that match, that tell of trouble; and in which form.

    ``file`` is the path of one of the job's files where its log is not meant.
    """

    first: Annotated[query.Count, Field(alias="from")] = 1
    to: query.Count = query.MOST
    lines: query.Text = ""
    lvl: query.Text = ""
    tail: query.Count = 0
    count: query.Count = USUAL
    search: query.Text = ""
    errors: query.Boolean | Literal[""] | None = None
    file: query.Text = ""
    format: Literal["json", "text", "html", "raw", "gz"] | None = None

    @property
    def troubled(self) -> bool:
        """Whether only lines are meant that tell of trouble; the bare word says so."""
        return bool(self.errors) or self.errors == ""

    @property
    def bounds(self) -> tuple[int, int]:
        """The first line and the last one. Raises Invalid."""
        first, last = self.first, self.to
        if self.lines:
            found = LINES.fullmatch(self.lines)
            if found is None:
                raise Invalid("lines: must be a number, or two with - between them")
            first, last = int(found[1]), int(found[2] or found[1])
        if first > last:
            raise Invalid("lines: must not end before they begin" if self.lines else "from: must not be behind to")
        return max(first, 1), last


def log(call: Call, job_id: int) -> Log:
    """Return the log of a job, or the file, that is asked for, where all may see it who may see this.

    Raises:
        NotFound: there is none, or the face that it came by is more guarded than the results.
        Invalid: it cannot be read by lines.
    """
    found = finding.of_job(call.session, call.settings, job_id, call.query.file)
    if isinstance(found, Text):
        settings = call.settings
        came_by = settings.jobserv_access if found.kind == "build" else settings.scheduler_access
        if not shows(settings, came_by):
            raise NotFound(f"job {job_id} has no log here")
    return found


def shows(settings: Settings, came_by: str) -> bool:
    """Say whether a log is shown to whom results are, by how the face is guarded that it ``came_by``."""
    return came_by in ("open", settings.results_access)


def part(found: Log, asked: LogQuery) -> Part:
    """Return the lines that are asked for. Raises Invalid, Unavailable."""
    first, last = asked.bounds
    last = min(last, found.lines)
    if asked.tail:
        first = max(first, last - asked.tail + 1)
    levels = [each for each in asked.lvl.split(",") if each]
    most = min(max(asked.count, 1), MOST)
    search = searching.checked(asked.search)
    return reading.part(found, Wanted(first, last, most, levels, search, asked.troubled))


def following(asked: LogQuery, more: int | None, last: int) -> str | None:
    """Return the query of what follows a part, which begins at ``more``; None where nothing does."""
    if more is None:
        return None
    said = {
        "from": more,
        "to": min(last, asked.bounds[1]),
        "lvl": asked.lvl,
        "count": asked.count,
        "search": asked.search,
        "errors": "1" if asked.troubled else "",
        "file": asked.file,
        "format": asked.format,
    }
    return "?" + urlencode({name: value for name, value in said.items() if value})


def whole(found: Log, form: str) -> Download | Flow:
    """Return all of a log: ``raw`` as it is kept, else packed by gzip."""
    if isinstance(found, Packed):
        saved = {"Content-Disposition": f'attachment; filename="lava-log-{found.job_id}.yaml.gz"'}
        return Download(found.size, found.pieces, GZIP, saved)
    if form == "raw":
        return Download(found.size, found.pieces, TEXT)
    name = UNSAFE.sub("_", found.path.rpartition("/")[2])
    return _packed(found, {**UNTRUSTED, "Content-Disposition": f'attachment; filename="{name}.gz"'})


def _packed(found: Text, headers: Mapping[str, str]) -> Flow:
    packer = zlib.compressobj(EFFORT, wbits=16 + zlib.MAX_WBITS)

    def piece(_session: Session, place: int) -> tuple[bytes, int | None]:
        stop = min(place + AT_ONCE, found.size)
        said = b"".join(packer.compress(each) for each in found.pieces(place, stop))
        return (said, stop) if stop < found.size else (said + packer.flush(), None)

    return Flow(piece, 0, GZIP, headers)
