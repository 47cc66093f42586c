"""The files of the jobs of builds: the log first, then what their holders put there, or what lies elsewhere."""

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.archive import contents, files
from paddles.archive.contents import Received
from paddles.archive.status import FINISHED
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from paddles.lab import leases
from paddles.projects import consoles, signing
from paddles.projects.signing import Access
from paddles.projects.states import OF_JOB
from paddles.settings import Settings

# Names that are ours.
OURS = re.compile(r"console\.log|console\.attempt-\d+\.log|\.rundef\.json|\.simulate\.sh|progress-regex|create_signed")

_SHOWN = f"""jobs.id, jobs.run_id, jobs.key, jobs.status, {OF_JOB} AS state, jobs.reason, jobs.attempt,
    build_jobs.host_tag, build_jobs.log_of, build_jobs.log_size, octet_length(build_jobs.log_held) AS held,
    machines.name AS machine, files.digest, contents.size, links.url"""
_SHOWN_NAMES = "id run_id key status state reason attempt host_tag log_of log_size held machine digest size url"
_BESIDES = """JOIN build_jobs ON build_jobs.job_id = jobs.id
    LEFT JOIN leases ON leases.job_id = jobs.id AND leases.ended IS NULL
    LEFT JOIN machines ON machines.id = leases.machine_id
    LEFT JOIN files ON files.job_id = jobs.id AND files.path = :path
    LEFT JOIN contents ON contents.digest = files.digest
    LEFT JOIN links ON links.job_id = jobs.id AND links.path = :path"""
OF_BUILD = hot(
    f"""
    SELECT {_SHOWN} FROM projects JOIN builds ON builds.project_id = projects.id
    JOIN jobs ON jobs.run_id = builds.run_id {_BESIDES}
    WHERE projects.name = :project AND builds.number = :number AND jobs.key = :key""",
    _SHOWN_NAMES,
)
NUMBERED = hot(f"SELECT {_SHOWN} FROM jobs {_BESIDES} WHERE jobs.id = :job_id", _SHOWN_NAMES)
HOLDER = hot(
    """
    SELECT leases.digest, leases.expires FROM jobs JOIN leases ON leases.job_id = jobs.id AND leases.ended IS NULL
    WHERE jobs.id = :job_id AND jobs.kind = 'build' FOR NO KEY UPDATE OF jobs, leases""",
    "digest expires",
)
REPLACE = hot("""
    INSERT INTO files (job_id, path, digest, stored) VALUES (:job_id, :path, :digest, :now)
    ON CONFLICT (job_id, path) DO UPDATE SET digest = :digest, stored = :now
""")
COUNT = hot("""
    SELECT count(*) FILTER (WHERE path <> :path) AS others FROM files WHERE job_id = :job_id
""")
LISTED = text("""
    SELECT job_id, path, size FROM (
        SELECT files.job_id, files.path, contents.size
        FROM files JOIN contents ON contents.digest = files.digest WHERE files.job_id = ANY (:ids)
        UNION ALL SELECT links.job_id, links.path, links.size FROM links WHERE links.job_id = ANY (:ids)
        UNION ALL SELECT build_jobs.job_id, :console, build_jobs.log_size FROM build_jobs
        WHERE build_jobs.job_id = ANY (:ids) AND build_jobs.host_tag <> '' AND NOT EXISTS (
            SELECT FROM files WHERE files.job_id = build_jobs.job_id AND files.path = :console)) AS found
    ORDER BY job_id, path
""")


class Listed(NamedTuple):
    """A file of a job, and how many bytes it has."""

    path: str
    size: int


def of_build(session: Session, project: str, number: int, key: str, path: str) -> Row[Any]:
    """Return a job of a build, and of a file of it ``digest`` and ``size``, or the ``url`` where it lies elsewhere.

    ``machine`` is who has the job now. Raises NotFound: there is no such job.
    """
    values = {"project": project, "number": number, "key": key, "path": path}
    found = session.execute(OF_BUILD, values).first()
    if found is None:
        raise NotFound(f"build {number} of {project} has no run {key}")
    return found


def numbered(session: Session, job_id: int, path: str) -> Row[Any]:
    """Do what :func:`of_build` does for a job by its number."""
    found = session.execute(NUMBERED, {"job_id": job_id, "path": path}).first()
    if found is None:
        raise NotFound(f"there is no file {path}")
    return found


def size(job: Row[Any], path: str) -> int:
    """Return how long a file of a job that has ended is. Raises NotFound: it has none of this path."""
    if job.digest is not None:
        return int(job.size)
    if path != consoles.CONSOLE or job.status not in FINISHED:
        raise NotFound(f"run {job.key} has no file {path}")
    return consoles.size(job)


def pieces(settings: Settings, job: Row[Any], start: int, stop: int) -> Iterator[bytes]:
    """Yield a part of a file that :func:`size` knows."""
    if job.digest is not None:
        return contents.pieces(contents.store(settings), bytes(job.digest), start, stop)
    return consoles.pieces(contents.directory(settings), job, start, stop)


def listed(session: Session, job_ids: Sequence[int]) -> dict[int, list[Listed]]:
    """Return the files of jobs by their numbers, each by path: the log too, but of a job that was done elsewhere."""
    found: dict[int, list[Listed]] = {job_id: [] for job_id in job_ids}
    for row in session.execute(LISTED, {"ids": list(job_ids), "console": consoles.CONSOLE}):
        found[row.job_id].append(Listed(row.path, row.size))
    return found


def upload_path(name: str) -> str:
    """Return the path that a holder's file of this name is kept under. Raises Invalid when it has no place there."""
    path = files.checked_path(name.split("/"))
    if OURS.fullmatch(path):
        raise Invalid(f"{path} is not for runs to write")
    return path


class Place(NamedTuple):
    """Where a file is to be put, of which content type, and what stands in that address to show that it may be."""

    job_id: int
    path: str
    kind: str
    expires: str
    signature: str


def admit(session: Session, place: Place, keep: datetime.timedelta, now: datetime.datetime) -> None:
    """Let a file be put where the holder of its job was told to, who keeps the job for ``keep`` at least.

    Raises:
        Unauthenticated: the address was not signed for this, its time is over, or the job has ended.
        Conflict: the job has too many files.
    """
    lease = session.execute(HOLDER, {"job_id": place.job_id}).first()
    if lease is None or lease.digest is None:
        raise Unauthenticated("the run has ended")
    access = Access("PUT", str(place.job_id), place.path, place.kind)
    signing.check(bytes(lease.digest), access, place.expires, place.signature, now)
    if session.execute(COUNT, {"job_id": place.job_id, "path": place.path}).one().others >= files.MOST_FILES:
        raise Conflict(f"a run has at most {files.MOST_FILES} files")
    leases.renew(session, place.job_id, max(lease.expires, now + keep), now)


def expect(session: Session, received: Received, now: datetime.datetime) -> None:
    """Know of a file that has come and is about to be stored."""
    files.expect(session, {received.name: received.size}, now)


def record(session: Session, place: Place, received: Received, now: datetime.datetime) -> None:
    """Note a file that is stored now, in the place of another of its path.

    Raises:
        Unauthenticated: the job has ended meanwhile.
        Unavailable: that took too long, and the content is gone: it is to be sent again.
    """
    if session.scalar(HOLDER, {"job_id": place.job_id}) is None:
        raise Unauthenticated("the run has ended")
    if session.scalar(files.EXPECTED, {"digest": received.name}) is None:
        raise Unavailable("the file was not kept, please send it again")
    session.execute(REPLACE, {"job_id": place.job_id, "path": place.path, "digest": received.name, "now": now})
