"""What waits in queues, for how long still, and why a job is not running yet."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.lab import expectations
from paddles.lab.expectations import Machines, Standing
from paddles.listing.stretches import Stretch

LIMIT_S = 10.0
# How far a queue is counted before a job, and how many are named that a job waits for.
MOST_AHEAD, MOST_NAMED = 10_000, 20
# By how much of the past it is told when a job is to start.
RECENT = datetime.timedelta(hours=24)
_UP = "up IS DISTINCT FROM false"
_BUSY = "busy.machine_id IS NOT NULL"
_WAIT = "CAST(EXTRACT(epoch FROM started - posted) AS double precision)"
# A machine asks the queues that it was told, and the one of its type where it was told none; what stands behind a tilde
# is a user's part of a queue.
QUEUES = text(f"""
    WITH asking AS (
        SELECT asked.name, count(*) AS machines, count(*) FILTER (WHERE {_UP}) AS up,
            count(*) FILTER (WHERE {_UP} AND NOT locked AND NOT {_BUSY}) AS free,
            count(*) FILTER (WHERE {_UP} AND locked) AS locked
        FROM machines
        LEFT JOIN (SELECT DISTINCT machine_id FROM leases WHERE ended IS NULL) AS busy ON busy.machine_id = machines.id
        CROSS JOIN LATERAL unnest(
            CASE WHEN queues <> '{{}}' THEN queues ELSE ARRAY[machine_type] END) AS asked (name)
        GROUP BY 1),
    open AS (
        SELECT queue_id, count(*) FILTER (WHERE status = 'queued') AS queued,
            count(*) FILTER (WHERE status = 'waiting') AS waiting,
            count(*) FILTER (WHERE status = 'running') AS running,
            min(posted) FILTER (WHERE status = 'queued') AS oldest
        FROM jobs WHERE finished IS NULL AND queue_id IS NOT NULL GROUP BY 1),
    ended AS (
        SELECT queue_id, count(*) AS ended, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {_WAIT}) AS waits,
            max({_WAIT}) AS longest
        FROM jobs
        WHERE finished >= CAST(:since AS timestamptz) AND finished < CAST(:until AS timestamptz)
            AND queue_id IS NOT NULL AND started >= posted GROUP BY 1)
    SELECT queues.name, queues.paused_by,
        CASE WHEN queues.paused_until > :now THEN queues.paused_until END AS paused_until,
        COALESCE(queued, 0) AS queued, COALESCE(waiting, 0) AS waiting, COALESCE(running, 0) AS running, oldest,
        COALESCE(machines, 0) AS machines, COALESCE(up, 0) AS up, COALESCE(free, 0) AS free,
        COALESCE(locked, 0) AS locked,
        COALESCE(ended, 0) AS ended, waits[1] AS wait_p50, waits[2] AS wait_p90, longest AS wait_max
    FROM queues LEFT JOIN asking ON asking.name = split_part(queues.name, '~', 1)
    LEFT JOIN open ON open.queue_id = queues.id LEFT JOIN ended ON ended.queue_id = queues.id
    WHERE CASE WHEN CAST(:queue AS text) IS NULL
        THEN COALESCE(queued, waiting, running, machines, ended) IS NOT NULL OR paused_until > :now
        ELSE queues.name = :queue END
    ORDER BY queues.name
""")
JOB = text("""
    SELECT jobs.status, jobs.leased, jobs.priority, jobs.posted, queues.name AS queue,
        CASE jobs.status WHEN 'waiting' THEN jobs.held_by END AS held_by,
        CASE WHEN jobs.status = 'queued' THEN (
            SELECT count(*) FROM (
                SELECT FROM jobs AS other
                WHERE other.queue_id = jobs.queue_id AND other.status = 'queued' AND NOT other.leased
                    AND other.kind = jobs.kind
                    AND (COALESCE(other.priority, 2147483647), other.run_id, other.id)
                        < (COALESCE(jobs.priority, 2147483647), jobs.run_id, jobs.id)
                LIMIT :most) AS first) ELSE 0 END AS ahead,
        ARRAY(
            SELECT other_run.name || '/' || other.key FROM waits JOIN jobs AS other ON other.id = waits.for_id
            JOIN runs AS other_run ON other_run.id = other.run_id
            WHERE waits.job_id = jobs.id ORDER BY other.id LIMIT :named) AS waits_for
    FROM runs JOIN jobs ON jobs.run_id = runs.id LEFT JOIN queues ON queues.id = jobs.queue_id
    WHERE runs.name = :run AND jobs.key = :key
""")


@dataclass(frozen=True)
class Queue:
    """A queue, its jobs that are open, and the machines that ask it for work; those of its users ask for theirs.

    ``oldest`` is when the queued job was posted that waits longest. ``wait_p50``, ``wait_p90`` and ``wait_max`` are of
    the jobs that ``ended`` in the stretch asked for: seconds from when they were posted until they started. Of the
    machines that are ``up`` some are ``free``, ``locked`` by people, and all others busy. Which machines ask a queue
    with a pattern is not known here. ``expected`` is when a job is to start that joins now.
    """

    name: str
    queued: int
    waiting: int
    running: int
    oldest: datetime.datetime | None
    machines: int
    up: int
    free: int
    locked: int
    ended: int
    wait_p50: float | None
    wait_p90: float | None
    wait_max: float | None
    paused_by: str | None
    paused_until: datetime.datetime | None
    expected: datetime.datetime | None


@dataclass(frozen=True)
class Prospect:
    """Why a job is not running (``expectations.reasons``), how many come before it, and when it is expected to start.

    ``held_by`` is who holds it, ``waits_for`` are the jobs that have to end first, as ``run/key``.
    ``ahead`` is counted up to ``MOST_AHEAD``.
    """

    status: str
    queue: str | None
    priority: int | None
    posted: datetime.datetime
    reasons: Sequence[str]
    ahead: int
    waits_for: Sequence[str]
    paused_until: datetime.datetime | None
    expected: datetime.datetime | None
    held_by: str | None


def queues(session: Session, stretch: Stretch, now: datetime.datetime) -> list[Queue]:
    """Return the queues, by name, in which anything is open or ended in a stretch, that machines ask, or are paused."""
    return [_queue(row, stretch, now) for row in _rows(session, stretch, now, None)]


def prospect(session: Session, run: str, key: str, now: datetime.datetime) -> Prospect:
    """Return why a job waits, and until when, by what ended in its queue in the last ``RECENT``. Raises NotFound."""
    job = session.execute(JOB, {"run": run, "key": key, "most": MOST_AHEAD, "named": MOST_NAMED}).first()
    if job is None:
        raise NotFound(f"no job {key} in run {run}")
    recent = Stretch(now - RECENT, now)
    rows = _rows(session, recent, now, job.queue) if job.queue else []
    machines = _machines(rows[0]) if rows else Machines()
    standing = Standing(job.status, job.queue, job.leased, job.ahead, len(job.waits_for), job.held_by)
    found = expectations.reasons(standing, machines)
    waits = job.status == "queued" and bool(rows)
    start = expectations.expected(now, job.ahead, machines, _per_hour(rows[0], recent)) if waits else None
    told = (job.status, job.queue, job.priority, job.posted, found, job.ahead, job.waits_for)
    return Prospect(*told, paused_until=machines.paused_until, expected=start, held_by=job.held_by)


def _rows(session: Session, stretch: Stretch, now: datetime.datetime, queue: str | None) -> Sequence[Row[Any]]:
    values = {"since": stretch.since, "until": stretch.until, "now": now, "queue": queue}
    found: Sequence[Row[Any]] = limits.within(session, QUEUES.bindparams(**values), LIMIT_S, sorts=True).all()
    return found


def _queue(row: Row[Any], stretch: Stretch, now: datetime.datetime) -> Queue:
    start = expectations.expected(now, row.queued, _machines(row), _per_hour(row, stretch))
    return Queue(**row._mapping, expected=start)


def _machines(row: Row[Any]) -> Machines:
    return Machines(row.machines, row.up, row.free, row.locked, row.paused_until)


def _per_hour(row: Row[Any], stretch: Stretch) -> float:
    return float(row.ended) / ((stretch.until - stretch.since) / datetime.timedelta(hours=1))
