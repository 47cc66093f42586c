"""Parts of the page of a job: its log, its configuration, what it boots, what became of it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.archive import differences
from paddles.archive.differences import Difference
from paddles.boot import bundle, job_yaml, jobs, preview
from paddles.boot.bundle import Entry
from paddles.boot.privacy import private
from paddles.controllers.pages import yaml_spans
from paddles.controllers.pages.yaml_spans import Part
from paddles.errors import Invalid, NotFound, Unavailable
from paddles.events import actions, subjects
from paddles.joblogs import finding, reading
from paddles.joblogs.lines import Line
from paddles.joblogs.reading import Wanted
from paddles.lab import leases
from paddles.web.face import Call

TAIL, TROUBLES = 30, 15
# What is larger is read by the viewer of logs, once somebody asks for it.
LARGEST_LOG = 4 * 1024 * 1024
MOST_LEASES, MOST_LINES = 20, 2000
BOOT = "boot"
# Of what had ended so long before the log tells of it the times are those that it was said to have.
TOLD_LATER = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Log:
    """The end of a log and the first lines of it that tell of trouble; where it cannot be shown, ``why``."""

    lines: int = 0
    tail: Sequence[Line] = ()
    troubles: Sequence[Line] = ()
    why: str = ""


@dataclass(frozen=True)
class Booted:
    """What a machine is given for a job: scripts by their names, what is in its archive; else ``why`` there is none."""

    scripts: Mapping[str, str]
    held: Sequence[Entry]
    why: str = ""


@dataclass(frozen=True)
class Moment:
    """Something that became of a job: when, what, in a word of statuses where it is one, and what is said of it."""

    at: datetime.datetime
    what: str
    said: str = ""
    status: bool = False


def log(call: Call, job: Row[Any]) -> Log | None:
    """Return what is shown of the log of a job, None where it has none."""
    try:
        found = finding.of_job(call.session, call.settings, job.id)
        if found.path and found.size > LARGEST_LOG:
            return Log(why="too large to be shown here")
        last = found.lines
        tail = reading.part(found, Wanted(max(last - TAIL + 1, 1), last, TAIL)).lines
        return Log(last, tail, reading.part(found, Wanted(1, last, TROUBLES, troubled=True)).lines)
    except NotFound:
        return None
    except (Invalid, Unavailable) as error:
        return Log(why=str(error))


def document(job: Row[Any]) -> dict[str, Any]:
    """Return what may be shown of all that was said of a job; nothing of what is too large."""
    whole = orjson.loads(job.document) if job.document else {}
    return {name: value for name, value in whole.items() if not private(name)}


def config(said: Mapping[str, Any]) -> tuple[list[list[Part]], bool]:
    """Return a document as lines of YAML, and whether there are more of them."""
    try:
        found = list(islice(yaml_spans.lines(job_yaml.render(said)), MOST_LINES + 1))
    except Invalid as error:
        return [[Part("text", f"# {error}")]], False
    return found[:MOST_LINES], len(found) > MOST_LINES


def changed(said: Mapping[str, Any], passed: Row[Any] | None) -> list[Difference]:
    """Return what a job was told otherwise than the last one of its description that passed."""
    return differences.between(document(passed), said) if passed and passed.document and said else []


def booted(call: Call, job: Row[Any]) -> Booted | None:
    """Return what a machine is given that boots for a job, None for jobs of other kinds."""
    if job.kind != BOOT:
        return None
    try:
        hosts = jobs.hosts(call.settings)
        whole = jobs.shown(call.session, job.id, hosts).job
        scripts = {name: text for name, text in preview.parts(whole, hosts) if name != "job.cgz"}
        return Booted(scripts, [entry for entry in bundle.listing(whole) if entry.size])
    except Invalid as error:
        return Booted({}, (), str(error))


def moments(call: Call, job: Row[Any]) -> tuple[list[Moment], bool]:
    """Return what became of a job, in its order, and whether the log of events may tell more."""
    subject = f"runs/{job.run}/jobs/{job.key}"
    since = job.posted - datetime.timedelta(seconds=1)
    wanted = [("job", subject), (actions.CHANNEL, subject), (actions.CHANNEL, f"runs/{job.run}")]
    told, more = subjects.told(call.session, wanted, since)
    reports = [row for row in told if row.channel == "job"]
    later = bool(reports) and job.finished is not None and reports[0].at - job.finished > TOLD_LATER
    found = [_told(row, later) for row in told]
    if later or not reports:
        found += [Moment(job.posted, "posted")]
        found += [Moment(job.started, "running", status=True)] if job.started else []
        found += [Moment(job.finished, job.status, job.reason or "", status=True)] if job.finished else []
    for row in leases.of_job(call.session, job.id, MOST_LEASES):
        found.append(Moment(row.granted, "given away", f"to {row.machine}" if row.machine else ""))
        found += [Moment(row.heard, "first heard of")] if row.heard else []
        found += [Moment(row.ended, "lease ended", row.outcome or "")] if row.ended else []
    return sorted(found, key=lambda each: each.at), more and bool(told)


def _told(row: Row[Any], heard: bool) -> Moment:
    if row.channel == actions.CHANNEL:
        return Moment(row.at, row.type.replace(".", " "), f"by {row.by}" if row.by else "")
    if heard:
        return Moment(row.at, "heard of", row.type.removeprefix("job."))
    said = ", ".join(filter(None, (f"was {row.before}" if row.before else "", row.reason or "")))
    return Moment(row.at, row.type.removeprefix("job."), said, status=True)
