"""Claim, end and expire: the one way in which a job reaches whoever executes it."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import job_statements, jobs
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.lab import turns

# The most urgent job of a kind that nobody holds, in any of some queues: the head of each is found by walking the index
# ix_jobs_ready_by_kind from its front, one probe a queue. A job that another transaction is about to take is passed
# over, not waited for.
_HEAD = """
    WITH heads AS (
        SELECT first.id, first.priority, first.run_id FROM unnest(CAST(:queues AS text[])) AS wanted (name)
        JOIN queues ON queues.name = wanted.name
        CROSS JOIN LATERAL (
            SELECT id, priority, run_id FROM jobs
            WHERE queue_id = queues.id AND status = 'queued' AND NOT leased AND kind = :kind
            ORDER BY priority, run_id, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) AS first
        WHERE queues.paused_until IS NULL OR queues.paused_until <= :now),
    head AS (SELECT id FROM heads ORDER BY priority, run_id, id LIMIT 1)"""
OF_JOB = hot(
    """
    SELECT machines.name AS machine, leases.granted, leases.heard, leases.ended, leases.outcome
    FROM leases LEFT JOIN machines ON machines.id = leases.machine_id
    WHERE leases.job_id = :job_id ORDER BY leases.id DESC LIMIT :limit""",
    "machine granted heard ended outcome",
)


def _granted(job: str, *, digest: bool = False) -> str:
    return f"""granted AS (
        INSERT INTO leases (job_id, machine_id, granted, expires, digest)
        SELECT id, CAST(:machine_id AS bigint), :now, :expires, {":digest" if digest else "NULL"} FROM {job})"""


def _logged(type_: str, lease: str, run: str, more: str) -> str:
    """One event for each row of ``lease``, which has the job's ``id`` and ``key``, and the run's id as ``run``."""
    return f"""lease_logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'lease', 'lease.{type_}', 'runs/' || runs.name || '/jobs/' || {lease}.key,
            jsonb_build_object('run', runs.name, 'job', {lease}.key, {more})
        FROM {lease} JOIN runs ON runs.id = {lease}.{run})"""


_TO = """'machine', (SELECT name FROM machines WHERE id = CAST(:machine_id AS bigint)),
            'expires', CAST(:expires AS timestamptz)"""
# For a statement whose part ``ended`` is the leases that it has ended, with ``key`` and ``run_id`` of their jobs.
LOGGED_END = _logged("ended", "ended", "run_id", "'outcome', ended.outcome")
CLAIM = hot(f"""
    {_HEAD},
    taken AS (
        UPDATE jobs SET leased = true, attempt = attempt + 1 FROM head WHERE jobs.id = head.id
        RETURNING jobs.id, jobs.key, jobs.run_id),
    {_granted("taken")},
    {_logged("granted", "taken", "run_id", _TO)}
    SELECT id FROM taken
""")


def given(job: str, *, digest: bool = False) -> str:
    """Return the part of a statement that leases ``job``, another part of it, to a machine, and says so.

    With ``digest`` the holder shows a token, which ``:digest`` is of.
    """
    return f"""{_granted(job, digest=digest)},
    {_logged("granted", job, "parent_id", _TO)},
    linked AS (
        INSERT INTO job_machines (job_id, machine_id) SELECT id, CAST(:machine_id AS bigint) FROM {job}
        ON CONFLICT DO NOTHING)"""


START = job_statements.started(turns.HEAD, f"""{turns.SERVED}, {given("moved")}""")
TAKE = job_statements.started(_HEAD, _granted("moved"))
RENEW = hot("""
    UPDATE leases SET expires = COALESCE(:expires, expires), heard = COALESCE(heard, :now)
    WHERE job_id = :job_id AND ended IS NULL
""")
EXTEND = hot("""
    UPDATE leases SET expires = LEAST(expires + :more, :latest) WHERE job_id = :job_id AND ended IS NULL
    RETURNING expires
""")
END = hot(f"""
    WITH ended AS (
        UPDATE leases SET ended = :now, outcome = :outcome FROM jobs
        WHERE job_id = :job_id AND ended IS NULL AND jobs.id = leases.job_id
        RETURNING jobs.key, jobs.run_id, outcome),
    {LOGGED_END}
    SELECT count(*) FROM ended
""")
END_ALL = text(f"""
    WITH ended AS (
        UPDATE leases SET ended = :now, outcome = :outcome FROM jobs
        WHERE job_id = ANY (:job_ids) AND ended IS NULL AND jobs.id = leases.job_id
        RETURNING jobs.key, jobs.run_id, outcome),
    {LOGGED_END}
    SELECT count(*) FROM ended
""")
OVERDUE = text("""
    SELECT jobs.id FROM leases JOIN jobs ON jobs.id = leases.job_id
    WHERE leases.ended IS NULL AND leases.expires <= :now AND jobs.kind <> 'build'
    ORDER BY leases.expires LIMIT :limit FOR NO KEY UPDATE OF jobs SKIP LOCKED
""")
# Asked once more of those whose jobs are locked now: a lease may have been renewed while its job was waited for.
EXPIRE = text(f"""
    WITH ended AS (
        UPDATE leases SET ended = :now, outcome = 'expired' FROM jobs
        WHERE leases.job_id = ANY (:ids) AND leases.ended IS NULL AND leases.expires <= :now AND jobs.id = leases.job_id
        RETURNING jobs.id, jobs.kind, jobs.key, jobs.run_id, jobs.status, jobs.attempt, leases.heard, leases.outcome),
    {LOGGED_END}
    SELECT id, kind, status, attempt, heard FROM ended
""")
RELEASE = text("UPDATE jobs SET leased = false WHERE id = ANY (:ids)")


def claim(
    session: Session, queues: Sequence[str], kind: str, now: datetime.datetime, ttl: datetime.timedelta
) -> int | None:
    """Take the most urgent job of a kind in ``queues`` and return its id, or None when there is none to take.

    Urgency is the smaller priority (none given: last), then the older run, then the older job; a paused queue gives
    nothing. The job stays queued and is offered to nobody else until ``ttl`` has passed or somebody reports what became
    of it. Callers in parallel never get the same job and never wait for each other.
    """
    values = {"queues": list(queues), "kind": kind, "machine_id": None, "now": now, "expires": now + ttl}
    found: int | None = session.scalar(CLAIM, values)
    return found


def start(
    session: Session, machine_id: int, queues: Sequence[str], now: datetime.datetime, ttl: datetime.timedelta
) -> Row[Any] | None:
    """Take a job that machines boot for, start it on a machine, and return it, or None.

    The users of a queue take turns (``lab.turns``); a user's jobs, and the queues, are as urgent as for :func:`claim`.
    The row has ``id``, ``attempt`` and ``document``. The lease is the machine's until ``ttl`` has passed, unless it is
    renewed. The machine's row is locked by the caller, so that it is given one job at a time.
    """
    values = {"queues": list(queues), "machine_id": machine_id, "now": now, "expires": now + ttl}
    return session.execute(START, values).first()


def take(
    session: Session, queues: Sequence[str], kind: str, now: datetime.datetime, ttl: datetime.timedelta
) -> Row[Any] | None:
    """Take a job of a kind, as :func:`claim` does, as started at once by whoever asks, and return it, or None.

    Its row has ``id``, ``key`` and ``document``.
    """
    values = {"queues": list(queues), "kind": kind, "machine_id": None, "now": now, "expires": now + ttl}
    return session.execute(TAKE, values).first()


def renew(session: Session, job_id: int, expires: datetime.datetime | None, now: datetime.datetime) -> None:
    """Note that the holder of a job, whose row the caller has locked, was heard; have its lease end at ``expires``."""
    session.later(RENEW, {"job_id": job_id, "expires": expires, "now": now})


def extend(
    session: Session, job_id: int, more: datetime.timedelta, latest: datetime.datetime
) -> datetime.datetime | None:
    """Have the lease on a job, whose row the caller has locked, last longer, until ``latest`` at most; return its end.

    None when nobody holds the job.
    """
    values = {"job_id": job_id, "more": more, "latest": latest}
    found: datetime.datetime | None = session.scalar(EXTEND, values)
    return found


def end(session: Session, job_id: int, outcome: str, now: datetime.datetime) -> None:
    """End the live lease on a job, whose row the caller has locked; nothing happens when there is none."""
    session.later(END, {"job_id": job_id, "outcome": outcome, "now": now})


def end_all(session: Session, job_ids: Sequence[int], outcome: str, now: datetime.datetime) -> None:
    """Do what :func:`end` does for several jobs, whose rows the caller has locked."""
    session.execute(END_ALL, {"job_ids": list(job_ids), "outcome": outcome, "now": now})


def expire(session: Session, now: datetime.datetime, limit: int, max_attempts: int) -> int:
    """End up to ``limit`` overdue leases and return how many; those on jobs of builds are ``projects.losses``'s to end.

    A job that is still queued is offered again, and so is a task, however often. Another one that was started, and of
    which nothing was heard, is queued again until it was started ``max_attempts`` times; then, or when its holder fell
    silent, it is dead: ``lost`` or ``timeout``.
    """
    locked = list(session.scalars(OVERDUE, {"now": now, "limit": limit}))
    if not locked:
        return 0
    ended = session.execute(EXPIRE, {"ids": locked, "now": now}).all()
    session.later(RELEASE, {"ids": [job.id for job in ended]})
    running = [job for job in ended if job.status == "running"]
    again = [job.id for job in running if _offered_again(job, max_attempts)]
    lost = [job.id for job in running if job.id not in again and job.heard is None]
    late = [job.id for job in running if job.id not in again and job.heard is not None]
    for found, after, reason in ((again, "queued", None), (lost, "dead", "lost"), (late, "dead", "timeout")):
        if found:
            jobs.move(session, found, after, now, reason=reason, before=("running",))
    return len(ended)


def of_job(session: Session, job_id: int, limit: int) -> Sequence[Row[Any]]:
    """Return the leases that were on a job, the latest first: ``machine`` (or None) ``granted heard ended outcome``."""
    return session.execute(OF_JOB, {"job_id": job_id, "limit": limit}).all()


def _offered_again(job: Row[Any], max_attempts: int) -> bool:
    return job.kind == "task" or (job.heard is None and job.attempt < max_attempts)
