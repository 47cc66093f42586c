"""What the holder of a job says of it: its log, how far it is, how it ended; all of one request, or nothing."""

import datetime
import hmac
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from paddles.archive import tests
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound, Unauthenticated
from paddles.lab import leases
from paddles.projects import changes, consoles, ends, greps, hand_out, locks
from paddles.projects.consoles import Keeping, Piece
from paddles.projects.greps import Found
from paddles.settings import Settings

# What a holder may say that a job is; the last two end it.
SAYS = ("running", "uploading", "pass", "fail")
ENDS = ("pass", "fail")
# For so long others may report tests of a job whose holder has said its last word.
TESTING = datetime.timedelta(hours=12)
STAGES = {"running": "", "uploading": "uploading"}

THERE = hot("""
    SELECT jobs.id FROM projects JOIN builds ON builds.project_id = projects.id JOIN jobs ON jobs.run_id = builds.run_id
    WHERE projects.name = :project AND builds.number = :number AND jobs.key = :key
""")
DEFINED = hot(
    """
    SELECT jobs.run_id, jobs.document, builds.secrets, builds.sealed, leases.digest
    FROM projects JOIN builds ON builds.project_id = projects.id JOIN jobs ON jobs.run_id = builds.run_id
    LEFT JOIN leases ON leases.job_id = jobs.id AND leases.ended IS NULL
    WHERE projects.name = :project AND builds.number = :number AND jobs.key = :key""",
    "run_id document secrets sealed digest",
)
STAGE = hot("UPDATE build_jobs SET stage = :stage WHERE job_id = :job_id")


def holder(session: Session, project: str, number: int, key: str, token: str) -> Row[Any]:
    """Return the job that the holder of a token has, a row of ``locks.held``, locked.

    Raises:
        NotFound: there is no such job.
        Unauthenticated: nobody holds it, or somebody else.
    """
    job = locks.held(session, project, number, key)
    if job is None and session.scalar(THERE, {"project": project, "number": number, "key": key}) is None:
        raise NotFound(f"build {number} of {project} has no run {key}")
    if job is None or not shows(token, bytes(job.digest or b"")):
        raise Unauthenticated("this is not the key of the run, or the run has ended")
    return job


def shows(token: str, digest: bytes) -> bool:
    """Say whether a token is the one that ``digest`` is of."""
    return hmac.compare_digest(hand_out.digest(token), digest)


def defined(session: Session, project: str, number: int, key: str) -> Row[Any]:
    """Return the definition of a job, ``document``, and the secrets of its build: ``secrets`` are what they are called.

    ``digest`` is that of its holder's token, None where nobody holds it. Raises NotFound.
    """
    found = session.execute(DEFINED, {"project": project, "number": number, "key": key}).first()
    if found is None:
        raise NotFound(f"build {number} of {project} has no run {key}")
    return found


def add(session: Session, job: Row[Any], piece: Piece, stage: str, keeping: Keeping, now: datetime.datetime) -> int:
    """Take what the holder of a job says of it, which ends nothing, and return how much it has sent (``consoles.add``).

    ``stage`` is ``running`` or ``uploading``, blank for no news. A job whose end was asked for, or whose verdict waits
    for its tests, stays as it is.
    """
    received = consoles.add(session, job, piece, keeping, now)
    wanted = STAGES.get(stage, job.stage)
    if wanted != job.stage and not job.cancelled and job.verdict is None:
        session.execute(STAGE, {"job_id": job.id, "stage": wanted})
        changes.note(session, job.run_id, job.id, stage, now)
    return received


def end(
    session: Session,
    build: Row[Any],
    job: Row[Any],
    piece: Piece,
    verdict: str,
    keeping: Keeping,
    now: datetime.datetime,
    found: Found = greps.NOTHING,
) -> int:
    """Take the last word of the holder of a job, whose build is locked, and return how much it has sent.

    Tests that were ``found`` in the log are the job's from now on, and make it fail when one of them has. Said again
    while tests of the job are still open it changes nothing.
    """
    received = consoles.add(session, job, replace(piece, last=True), keeping, now)
    if job.verdict is None:
        if found.tests:
            tests.store(session, job.id, found.tests, now)
        last = "fail" if found.failed or found.reason else verdict
        became = ends.settle(session, build, locks.job(session, build, job.key), last, now, reason=found.reason)
        if became == "running":
            leases.renew(session, job.id, now + TESTING, now)
    return received


def give_back(
    session: Session,
    build: Row[Any],
    job: Row[Any],
    piece: Piece,
    keeping: Keeping,
    settings: Settings,
    now: datetime.datetime,
) -> int:
    """Take a job back from its holder, which cannot go on with it, for the next one; return how much it has sent.

    The build is locked.
    """
    received = consoles.add(session, job, piece, keeping, now)
    hand_out.take_back(session, build, locks.job(session, build, job.key), "lost", settings, now)
    return received


def tested(
    session: Session, build: Row[Any], job: Row[Any], message: Piece, keeping: Keeping, now: datetime.datetime
) -> str:
    """Add to the log of a job, whose build is locked, what somebody says who tests, and return what the job is now.

    It has ended when its holder said its last word, and all that was still to be tested is.
    """
    # Where the holder has said its last word, no secret of its own goes on in what others say.
    consoles.add(session, job, replace(message, last=job.verdict is not None), keeping, now)
    became = ends.tests_ended(session, build, locks.job(session, build, job.key), now)
    if became == "running" and job.verdict is not None:
        leases.renew(session, job.id, now + TESTING, now)
    return became
