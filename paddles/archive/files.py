"""The files that jobs left behind, and the contents that they name.

A content has a row before it is written to the disk and until it is gone from there: nothing lies there of which the
database does not know.
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import contents, job_search
from paddles.archive.contents import Store
from paddles.db.pages import Page
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound, Unavailable

MOST_FILES = 10_000
LONGEST_PATH, LONGEST_NAME = 1024, 255
UNWRITABLE = re.compile(r"[\x00-\x1f\x7f/\ud800-\udfff]")
# For so long a content may be there before a file names it.
PATIENCE = datetime.timedelta(hours=1)

COUNT = hot("""
    SELECT (SELECT count(*) FROM files WHERE job_id = :job_id) AS n,
        (SELECT digest FROM files WHERE job_id = :job_id AND path = :path) AS digest
""")
EXPECT = hot("""
    INSERT INTO contents (digest, size, stored)
    SELECT DISTINCT digest, size, CAST(:now AS timestamptz)
    FROM unnest(CAST(:digests AS bytea[]), CAST(:sizes AS bigint[])) AS new (digest, size) ORDER BY digest
    ON CONFLICT (digest) DO UPDATE SET stored = EXCLUDED.stored
""")
EXPECTED = hot("SELECT digest FROM contents WHERE digest = :digest FOR KEY SHARE")
ADD = hot("""
    INSERT INTO files (job_id, path, digest, stored) VALUES (:job_id, :path, :digest, :now)
    ON CONFLICT (job_id, path) DO NOTHING RETURNING id
""")
ANY = hot("SELECT EXISTS (SELECT FROM files WHERE job_id = :job_id)")
OF_JOB = text("""
    SELECT files.path, files.digest, contents.size, files.stored
    FROM files JOIN contents ON contents.digest = files.digest WHERE files.job_id = :job_id ORDER BY files.path
""")
PAGE = text("""
    SELECT files.path, contents.size, files.stored, jobs.id AS job_id, jobs.document ->> 'suite' AS suite
    FROM runs JOIN jobs ON jobs.run_id = runs.id
    JOIN files ON files.job_id = jobs.id JOIN contents ON contents.digest = files.digest
    WHERE runs.name = :run AND jobs.key = :key ORDER BY files.path LIMIT :limit OFFSET :offset
""")
ONE = text("""
    SELECT files.digest FROM files JOIN jobs ON jobs.id = files.job_id
    WHERE files.job_id = :job_id AND files.path = :path AND jobs.document ->> 'suite' = :suite
""")
UNNAMED = text("""
    SELECT digest FROM contents
    WHERE stored < :before AND NOT EXISTS (SELECT FROM files WHERE files.digest = contents.digest)
        AND NOT EXISTS (SELECT FROM receipts WHERE receipts.digest = contents.digest)
    ORDER BY digest LIMIT :limit FOR UPDATE SKIP LOCKED
""")
STILL_UNNAMED = text("""
    SELECT digest FROM contents
    WHERE digest = ANY (:digests) AND NOT EXISTS (SELECT FROM files WHERE files.digest = contents.digest)
        AND NOT EXISTS (SELECT FROM receipts WHERE receipts.digest = contents.digest)
""")
FORGET = text("DELETE FROM contents WHERE digest = ANY (:digests)")


def checked_path(parts: Sequence[str]) -> str:
    """Return the parts of a path as one, below where it is told to be. Raises Invalid when it could lead elsewhere."""
    for part in parts:
        if part in ("", ".", "..") or len(part.encode(errors="replace")) > LONGEST_NAME or UNWRITABLE.search(part):
            raise Invalid("the path of a file is made of names without slashes and control characters")
    path = "/".join(parts)
    if not path or len(path.encode()) > LONGEST_PATH:
        raise Invalid(f"the path of a file has 1 to {LONGEST_PATH} bytes")
    return path


def wanted(session: Session, job_id: int, path: str, digest: bytes) -> bool:
    """Say whether a file of a job, whose row the caller has locked, is new; it is not when it is there already.

    Raises:
        Conflict: there is another of this path, or the job has ``MOST_FILES``.
    """
    row = session.execute(COUNT, {"job_id": job_id, "path": path}).one()
    if row.digest is not None and bytes(row.digest) != digest:
        raise Conflict(f"the job has another file {path} already")
    if row.digest is None and row.n >= MOST_FILES:
        raise Conflict(f"a job has at most {MOST_FILES} files")
    return row.digest is None


def expect(session: Session, expected: Mapping[bytes, int], now: datetime.datetime) -> None:
    """Know of contents, each with its size, that are about to be written, or are there.

    They then stay for ``PATIENCE`` without anything that names them.
    """
    session.execute(EXPECT, {"digests": list(expected), "sizes": list(expected.values()), "now": now})


def add(session: Session, job_id: int, path: str, digest: bytes, now: datetime.datetime) -> None:
    """Note a new file of a job, whose content was expected and is written.

    Raises:
        Unavailable: that took too long, and the content is gone: it is to be sent again.
    """
    if session.scalar(EXPECTED, {"digest": digest}) is None:
        raise Unavailable("the file was not kept, please send it again")
    session.execute(ADD, {"job_id": job_id, "path": path, "digest": digest, "now": now})


def any_of(session: Session, job_id: int) -> bool:
    """Say whether a job has left files."""
    return bool(session.scalar(ANY, {"job_id": job_id}))


def of_job(session: Session, job_id: int) -> Sequence[Row[Any]]:
    """Return the files of a job by path: ``path``, ``digest``, ``size`` and ``stored``."""
    return session.execute(OF_JOB, {"job_id": job_id}).all()


def page(session: Session, run_name: str, key: str, wanted: Page) -> Sequence[Row[Any]]:
    """Return a page of the files of a job by path: ``path``, ``size``, ``stored``, ``job_id`` and the job's ``suite``.

    Raises:
        NotFound: no such job in no such run.
    """
    values = {"run": run_name, "key": key, "limit": wanted.limit, "offset": wanted.offset}
    found = session.execute(PAGE, values).all()
    if not found:
        job_search.one(session, run_name, key, "bare")
    return found


def one(session: Session, suite: str, job_id: int, path: str) -> bytes:
    """Return what the content of a file of a job, which is of this suite, is called. Raises NotFound."""
    digest = session.scalar(ONE, {"suite": suite, "job_id": job_id, "path": path})
    if digest is None:
        raise NotFound(f"job {job_id} of {suite} has no file {path}")
    return bytes(digest)


def clean(session: Session, store: Store, now: datetime.datetime, limit: int) -> int:
    """Take up to ``limit`` contents away that no file and no receipt names, and return how many.

    The disk comes first: should the transaction fail, what is gone is taken away once more.
    """
    found = [bytes(digest) for digest in session.scalars(UNNAMED, {"before": now - PATIENCE, "limit": limit})]
    # Asked again now that nobody can name them any more.
    unnamed = [bytes(digest) for digest in session.scalars(STILL_UNNAMED, {"digests": found})]
    contents.forget(store, unnamed)
    session.execute(FORGET, {"digests": unnamed})
    return len(unnamed)
