"""Jobs of builds on their way to machines: handed out when one asks, taken back when it falls silent."""

import datetime
import hashlib
import secrets
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row

from paddles.archive import jobs
from paddles.db.session import Session
from paddles.lab import leases, pulls
from paddles.projects import changes, ends, locks, vault
from paddles.settings import Settings

# A run that others empty while its build is waited for is looked for again; so often it does not happen.
MOST_LOOKS = 1000
# A machine that says so again after this long has nothing of what it was given any more.
IDLE_S = 15


class Handed(NamedTuple):
    """A job that a machine was given: its definition as stored, the token that its holder shows, and its secrets."""

    document: dict[str, Any]
    token: str
    secrets: dict[str, str]


def digest(token: str) -> bytes:
    """Return what is kept of the token of whoever holds a job."""
    return hashlib.sha256(token.encode()).digest()


def to(session: Session, machine: Row[Any], settings: Settings, now: datetime.datetime) -> Handed | None:
    """Give the machine the most urgent job that it may have, or return None where there is none.

    Whoever asks at the same time gets another one, and never nothing while there is one left. The job is its holder's
    for ``hand_out_lease_s``: until then it has to say something of it.
    """
    ttl = datetime.timedelta(seconds=settings.hand_out_lease_s)
    for _ in range(MOST_LOOKS):
        run_id = pulls.next_run(session, machine, now)
        if run_id is None:
            return None
        build = locks.build_of_run(session, run_id)
        token = secrets.token_urlsafe(32)
        job = build and pulls.start(session, machine, run_id, digest(token), now, ttl)
        if build and job:
            changes.note(session, run_id, job.id, "running", now, machine=machine.name)
            locks.begun(session, job.id)
            ends.recompute(session, build, now)
            opened = vault.opened(session, settings, vault.of_build(run_id), build.sealed)
            return Handed(orjson.loads(job.document), token, opened)
    return None


def forgotten(
    session: Session, machine: Row[Any], idle: datetime.datetime | None, settings: Settings, now: datetime.datetime
) -> int:
    """Take back what a machine holds that has said since ``idle`` that nothing runs on it; return how many jobs.

    A job of which it spoke in the meantime is still its own.
    """
    if idle is None or now - idle < datetime.timedelta(seconds=IDLE_S):
        return 0
    unless = idle + datetime.timedelta(seconds=settings.build_lease_s)
    gone = pulls.silent(session, machine, unless)
    return sum(_lose(session, job_id, settings, now, certain=True) for job_id in gone)


def expire(session: Session, now: datetime.datetime, limit: int, settings: Settings) -> int:
    """Take back up to ``limit`` jobs whose holders were not heard of in time, and return how many.

    One of which nothing was heard at all goes to the next machine that asks; so does another, until it was lost
    ``max_attempts`` times in a row: then it has failed, and its log says why.
    """
    overdue = pulls.overdue(session, now, limit)
    for job_id in overdue:
        _lose(session, job_id, settings, now, certain=False)
    return len(overdue)


def _lose(session: Session, job_id: int, settings: Settings, now: datetime.datetime, *, certain: bool) -> bool:
    place = locks.named(session, job_id)
    if place is None:
        return False
    build = locks.build(session, place.project, place.number)
    job = locks.job(session, build, place.key)
    lease = pulls.live(session, job_id)
    # Looked at again now that the job is ours: its holder may have spoken, or ended it, while it was waited for.
    if lease is None or not (certain or lease.expires <= now):
        return False
    take_back(session, build, job, "lost" if lease.heard else "unheard", settings, now)
    return True


def take_back(
    session: Session, build: Row[Any], job: Row[Any], outcome: str, settings: Settings, now: datetime.datetime
) -> None:
    """Take a job from its holder, both rows locked, for the next one that asks; ``outcome`` is ``lost``, ``unheard``.

    One that was cancelled, or lost too often, has failed. Its holder may also give it back, which counts as lost.
    """
    leases.end(session, job.id, outcome, now)
    if job.cancelled:
        ends.settle(session, build, job, "fail", now, reason="cancelled")
    # One whose holder has said its last word is not done again: those who were to report its tests did not.
    elif job.verdict or pulls.lost(session, job.id) >= settings.max_attempts:
        ends.settle(session, build, job, "fail", now, reason="lost")
    else:
        jobs.move(session, [job.id], "queued", now, before=("running",))
        changes.note(session, build.run_id, job.id, "queued", now)
        ends.recompute(session, build, now)
