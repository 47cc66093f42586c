"""What people say of a build: note something, keep it under a name, cancel it, have a job of it done again."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import jobs, tests
from paddles.archive.status import FINISHED
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound
from paddles.projects import additions, changes, ends, locks, projects

ANNOTATE = text("""
    UPDATE builds SET annotation = :annotation FROM projects
    WHERE projects.id = builds.project_id AND projects.name = :project AND builds.number = :number RETURNING run_id
""")
# Two who ask for one name come one after the other: each has the project's row.
PROMOTE = text("""
    UPDATE builds SET status = 'promoted', promoted_as = :name, annotation = COALESCE(:annotation, annotation)
    WHERE run_id = :run_id AND NOT EXISTS (
        SELECT FROM builds AS other
        WHERE other.project_id = builds.project_id AND other.promoted_as = :name AND other.run_id <> builds.run_id)
    RETURNING run_id
""")
CANCEL = text("UPDATE build_jobs SET cancelled = true WHERE job_id = ANY (CAST(:ids AS bigint[]))")
AGAIN = text("UPDATE build_jobs SET stage = '', cancelled = false, verdict = NULL WHERE job_id = :job_id")


def annotate(session: Session, project: str, number: int, annotation: str) -> None:
    """Note something of a build. Raises NotFound."""
    values = {"project": project, "number": number, "annotation": annotation}
    if session.execute(ANNOTATE, values).first() is None:
        raise NotFound(f"there is no build {number} of a project {project}")
    projects.tell(session, "build.annotated", project, number=number)


def promote(
    session: Session, project: str, number: int, name: str, annotation: str | None, now: datetime.datetime
) -> None:
    """Keep a build that has ended under a name: that is its status for good.

    Raises:
        NotFound: there is no such build.
        Invalid: it has not ended.
        Conflict: another build of the project has that name.
    """
    projects.lock(session, project)
    build = locks.build(session, project, number)
    if build.status not in ends.ENDED:
        raise Invalid(f"build {number} has not ended")
    values = {"run_id": build.run_id, "name": name, "annotation": annotation}
    if session.execute(PROMOTE, values).first() is None:
        raise Conflict(f"another build of {project} was promoted as {name}")
    if build.status != "promoted":
        changes.note(session, build.run_id, None, "promoted", now)
    projects.tell(session, "build.promoted", project, number=number, status="promoted", name=name)


def cancel(session: Session, project: str, number: int, now: datetime.datetime, *, key: str | None = None) -> None:
    """Cancel a build, or only the job ``key`` of it; what has ended stays as it is.

    What is queued has failed at once. Whoever executes a job is told that its end is asked for, and ends it. Raises
    NotFound.
    """
    build = locks.build(session, project, number)
    found = locks.jobs(session, build) if key is None else [locks.job(session, build, key)]
    queued = [job.id for job in found if job.status in ("queued", "waiting")]
    running = [job.id for job in found if job.status not in ("queued", "waiting", *FINISHED) and not job.cancelled]
    _fail(session, build, queued, now)
    if running:
        session.execute(CANCEL, {"ids": running})
        changes.note_many(session, build.run_id, running, "cancelling", now)
    if queued or running:
        ends.recompute(session, build, now)


def again(session: Session, project: str, number: int, key: str, now: datetime.datetime) -> None:
    """Have a job of a build done again that has ended; its tests are forgotten.

    Raises:
        NotFound: there is no such job.
        Conflict: it has not ended; or its build was promoted, or made elsewhere; or no machine may do it.
    """
    build = locks.build(session, project, number)
    job = locks.job(session, build, key)
    refusal = _refusal(build, job)
    if refusal:
        raise Conflict(refusal)
    tests.clear(session, job.id)
    session.execute(AGAIN, {"job_id": job.id})
    after = "waiting" if additions.behind(session, build) else "queued"
    jobs.move(session, [job.id], after, now, before=FINISHED)
    changes.note(session, build.run_id, job.id, "queued", now)
    ends.recompute(session, build, now)


def _fail(session: Session, build: Row[Any], queued: Sequence[int], now: datetime.datetime) -> None:
    if queued:
        jobs.move(session, queued, "fail", now, reason="cancelled", before=("queued", "waiting"))
        changes.note_many(session, build.run_id, queued, "fail", now)


def _refusal(build: Row[Any], job: Row[Any]) -> str | None:
    if build.status == "promoted":
        return f"build {build.number} was promoted: it stays as it is"
    if job.status not in FINISHED:
        return f"run {job.key} has not ended"
    if not job.host_tag:
        return f"build {build.number} was made elsewhere"
    return additions.refusal(build.allowed_tags, job.host_tag)
