"""What is said of a job, whichever face was spoken to: the job, its queue, its lease and its machines together."""

import datetime
from collections.abc import Mapping
from typing import Any

import orjson

from paddles.archive import jobs, status
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.lab import leases, machines, queues


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
    queue_id = queues.ensure(session, said.get("queue"))
    job = jobs.create(session, run_name, key, said, now, scheme, queue_id=queue_id, updated=updated)
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
        Invalid: as ``jobs.report``.
    """
    job = jobs.lock(session, run_name, key)
    if job is None:
        raise NotFound("attempted to update a non-existent job")
    document = orjson.loads(job.document)
    same_queue = said.get("queue", document.get("queue")) == document.get("queue")
    queue_id = job.queue_id if same_queue else queues.ensure(session, said["queue"])
    after = status.reported(job.status, said)
    # Who was handed the job holds no token: any word of it other than "queued" says that it arrived.
    leased = job.leased and after == "queued"
    jobs.report(session, job, document, said, now, queue_id=queue_id, leased=leased, updated=updated)
    if job.leased and not leased:
        leases.end(session, job.id, "taken", now)
    if said.get("targets") != document.get("targets"):
        machines.link(session, job.id, said)
