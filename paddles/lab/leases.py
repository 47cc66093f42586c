"""Claim, end and expire: the one way in which a job reaches whoever executes it."""

import datetime
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session

# The most urgent job that nobody holds, taken by walking the index ix_jobs_ready from its front. A job that another
# transaction is about to take is passed over, not waited for.
CLAIM = hot("""
    WITH next AS (
        SELECT id FROM jobs WHERE queue_id = :queue_id AND status = 'queued' AND NOT leased
        ORDER BY priority, run_id, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED),
    taken AS (
        UPDATE jobs SET leased = true, attempt = attempt + 1 FROM next WHERE jobs.id = next.id RETURNING jobs.id),
    granted AS (
        INSERT INTO leases (job_id, granted, expires) SELECT id, :now, :expires FROM taken)
    SELECT id FROM taken
""")
END = hot("UPDATE leases SET ended = :now, outcome = :outcome WHERE job_id = :job_id AND ended IS NULL")
EXPIRE = text("""
    WITH overdue AS (
        SELECT leases.id, leases.job_id FROM leases JOIN jobs ON jobs.id = leases.job_id
        WHERE leases.ended IS NULL AND leases.expires <= :now
        ORDER BY leases.expires LIMIT :limit FOR NO KEY UPDATE OF jobs SKIP LOCKED),
    ended AS (
        UPDATE leases SET ended = :now, outcome = 'expired' FROM overdue
        WHERE leases.id = overdue.id AND leases.ended IS NULL RETURNING leases.job_id)
    UPDATE jobs SET leased = false FROM ended WHERE jobs.id = ended.job_id
""")


def claim(session: Session, queue: Row[Any], now: datetime.datetime, ttl: datetime.timedelta) -> int | None:
    """Take the most urgent queued job of ``queue`` and return its id, or None when there is none to take.

    Urgency is the smaller priority (none given: last), then the older run, then the older job. The job stays queued
    and is offered to nobody else until ``ttl`` has passed or somebody reports what became of it. Callers in parallel
    never get the same job and never wait for each other.
    """
    values = {"queue_id": queue.id, "now": now, "expires": now + ttl}
    found: int | None = session.scalar(CLAIM, values)
    return found


def end(session: Session, job_id: int, outcome: str, now: datetime.datetime) -> None:
    """End the live lease on a job, whose row the caller has locked; nothing happens when there is none."""
    session.execute(END, {"job_id": job_id, "outcome": outcome, "now": now})


def expire(session: Session, now: datetime.datetime, limit: int) -> int:
    """End up to ``limit`` overdue leases and return how many; their jobs, still queued, are offered again."""
    return int(session.execute(EXPIRE, {"now": now, "limit": limit}).rowcount)
