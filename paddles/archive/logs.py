"""Console logs that still grow: files below the file store, one for each attempt at a job.

How much of a file counts is recorded in the database, under the lock of the job's row. What lies behind that was left
by somebody who was killed, and is written over. A log that grows no more goes into the store as any other file.
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from paddles.archive import disks
from paddles.errors import Unavailable

log = logging.getLogger(__name__)

FOLDER = "logs"
# Jobs lie in so many folders, by their numbers.
FOLDERS = 1000
PIECE = 256 * 1024


def append(folder: Path, job_id: int, attempt: int, offset: int, data: bytes) -> None:
    """Have the log of an attempt end with ``data``, which begins at ``offset``, on the disk when this returns.

    What is there from that byte on goes. The same call again changes nothing. Where less is there than before that
    byte, somebody has taken it away: zeros stand for it, and the service's own log says so.

    Raises:
        Unavailable: it cannot be written, since the disk is full or refuses.
    """
    path = _path(folder, job_id, attempt)
    try:
        descriptor = _opened(path)
        try:
            size = os.fstat(descriptor).st_size
            if size > offset:
                os.ftruncate(descriptor, offset)
            if size < offset:
                log.error("%d bytes of the log of attempt %d at job %d are gone", offset - size, attempt, job_id)
            _write(descriptor, data, offset)
            # Its new size is needed to read it and is synced with it; its times are not.
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unavailable(f"the log cannot be written: {error.strerror}") from error


def read(folder: Path, job_id: int, attempt: int, start: int, stop: int) -> bytes:
    """Return the bytes of a log from ``start`` to before ``stop``, fewer where it ends; none where there is no log."""
    return b"".join(pieces(folder, job_id, attempt, start, stop))


def pieces(folder: Path, job_id: int, attempt: int, start: int, stop: int) -> Iterator[bytes]:
    """Yield what :func:`read` returns in pieces that fit into memory."""
    try:
        file = _path(folder, job_id, attempt).open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(start)
        while start < stop and (data := file.read(min(PIECE, stop - start))):
            start += len(data)
            yield data


def all_of(folder: Path) -> Iterator[tuple[int, int]]:
    """Yield the job and the attempt of every log that lies here."""
    for path in sorted((folder / FOLDER).glob("*/*.log")):
        job_id, _, attempt = path.stem.partition(".")
        if job_id.isdigit() and attempt.isdigit():
            yield int(job_id), int(attempt)


def size(folder: Path, job_id: int, attempt: int) -> int:
    """Return how many bytes lie in a log, known or not; 0 where there is none."""
    path = _path(folder, job_id, attempt)
    return path.stat().st_size if path.exists() else 0


def forget(folder: Path, job_id: int, attempt: int) -> None:
    """Take a log away; that it is gone does no harm."""
    _path(folder, job_id, attempt).unlink(missing_ok=True)


def _path(folder: Path, job_id: int, attempt: int) -> Path:
    return folder / FOLDER / f"{job_id % FOLDERS:03}" / f"{job_id}.{attempt}.log"


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    for folder in (path.parent, path.parent.parent):
        disks.sync(folder)
    return descriptor


def _write(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
