"""What is said of a job, whichever face was spoken to: the job, its queue, its lease and its machines together."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.archive import jobs, status
from paddles.archive.jobs import Left, Waits
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.lab import leases, machines, queues

# Whoever pops a job of a dispatcher holds no token: any word of it other than "queued" says that it arrived. A machine
# holds the job that it booted for until that has ended.
HELD_WHILE = {"test": ("queued",), "boot": ("queued", "running"), "task": ("queued", "running")}


def submit(
    session: Session,
    run_name: str,
    key: str | None,
    said: Mapping[str, Any],
    now: datetime.datetime,
    scheme: Scheme,
    *,
    updated: datetime.datetime | None = None,
) -> str:
    """Create a job, and its run and its queue where there are none, and return its key. Raises as ``jobs.create``."""
    waits = Waits(queues.ensure(session, said.get("queue")))
    job = jobs.create(session, run_name, key, said, now, scheme, waits=waits, updated=updated)
    machines.link(session, job.id, said)
    return str(job.key)


def accept(
    session: Session,
    run_name: str,
    key: str,
    said: Mapping[str, Any],
    now: datetime.datetime,
    *,
    updated: datetime.datetime | None = None,
) -> None:
    """Record a report of a job, end the lease that it settles and link the machines it names.

    Raises:
        NotFound: no such job in no such run.
        Forbidden: the job is one of a build.
        Invalid: as ``jobs.report``.
    """
    job = jobs.lock(session, run_name, key)
    if job is None:
        raise NotFound("attempted to update a non-existent job")
    status.refuse_built(job.kind)
    document = orjson.loads(job.document)
    same_queue = said.get("queue", document.get("queue")) == document.get("queue")
    queue_id = job.queue_id if same_queue else queues.ensure(session, said["queue"])
    after = status.reported(job.status, said)
    leased = job.leased and after in HELD_WHILE[job.kind]
    jobs.report(session, job, document, said, now, left=Left(queue_id, leased), updated=updated)
    if job.leased and not leased:
        leases.end(session, job.id, "taken" if job.kind == "test" else after, now)
    if said.get("targets") != document.get("targets"):
        machines.link(session, job.id, said)


def enqueue(
    session: Session,
    run_name: str,
    queue: str,
    document: Mapping[str, Any],
    now: datetime.datetime,
    scheme: Scheme,
    *,
    waiting: bool = False,
) -> int:
    """Create a queued job that a machine is to boot for, and its run and queue where there are none; return its number.

    One that is ``waiting`` is nobody's yet. What the document says of a status is not heard. Raises Invalid as
    ``jobs.create``.
    """
    waits = Waits(queues.ensure(session, queue), "boot")
    said = {**document, "status": "waiting" if waiting else "queued"}
    return int(jobs.create(session, run_name, None, said, now, scheme, waits=waits).id)


def lock_boot(session: Session, job_id: int) -> Row[Any]:
    """Return a job that machines boot for, its row locked as by ``jobs.lock``. Raises NotFound."""
    job = jobs.lock_numbered(session, job_id, "boot")
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    return job


def hear(
    session: Session,
    job: Row[Any],
    document: Mapping[str, Any],
    said: Mapping[str, Any],
    now: datetime.datetime,
    *,
    expires: datetime.datetime | None,
) -> None:
    """Merge what is said of a job, a row of :func:`lock_boot`, into its document; its status and reason stay.

    The lease of whoever holds it lasts until ``expires``, where that is given; that something was heard is noted.
    """
    left = Left(job.queue_id, job.leased, job.reason)
    jobs.report(session, job, document, {**said, "status": job.status}, now, left=left)
    if job.leased:
        leases.renew(session, job.id, expires, now)


def conclude(
    session: Session,
    job: Row[Any],
    document: Mapping[str, Any],
    said: Mapping[str, Any],
    now: datetime.datetime,
    *,
    reason: str | None,
) -> bool:
    """End a job, whose row is locked, with the status that is said, and say whether it was not finished before.

    A finished one stays as it is.
    """
    if job.status in status.FINISHED:
        return False
    jobs.report(session, job, document, said, now, left=Left(job.queue_id, leased=False, reason=reason))
    leases.end(session, job.id, str(said["status"]), now)
    return True


def give_up(session: Session, job_id: int, reason: str, now: datetime.datetime, *, before: Sequence[str]) -> bool:
    """End a job that machines boot for as dead, if its status is one of ``before``; say whether it was.

    Raises:
        NotFound: there is no such job.
    """
    job = lock_boot(session, job_id)
    if job.status not in before:
        return False
    jobs.move(session, [job.id], "dead", now, reason=reason, before=before)
    leases.end(session, job.id, reason, now)
    return True
