"""Work that machines pull: which of it a machine may have, and how it is given one job at a time.

A job of a build waits in the queue that is called like its host tag. That may be a pattern, which is looked for among
the name and the tags of whoever asks; there are few patterns, and none of the jobs is looked at but the first of each
queue.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import job_statements
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.lab import leases

# The queues that are open to a machine: those called like what it has, or with a pattern that fits some of that.
_OPEN = """(queues.name = ANY (:names) OR (queues.pattern IS NOT NULL AND EXISTS (
            SELECT FROM unnest(CAST(:names AS text[])) AS own (name) WHERE own.name ~ queues.pattern)))
        AND (queues.paused_until IS NULL OR queues.paused_until <= :now)
        AND (NOT :surges_only OR EXISTS (SELECT FROM surges WHERE surges.tag = queues.name))"""
# The most urgent job for a machine, nothing locked: of each queue that is open to it the first is looked at.
_FIRST = """
    SELECT first.id, first.priority, first.run_id FROM jobs AS first
    WHERE first.queue_id = queues.id AND first.status = 'queued' AND NOT first.leased AND first.kind = 'build'
    ORDER BY first.priority, first.run_id, first.id LIMIT 1"""
NEXT = hot(
    f"""
    SELECT first.id, first.run_id FROM queues CROSS JOIN LATERAL ({_FIRST}) AS first
    WHERE {_OPEN}
    ORDER BY first.priority, first.run_id, first.id LIMIT 1""",
    "id run_id",
)
# Of one run, whose build the caller has locked: by then another job of it may be the first.
_OF_RUN = f"""
    WITH head AS (
        SELECT jobs.id FROM jobs JOIN queues ON queues.id = jobs.queue_id
        WHERE jobs.run_id = :run_id AND jobs.status = 'queued' AND NOT jobs.leased AND jobs.kind = 'build'
            AND {_OPEN}
        ORDER BY jobs.priority, jobs.id LIMIT 1 FOR NO KEY UPDATE OF jobs SKIP LOCKED)"""
START = job_statements.started(_OF_RUN, leases.given("moved", digest=True))
OVERDUE = text("""
    SELECT jobs.id FROM leases JOIN jobs ON jobs.id = leases.job_id
    WHERE leases.ended IS NULL AND leases.expires <= :now AND jobs.kind = 'build'
    ORDER BY jobs.run_id, jobs.id LIMIT :limit
""")
SILENT = hot("""
    SELECT job_id FROM leases
    WHERE machine_id = :machine_id AND ended IS NULL AND heard IS NOT NULL AND expires <= :unless ORDER BY job_id
""")
LIVE = hot("SELECT id, heard, expires, machine_id FROM leases WHERE job_id = :job_id AND ended IS NULL")
# A job that was asked for again is tried anew: of its earlier holders only those at the end count.
LOST = text("""
    SELECT count(*) FROM leases WHERE job_id = :job_id AND outcome = 'lost' AND id > COALESCE((
        SELECT max(id) FROM leases
        WHERE job_id = :job_id AND ended IS NOT NULL AND outcome NOT IN ('lost', 'unheard')), 0)
""")


def names(machine: Row[Any]) -> list[str]:
    """Return what queues may be called that are open to a machine that pulls: its own name and its tags."""
    return [machine.name.lower(), *machine.tags]


def next_run(session: Session, machine: Row[Any], now: datetime.datetime) -> int | None:
    """Return the run of the most urgent job that a machine could have, None where there is none; nothing is locked.

    Urgency is the smaller priority, then the older run, then the older job.
    """
    found = session.execute(NEXT, _asked(machine, now)).first()
    return None if found is None else int(found.run_id)


def start(
    session: Session, machine: Row[Any], run_id: int, digest: bytes, now: datetime.datetime, ttl: datetime.timedelta
) -> Row[Any] | None:
    """Start the first job of a run that a machine may have on it, and return ``id``, ``key``, ``document``; or None.

    The lease is that of whoever shows the token that ``digest`` is of, until ``ttl`` has passed or it was heard of.
    """
    values = {
        **_asked(machine, now),
        "run_id": run_id,
        "machine_id": machine.id,
        "digest": digest,
        "expires": now + ttl,
    }
    return session.execute(START, values).first()


def overdue(session: Session, now: datetime.datetime, limit: int) -> Sequence[int]:
    """Return the jobs of builds whose leases have run out, those of one run together; nothing is locked."""
    return list(session.scalars(OVERDUE, {"now": now, "limit": limit}))


def silent(session: Session, machine: Row[Any], unless: datetime.datetime) -> Sequence[int]:
    """Return the jobs that a machine holds and spoke of, unless it was heard of them so late that they last longer."""
    return list(session.scalars(SILENT, {"machine_id": machine.id, "unless": unless}))


def live(session: Session, job_id: int) -> Row[Any] | None:
    """Return ``heard``, ``expires`` and ``machine_id`` of the lease on a job, whose row is locked; None: nobody's."""
    return session.execute(LIVE, {"job_id": job_id}).first()


def lost(session: Session, job_id: int) -> int:
    """Return how many holders in a row a job was lost with; machines to which it never came do not count."""
    return int(session.scalar(LOST, {"job_id": job_id}) or 0)


def _asked(machine: Row[Any], now: datetime.datetime) -> dict[str, Any]:
    return {"names": names(machine), "now": now, "surges_only": machine.surges_only}
