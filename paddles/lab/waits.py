"""Jobs that wait for others: noted, found, and let go.

A job waits for jobs that were there before it, so locks are always taken from the older job to the newer.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session

# Shared: whoever changes one of them waits until it is known who waits for it.
HOLD = text("SELECT id FROM jobs WHERE id = ANY (:ids) AND kind = 'boot' ORDER BY id FOR SHARE")
ADD = text("INSERT INTO waits (job_id, for_id) SELECT :job_id, unnest(CAST(:ids AS bigint[]))")
LOCK = hot("""
    SELECT id FROM jobs WHERE id IN (SELECT job_id FROM waits WHERE for_id = ANY (:for_ids))
    ORDER BY id FOR NO KEY UPDATE
""")
# What is waited for may have ended without a word, or be gone; a job that waits for nothing is not to wait, unless
# somebody holds it.
DUE = text("""
    SELECT id FROM jobs WHERE status = 'waiting' AND kind = 'boot' AND (
        held_by IS NULL AND NOT EXISTS (SELECT FROM waits WHERE job_id = jobs.id)
        OR EXISTS (
            SELECT FROM waits JOIN jobs AS other ON other.id = waits.for_id
            WHERE waits.job_id = jobs.id AND other.finished IS NOT NULL))
    ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
OPEN = text("""
    SELECT waits.job_id, waits.for_id, jobs.document -> 'wait_on' AS wait_on,
        jobs.document -> 'wait_options' AS wait_options
    FROM waits JOIN jobs ON jobs.id = waits.job_id
    WHERE waits.job_id = ANY (:ids) ORDER BY waits.job_id, waits.for_id
""")
STATES = text("SELECT id, status, reason, document FROM jobs WHERE id = ANY (:ids) AND kind = 'boot'")
MET = text("""
    DELETE FROM waits USING unnest(CAST(:job_ids AS bigint[]), CAST(:for_ids AS bigint[])) AS met (job_id, for_id)
    WHERE waits.job_id = met.job_id AND waits.for_id = met.for_id
""")
FREE = text("""
    SELECT id FROM jobs WHERE id = ANY (:ids) AND status = 'waiting' AND held_by IS NULL
        AND NOT EXISTS (SELECT FROM waits WHERE job_id = jobs.id)
    ORDER BY id
""")


def hold(session: Session, ids: Collection[int]) -> set[int]:
    """Keep those of some jobs that exist as they are until the transaction ends, and return their numbers."""
    return set(session.scalars(HOLD, {"ids": sorted(ids)}))


def add(session: Session, job_id: int, ids: Iterable[int]) -> None:
    """Note that a new job waits for some others, which the caller holds."""
    session.later(ADD, {"job_id": job_id, "ids": list(ids)})


def lock(session: Session, for_ids: Collection[int]) -> list[int]:
    """Lock the jobs that wait for any of some whose rows the caller has locked, and return their numbers.

    Before anything is written: whoever holds a run waits for no job.
    """
    return list(session.scalars(LOCK, {"for_ids": list(for_ids)}))


def due(session: Session, limit: int) -> list[int]:
    """Lock up to ``limit`` jobs that wait for what has ended, or for nothing and nobody, and return their numbers."""
    return list(session.scalars(DUE, {"limit": limit}))


def still(session: Session, ids: Collection[int]) -> Sequence[Row[Any]]:
    """Return what some jobs still wait for: ``job_id for_id``, and ``wait_on wait_options`` as bytes of JSON."""
    return session.execute(OPEN, {"ids": list(ids)}).all()


def states(session: Session, ids: Collection[int]) -> Sequence[Row[Any]]:
    """Return ``id status reason document`` of those of some jobs that exist."""
    return session.execute(STATES, {"ids": list(ids)}).all()


def end(session: Session, pairs: Collection[tuple[int, int]]) -> None:
    """Forget that jobs wait for others: pairs of who waits and for whom."""
    session.execute(MET, {"job_ids": [pair[0] for pair in pairs], "for_ids": [pair[1] for pair in pairs]})


def free(session: Session, ids: Collection[int]) -> list[int]:
    """Return those of some jobs that wait, for nothing any more, and that nobody holds."""
    return list(session.scalars(FREE, {"ids": list(ids)}))
