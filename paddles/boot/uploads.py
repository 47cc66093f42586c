"""Results that a machine uploads while it runs its job."""

import datetime
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.archive import files, status
from paddles.boot.defaults import RESULTS, result_root
from paddles.db.session import Session
from paddles.errors import Closed, Conflict, Forbidden, Unauthenticated
from paddles.lab import reports

# What a job says since its first file came. A job that never said it has none, which then nobody need ask.
READINESS = "job_data_readiness"


@dataclass(frozen=True)
class Upload:
    """A file that somebody sends for a job.

    Attributes:
        parts: of its path below ``/result/``.
        token: what is said to prove that it comes from the job's machine, blank for nothing.
    """

    job_id: int
    parts: Sequence[str]
    token: str
    digest: bytes
    size: int


def token(key: str, job_id: int, attempt: int) -> str:
    """Return by what the machine is known that makes this attempt at a job; another attempt has another one."""
    return hmac.new(key.encode(), f"{job_id}.{attempt}".encode(), hashlib.sha256).hexdigest()


def expected(session: Session, upload: Upload, key: str, now: datetime.datetime) -> bool:
    """Prepare for an upload, and say whether its content is to be written now; it is not when it is there already.

    Without a ``key`` nobody needs a token.

    Raises:
        NotFound: there is no such job.
        Unauthenticated: there is no token.
        Forbidden: it is not that of the machine that has the job now; or the place is not below its result root.
        Invalid: the path leads elsewhere.
        Closed: the job is over.
        Conflict: no machine has it yet; it has another file there, or too many.
    """
    _, path = _admitted(session, upload, key)
    if path is None:
        return False
    files.expect(session, {upload.digest: upload.size}, now)
    return True


def record(session: Session, upload: Upload, key: str, now: datetime.datetime) -> None:
    """Note an upload whose content is written, if it is still wanted. Raises as :func:`expected`.

    The job says from now on that it has files. Its machine was heard: the job is not somebody else's again, who would
    find results that are not his own.
    """
    job, path = _admitted(session, upload, key)
    if path is None:
        return
    files.add(session, job.id, path, upload.digest, now)
    document = orjson.loads(job.document)
    said = {READINESS: document.get(READINESS) or "uploading"}
    reports.hear(session, job, document, said, now, expires=None)


def _admitted(session: Session, upload: Upload, key: str) -> tuple[Row[Any], str | None]:
    """Return the job of an upload, its row locked, and the path to keep it under; None when it is kept already."""
    job = reports.lock_boot(session, upload.job_id)
    _refuse_stranger(job, upload, key)
    path = _below_root(job, upload.parts)
    if job.status in status.FINISHED:
        raise Closed(f"job {job.id} is over and takes no results any more")
    if job.status != "running":
        raise Conflict(f"job {job.id} was given to no machine yet")
    return job, path if files.wanted(session, job.id, path, upload.digest) else None


def _refuse_stranger(job: Row[Any], upload: Upload, key: str) -> None:
    if not key:
        return
    if not upload.token:
        raise Unauthenticated("could not find required key: 'job_token'")
    if not hmac.compare_digest(upload.token.encode(), token(key, job.id, job.attempt).encode()):
        raise Forbidden("this is not the token of the job's machine")


def _below_root(job: Row[Any], parts: Sequence[str]) -> str:
    # Not what the job says of its result root: that may have been reported by anybody.
    root = result_root(orjson.loads(job.document)["suite"], job.id) + "/"
    whole = f"{RESULTS}/{files.checked_path(parts)}"
    if not whole.startswith(root):
        raise Forbidden(f"results of job {job.id} go below {root}")
    return whole.removeprefix(root)
