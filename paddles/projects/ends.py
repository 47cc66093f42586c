"""What follows the end of a job: the jobs that it starts, the status of its build, and the build that waited for it.

Whoever calls has the rows of the build and of the job (``locks``), in this order.
"""

import datetime
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import jobs
from paddles.archive.status import FINISHED
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.lab import leases
from paddles.projects import additions, changes, following, verdicts
from paddles.projects.additions import Into
from paddles.projects.following import New
from paddles.projects.states import OF_JOB

ENDED = ("pass", "fail", "promoted")
LONGEST_REASON = 2000

OPEN_TESTS = hot("SELECT EXISTS (SELECT FROM tests WHERE job_id = :job_id AND status IN ('queued', 'running'))")
FAILED_TESTS = hot("SELECT EXISTS (SELECT FROM tests WHERE job_id = :job_id AND status IN ('fail', 'error'))")
HOLD = hot("UPDATE build_jobs SET stage = 'testing', verdict = :verdict WHERE job_id = :job_id")
END = hot("UPDATE build_jobs SET stage = '', verdict = NULL WHERE job_id = :job_id")
FIRED = text("UPDATE builds SET fired = true WHERE run_id = :run_id")
_STATES = (
    f"SELECT DISTINCT {OF_JOB} FROM jobs JOIN build_jobs ON build_jobs.job_id = jobs.id WHERE jobs.run_id = :run_id"
)
STATES = hot(_STATES)
OTHERS = hot(f"{_STATES} AND jobs.id <> :job_id")
# By whom the jobs were started that have such keys.
TAKEN = text("""
    SELECT key, document -> 'env' ->> 'H_TRIGGER_URL' AS by FROM jobs
    WHERE run_id = :run_id AND key = ANY (CAST(:keys AS text[]))
""")
TAKE = hot(
    """
    WITH taken AS (
        UPDATE builds SET status = CAST(:status AS text)
        WHERE run_id = :run_id AND status NOT IN (CAST(:status AS text), 'promoted')
        RETURNING run_id, project_id, number, status),
    noted AS (INSERT INTO build_changes (run_id, at, status) SELECT run_id, :now, status FROM taken),
    logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'project', 'build.' || taken.status, 'projects/' || projects.name || '/builds/' || taken.number,
            jsonb_build_object('project', projects.name, 'number', taken.number, 'status', taken.status)
        FROM taken JOIN projects ON projects.id = taken.project_id)
    SELECT run_id FROM taken""",
    "run_id",
)
OLDEST = hot("""
    SELECT run_id FROM builds WHERE project_id = :project_id AND status IN ('queued', 'running', 'failing')
    ORDER BY number LIMIT 1 FOR NO KEY UPDATE
""")
WAITING = hot("SELECT id FROM jobs WHERE run_id = :run_id AND status = 'waiting'")
KEPT_WAITING = text("""
    SELECT projects.id FROM projects CROSS JOIN LATERAL (
        SELECT run_id FROM builds WHERE project_id = projects.id AND status IN ('queued', 'running', 'failing')
        ORDER BY number LIMIT 1) AS oldest
    WHERE projects.synchronous AND EXISTS (
        SELECT FROM jobs WHERE jobs.run_id = oldest.run_id AND jobs.status = 'waiting')
    ORDER BY projects.id LIMIT :limit FOR NO KEY UPDATE OF projects SKIP LOCKED
""")


def settle(
    session: Session,
    build: Row[Any],
    job: Row[Any],
    verdict: str,
    now: datetime.datetime,
    *,
    reason: str | None = None,
) -> str:
    """End a job as ``pass`` or ``fail`` and return what became of it: either, or ``running``.

    A verdict of its holder, which has no ``reason``, is kept until the job's open tests have ended; nobody waits for
    them when the job was cancelled. A job that passed starts what its triggers name, and the last one to pass what
    those of the build do; where that cannot be, the job has failed for that reason. One that has ended stays as it is.
    """
    if job.status in FINISHED:
        return str(job.status)
    if reason is None and not job.cancelled and session.scalar(OPEN_TESTS, {"job_id": job.id}):
        session.execute(HOLD, {"job_id": job.id, "verdict": verdict})
        if job.stage == "uploading":
            changes.note(session, build.run_id, job.id, "running", now)
        return "running"
    return _end(session, build, job, verdict, now, reason)


def tests_ended(session: Session, build: Row[Any], job: Row[Any], now: datetime.datetime) -> str:
    """End a job whose verdict was kept until its last open test had ended; return what :func:`settle` does.

    It fails when one of its tests did, or when its holder said so. A job without such a verdict goes on.
    """
    if job.status in FINISHED or job.verdict is None:
        return str(job.status)
    failed = session.scalar(FAILED_TESTS, {"job_id": job.id})
    return settle(session, build, job, "fail" if failed else job.verdict, now)


def recompute(session: Session, build: Row[Any] | Into, now: datetime.datetime) -> str:
    """Give a build the status that follows from its jobs, and return it.

    A change is noted and told on the channel ``project``: ``build.pass`` and ``build.fail`` end a build, and let the
    next one of its project go where builds go one after the other.
    """
    status = verdicts.joined(session.scalars(STATES, {"run_id": build.run_id}))
    taken = session.execute(TAKE, {"run_id": build.run_id, "status": status, "now": now}).first()
    if taken and status in ENDED and build.synchronous:
        let_next(session, build.project_id, now)
    return status


def let_next(session: Session, project_id: int, now: datetime.datetime) -> int:
    """Queue what waits in the oldest open build of a project whose row is the caller's; return how many jobs."""
    run_id = session.scalar(OLDEST, {"project_id": project_id})
    waiting = list(session.scalars(WAITING, {"run_id": run_id})) if run_id is not None else []
    return jobs.move(session, waiting, "queued", now, before=("waiting",)) if waiting else 0


def promote_waiting(session: Session, now: datetime.datetime, limit: int) -> int:
    """Let the oldest open builds of up to ``limit`` projects go whose jobs wait for nobody; return how many projects.

    Whoever ends a build does that with it: this finds what was left behind all the same.
    """
    left = list(session.scalars(KEPT_WAITING, {"limit": limit}))
    for project_id in left:
        let_next(session, project_id, now)
    return len(left)


def _end(
    session: Session, build: Row[Any], job: Row[Any], verdict: str, now: datetime.datetime, reason: str | None
) -> str:
    new: list[New] = []
    whole = False
    if verdict == "pass":
        try:
            new, whole = _following(session, build, job)
        except Invalid as error:
            verdict, reason = "fail", " ".join(str(error).split())[:LONGEST_REASON]
    jobs.move(session, [job.id], verdict, now, reason=reason)
    session.execute(END, {"job_id": job.id})
    leases.end(session, job.id, verdict, now)
    changes.note(session, build.run_id, job.id, verdict, now)
    if new:
        additions.add(session, build, new, now)
    if whole:
        session.execute(FIRED, {"run_id": build.run_id})
    recompute(session, build, now)
    return verdict


def _following(session: Session, build: Row[Any], job: Row[Any]) -> tuple[list[New], bool]:
    """Return the jobs that a job starts by passing, and whether it is by passing as the last one."""
    own = _untaken(session, build, following.of_job(build, job))
    if own or build.fired or set(session.scalars(OTHERS, {"run_id": build.run_id, "job_id": job.id})) - {"pass"}:
        return own, False
    of_all = _untaken(session, build, following.of_build(build, job))
    return of_all, bool(of_all)


def _untaken(session: Session, build: Row[Any], new: list[New]) -> list[New]:
    """Return those of new jobs that are not there; some were started before by what starts them once more."""
    if not new:
        return new
    keys = [job.key for job in new]
    if len(set(keys)) < len(keys):
        raise Invalid("what is fired has several runs of one name")
    by = {row.key: row.by for row in session.execute(TAKEN, {"run_id": build.run_id, "keys": keys})}
    for job in new:
        if job.key in by and by[job.key] != job.document["env"]["H_TRIGGER_URL"]:
            raise Invalid(f"there is a run {job.key} already")
    return [job for job in new if job.key not in by]
