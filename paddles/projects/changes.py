"""The history of a build and of its jobs: which status each took, and when."""

import datetime
from collections.abc import Sequence

from sqlalchemy import text

from paddles.db.prepared import hot
from paddles.db.session import Session

NOTE = hot("""
    INSERT INTO build_changes (run_id, job_id, at, status, machine) VALUES (:run_id, :job_id, :at, :status, :machine)
""")
NOTE_MANY = text("""
    INSERT INTO build_changes (run_id, job_id, at, status)
    SELECT :run_id, job_id, :at, :status FROM unnest(CAST(:job_ids AS bigint[])) AS changed (job_id)
""")


def note(
    session: Session,
    run_id: int,
    job_id: int | None,
    status: str,
    at: datetime.datetime,
    *,
    machine: str | None = None,
) -> None:
    """Note that a build, or with ``job_id`` a job of it, took a status; ``machine`` is what a job was given to.

    Statuses of a build are those of ``projects.verdicts``; of a job queued, running, uploading, cancelling, pass, fail.
    """
    said = {"run_id": run_id, "job_id": job_id, "status": status, "at": at, "machine": machine}
    session.execute(NOTE, said)


def note_many(session: Session, run_id: int, job_ids: Sequence[int], status: str, at: datetime.datetime) -> None:
    """Do what :func:`note` does for several jobs of a build at once."""
    session.execute(NOTE_MANY, {"run_id": run_id, "job_ids": list(job_ids), "status": status, "at": at})
