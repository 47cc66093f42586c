"""Jobs that wait for their statistics: tasks, made when a job ends that left results, taken by whoever reads these."""

import contextlib
import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Row

from paddles.archive import files, jobs
from paddles.archive.jobs import Waits
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.errors import Conflict
from paddles.lab import leases, queues, reports

# The queue, and the run that its tasks are the jobs of. A task is called as its job is numbered.
QUEUE = "extract_stats"
NAMELESS = Scheme(ZoneInfo("UTC"), ())
# For so long a task is nobody else's; whoever dies over it is not waited for any longer.
LEASE = datetime.timedelta(minutes=15)


class Taken(NamedTuple):
    """A task that was taken, and the files of its job; ``job_id`` is None where it names none."""

    task_id: int
    job_id: int | None
    attempt: int
    files: list[Row[Any]]


def ask(session: Session, job: Row[Any], now: datetime.datetime) -> None:
    """Have a job, a row that is locked and has just ended, wait for its statistics if it left files."""
    if not files.any_of(session, job.id):
        return
    content = {"id": str(job.id), "suite": orjson.loads(job.document).get("suite")}
    said = {"queue": QUEUE, "content": content, "priority": 0, "status": "queued"}
    waits = Waits(queues.ensure(session, QUEUE), "task")
    # A job of this key in that run is somebody's own: the end of another job must not fail because of it.
    with contextlib.suppress(Conflict):
        jobs.create(session, QUEUE, str(job.id), said, now, NAMELESS, waits=waits)


def take(session: Session, now: datetime.datetime) -> Taken | None:
    """Take the oldest task, if there is one. It is offered again should it not be ended within ``LEASE``."""
    task_id = leases.claim(session, [QUEUE], "task", now, LEASE)
    task = None if task_id is None else jobs.lock_numbered(session, task_id, "task")
    if task is None:
        return None
    job_id = _job(orjson.loads(task.document))
    return Taken(task.id, job_id, task.attempt, [] if job_id is None else list(files.of_job(session, job_id)))


def end(session: Session, task_id: int, reason: str, now: datetime.datetime) -> str:
    """End a task: pass, or fail where there is a reason to; return which. One that has ended, or gone, stays so."""
    task = jobs.lock_numbered(session, task_id, "task")
    said = {"status": "fail", "failure_reason": reason} if reason else {"status": "pass"}
    if task is not None:
        reports.conclude(session, task, orjson.loads(task.document), said, now, reason=reason or None)
    return said["status"]


def _job(document: dict[str, Any]) -> int | None:
    content = document.get("content")
    said = content.get("id") if isinstance(content, dict) else None
    return int(said) if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 19 else None
