"""What is shown of a run, a part at a time: its failures, its jobs, a matrix of these, when they ran and where."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from paddles.archive import failures, links
from paddles.archive.sources import JOBS
from paddles.controllers.pages import archive_lists, charts, listing, run_facets
from paddles.controllers.pages.listing import Column
from paddles.controllers.pages.matrix import shade
from paddles.listing import search
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part
from paddles.notes import known, notes
from paddles.notes.known import Known
from paddles.web.face import Call

# As many jobs of a run as a part of its page is made of; where there are more, it says so.
MOST = 2000
USUAL_JOBS = 500
COLUMNS = (
    Column("status", kind="status"),
    Column("key", "Job", link="href"),
    Column("description"),
    Column("machine", "Machines", "machines"),
    Column("os_type", "OS"),
    Column("duration", kind="span"),
    Column("failure_reason", "Reason"),
)
CHOICES = ("status", "machine", "description", "failure")
NOWHERE = "no machine known"
NO_REASON = "no reason given"
HIDDEN = ("-status", "dead")


@dataclass(frozen=True)
class Group:
    """Jobs of a run that failed alike: how many, and how many of them are ``dead``; since when such are known.

    ``reasons`` are the jobs by what each of them said; ``common`` are machines that all of several jobs ran on;
    ``known`` are issues that explain it.
    """

    id: str
    text: str
    jobs: int
    dead: int
    machines: Sequence[str]
    systems: Sequence[str]
    first_seen: str | None
    other_runs: int
    common: Sequence[str]
    reasons: Mapping[str, Sequence[Mapping[str, Any]]]
    known: Sequence[Row[Any]]

    @property
    def infra(self) -> bool:
        """That the lab is to blame for all of it, not what was tested."""
        return self.dead == self.jobs


def failed(call: Call, run: Row[Any]) -> dict[str, Any]:
    """Return the failures of a run by their reasons, those of tests before those of the lab."""
    jobs, more = _jobs(
        call,
        run,
        ("key", "status", "reason", "failure_id", "failure_reason", "description", "machine", "href"),
        Wanted("status", "in", ("fail", "dead")),
    )
    shown = ("-status", "dead") not in call.query.said()
    found = failures.of_run(call.session, run.id, call.now)
    explained = known.matching(call.session, [row.failure_id for row in found])
    groups = [_group(row, jobs, explained) for row in found]
    return {
        "groups": [group for group in groups if not group.infra],
        "troubles": [group for group in groups if group.infra and shown],
        "hidden": sum(group.infra for group in groups) if not shown else 0,
        "unexplained": not explained.whole,
        "more": more,
        "most": MOST,
    }


def _group(row: Row[Any], jobs: Iterable[Mapping[str, Any]], explained: Known) -> Group:
    number = None if row.failure_id is None else links.group(row.failure_id)
    mine = [job for job in jobs if job["failure_id"] == number and (number is not None or job["reason"] == row.ended)]
    reasons: dict[str, list[Mapping[str, Any]]] = {}
    for job in mine:
        reasons.setdefault(str(job["failure_reason"] or ""), []).append(job)
    ran = [set(job["machine"] or ()) for job in mine]
    return Group(
        number or "",
        row.text or (f"{NO_REASON}: {row.ended}" if row.ended else NO_REASON),
        row.jobs,
        row.dead,
        row.machines or [],
        row.systems or [],
        row.first_seen,
        row.other_runs if number is not None else 0,
        sorted(set.intersection(*ran)) if len(ran) > 1 else [],
        reasons,
        explained.of(row.failure_id),
    )


def listed(call: Call, run: Row[Any]) -> dict[str, Any]:
    """Return the jobs of a run as a list of rows, and by their numbers how many notes they have."""
    looked = archive_lists.looked(call, USUAL_JOBS)
    rows = listing.rows(call, JOBS, COLUMNS, CHOICES, ("status", "os_version", "id"), looked, (_of(run),))
    return {"rows": rows, "noted": notes.counted(call.session, "job", [row["id"] for row in rows.rows])}


def matrix(call: Call, run: Row[Any]) -> dict[str, Any]:
    """Return the jobs of a run by two parts of their descriptions."""
    jobs, more = _jobs(call, run, ("key", "status", "description", "os_type", "os_version"))
    made = run_facets.matrix(jobs, call.query.rows, call.query.cols)
    return {"matrix": made, "shade": shade, "more": more, "most": MOST}


def timeline(call: Call, run: Row[Any]) -> dict[str, Any]:
    """Return when the jobs of a run ran on which machines."""
    names = ("key", "status", "machine", "started", "finished", "updated", "href")
    jobs, more = _jobs(call, run, names)
    begun = sorted((job for job in jobs if job["started"]), key=lambda job: job["started"])
    spells = [(job, _ended(job, call.now)) for job in begun]
    machines = sorted({machine for job in begun for machine in _where(job)})
    rows: dict[str, list[Any]] = {machine: [] for machine in machines}
    for job, ended in spells:
        for machine in _where(job):
            rows[machine].append((job["started"], ended, job["status"], f"{job['key']} {job['status']}", ""))
    first = min((job["started"] for job in begun), default=call.now)
    last = max((ended for _, ended in spells), default=call.now)
    return {
        "chart": charts.gantt(rows, first, last) if rows else None,
        "spells": spells,
        "machines": len(rows),
        "unbegun": len(jobs) - len(begun),
        "more": more,
        "most": MOST,
    }


def raw(call: Call, run: Row[Any]) -> dict[str, Any]:
    """Return nothing besides what every part of the page is told."""
    return {}


TABS: Mapping[str, Callable[[Call, Row[Any]], dict[str, Any]]] = {
    "failures": failed,
    "jobs": listed,
    "matrix": matrix,
    "timeline": timeline,
    "raw": raw,
}


def _of(run: Row[Any]) -> Wanted:
    return Wanted("run", "eq", (run.name,))


def _jobs(call: Call, run: Row[Any], names: tuple[str, ...], *wanted: Wanted) -> tuple[list[dict[str, Any]], bool]:
    """Return jobs of a run, and whether there are more of them."""
    found = search.page(call.session, JOBS, Asked([_of(run), *wanted], sort="key", names=names), Part(MOST))
    return found.rows, found.after is not None


def _where(job: Mapping[str, Any]) -> list[str]:
    return sorted(job["machine"] or [NOWHERE])


def _ended(job: Mapping[str, Any], now: datetime.datetime) -> datetime.datetime:
    """Return when a job ended; one that has not goes on."""
    ended: datetime.datetime = max(
        job["finished"] or (now if job["status"] == "running" else job["updated"]), job["started"]
    )
    return ended
