"""Builds and their jobs, locked in the order in which everybody does: the project if need be, the build, the job.

A job is given a status, and a build gets or loses jobs, under the lock of the build's row: so the last one that ends is
decided once. Whoever only adds to a job's log, or renews its lease, locks the job alone (:func:`held`).
"""

from typing import Any

from sqlalchemy import Row

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound

_BUILD = """builds.run_id, builds.number, builds.status, builds.trigger_name, builds.trigger_type, builds.priority,
    builds.fired, builds.promoted_as, builds.definition, builds.params, builds.sealed, builds.secrets,
    builds.frontend, projects.id AS project_id, projects.name AS project, projects.synchronous, projects.allowed_tags"""
_BUILD_NAMES = """run_id number status trigger_name trigger_type priority fired promoted_as definition params sealed
    secrets frontend project_id project synchronous allowed_tags"""
_JOB = """jobs.id, jobs.run_id, jobs.key, jobs.status, jobs.reason, jobs.attempt, jobs.leased, jobs.started,
    jobs.document, build_jobs.run_name, build_jobs.trigger_name, build_jobs.trigger_type, build_jobs.host_tag,
    build_jobs.sealed, build_jobs.stage, build_jobs.cancelled, build_jobs.verdict, build_jobs.log_of,
    build_jobs.log_size"""
_JOB_NAMES = """id run_id key status reason attempt leased started document run_name trigger_name trigger_type host_tag
    sealed stage cancelled verdict log_of log_size"""
# Of a job that somebody holds, what changes with every line of its log, and not its long document.
_HELD = """jobs.id, jobs.run_id, jobs.key, jobs.status, jobs.attempt, builds.sealed, build_jobs.stage,
    build_jobs.cancelled, build_jobs.verdict, build_jobs.log_of, build_jobs.log_size, build_jobs.log_received,
    build_jobs.log_held, build_jobs.log_covered, leases.id AS lease_id, leases.digest, leases.heard,
    leases.machine_id"""
_HELD_NAMES = """id run_id key status attempt sealed stage cancelled verdict log_of log_size log_received
    log_held log_covered lease_id digest heard machine_id"""

# Builds of a synchronous project go one after the other: whoever ends one has the project's row first.
IN_ORDER = hot("SELECT id FROM projects WHERE name = :project AND synchronous FOR NO KEY UPDATE")
BUILD = hot(
    f"""
    SELECT {_BUILD} FROM projects JOIN builds ON builds.project_id = projects.id
    WHERE projects.name = :project AND builds.number = :number FOR NO KEY UPDATE OF builds""",
    _BUILD_NAMES,
)
OF_RUN = hot(
    f"""
    SELECT {_BUILD} FROM builds JOIN projects ON projects.id = builds.project_id
    WHERE builds.run_id = :run_id FOR NO KEY UPDATE OF builds""",
    _BUILD_NAMES,
)
# What the holder before said of a job is not so of the next one.
BEGIN = hot("UPDATE build_jobs SET stage = '', verdict = NULL WHERE job_id = :job_id")
JOB = hot(
    f"""
    SELECT {_JOB} FROM jobs JOIN build_jobs ON build_jobs.job_id = jobs.id
    WHERE jobs.run_id = :run_id AND jobs.key = :key FOR NO KEY UPDATE OF jobs, build_jobs""",
    _JOB_NAMES,
)
JOBS = hot(
    f"""
    SELECT {_JOB} FROM jobs JOIN build_jobs ON build_jobs.job_id = jobs.id
    WHERE jobs.run_id = :run_id ORDER BY jobs.id FOR NO KEY UPDATE OF jobs, build_jobs""",
    _JOB_NAMES,
)
NAMED = hot(
    """
    SELECT projects.name AS project, builds.number, jobs.key
    FROM jobs JOIN builds ON builds.run_id = jobs.run_id JOIN projects ON projects.id = builds.project_id
    WHERE jobs.id = :job_id""",
    "project number key",
)
HELD = hot(
    f"""
    SELECT {_HELD}
    FROM projects JOIN builds ON builds.project_id = projects.id JOIN jobs ON jobs.run_id = builds.run_id
    JOIN build_jobs ON build_jobs.job_id = jobs.id JOIN leases ON leases.job_id = jobs.id AND leases.ended IS NULL
    WHERE projects.name = :project AND builds.number = :number AND jobs.key = :key
    FOR NO KEY UPDATE OF jobs, build_jobs, leases""",
    _HELD_NAMES,
)


def build(session: Session, project: str, number: int) -> Row[Any]:
    """Return a build with what it needs of its project (``_BUILD``), locked until the end of the unit of work.

    Raises:
        NotFound: there is no such build of no such project.
    """
    session.execute(IN_ORDER, {"project": project})
    found = session.execute(BUILD, {"project": project, "number": number}).first()
    if found is None:
        raise NotFound(f"there is no build {number} of a project {project}")
    return found


def build_of_run(session: Session, run_id: int) -> Row[Any] | None:
    """Return a build by the number of its run, locked as by :func:`build`, for whoever ends none of its jobs; or None.

    Its project is not locked.
    """
    return session.execute(OF_RUN, {"run_id": run_id}).first()


def begun(session: Session, job_id: int) -> None:
    """Forget what was said of a job, which is locked, by whoever held it before: its stage, its verdict."""
    session.execute(BEGIN, {"job_id": job_id})


def job(session: Session, build: Row[Any], key: str) -> Row[Any]:
    """Return a job (``_JOB``) of a build whose row is locked, locked too. Raises NotFound."""
    found = session.execute(JOB, {"run_id": build.run_id, "key": key}).first()
    if found is None:
        raise NotFound(f"build {build.number} of {build.project} has no run {key}")
    return found


def jobs(session: Session, build: Row[Any]) -> list[Row[Any]]:
    """Return all jobs of a build whose row is locked, in the order in which they were made, locked too."""
    return list(session.execute(JOBS, {"run_id": build.run_id}).all())


def named(session: Session, job_id: int) -> Row[Any] | None:
    """Return ``project``, ``number`` and ``key`` of a job by its number, unlocked; None where it is of no build."""
    return session.execute(NAMED, {"job_id": job_id}).first()


def held(session: Session, project: str, number: int, key: str) -> Row[Any] | None:
    """Return a job and its live lease: ``lease_id``, ``digest``, ``heard``, ``machine_id``; None where nobody holds it.

    The job alone is locked: enough to add to its log, not to give it another status.
    """
    return session.execute(HELD, {"project": project, "number": number, "key": key}).first()
