"""Which log a job has: what a lab sent, else what its holder said or says, else a file that is called as logs are."""

from functools import partial
from typing import Any

from sqlalchemy import Row

from paddles.archive import contents, logs
from paddles.archive.status import FINISHED
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.joblogs.packed import Packed
from paddles.joblogs.texts import Text
from paddles.kernels import logs as kernel_logs
from paddles.projects import consoles
from paddles.settings import Settings

# What logs are called among the files of jobs, the best first.
NAMES = (consoles.CONSOLE, "teuthology.log", "dmesg", "kmsg", "output", "stdout", "stderr", "boot.log", "console")
# What cannot be read from the middle.
UNREADABLE = (".gz", ".xz", ".bz2", ".zst", ".zip", ".tar", ".tgz", ".cgz")
_FOUND = "id kind status reason attempt log_of log_size held path digest size"
FOUND = hot(
    """
    SELECT jobs.id, jobs.kind, jobs.status, jobs.reason, jobs.attempt, build_jobs.log_of, build_jobs.log_size,
        octet_length(build_jobs.log_held) AS held, file.path, file.digest, file.size
    FROM jobs LEFT JOIN build_jobs ON build_jobs.job_id = jobs.id
    LEFT JOIN LATERAL (
        SELECT files.path, files.digest, contents.size FROM files JOIN contents ON contents.digest = files.digest
        WHERE files.job_id = jobs.id AND files.path = ANY (CAST(:paths AS text[]))
        ORDER BY array_position(CAST(:paths AS text[]), files.path) LIMIT 1) AS file ON true
    WHERE jobs.id = :job_id""",
    _FOUND,
)

Log = Packed | Text


def of_job(session: Session, settings: Settings, job_id: int, path: str = "") -> Log:
    """Return the log of a job, or a file of it as a log, by its ``path``.

    Raises:
        NotFound: there is no such job, or no log of it, or no such file.
        Invalid: the file is packed, so that nobody can read it from the middle.
    """
    if not path:
        row = kernel_logs.of_job(session, job_id)
        if row is not None:
            return Packed(session, row, contents.store(settings), listed=settings.log_index != "none")
    return _text(session, settings, job_id, path)


def _text(session: Session, settings: Settings, job_id: int, path: str) -> Text:
    if path.endswith(UNREADABLE):
        raise Invalid(f"file: {path} is packed, and can only be had as it is")
    values = {"job_id": job_id, "paths": [path] if path else list(NAMES)}
    job = session.execute(FOUND, values).first()
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    if job.path != consoles.CONSOLE and path in ("", consoles.CONSOLE) and job.log_of:
        return _growing(job, settings)
    if job.digest is None:
        raise NotFound(f"job {job_id} has no {f'file {path}' if path else 'log'}")
    digest = bytes(job.digest)
    pieces = partial(contents.pieces, contents.store(settings), digest)
    return Text(job.id, job.kind, job.path, f"file-{digest.hex()}", int(job.size), pieces)


def _growing(job: Row[Any], settings: Settings) -> Text:
    """Return the log of a job that is none of its files yet."""
    folder, name = contents.directory(settings), f"job-{job.id}-{job.log_of}"
    if job.status in FINISHED:
        return Text(job.id, job.kind, consoles.CONSOLE, name, consoles.size(job), partial(consoles.pieces, folder, job))
    # What others have seen of it meanwhile may be read too.
    pieces = partial(logs.pieces, folder, job.id, job.log_of)
    return Text(job.id, job.kind, consoles.CONSOLE, name, int(job.log_size), pieces, growing=True)
