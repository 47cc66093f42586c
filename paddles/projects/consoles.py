"""The console logs of jobs: what their holders say, added as it comes, and how it is shown.

A log is a file that grows (``archive.logs``); how much of it counts is in the job's row, and both change together. When
the job has ended ``projects.filing`` makes one of its files of it.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from paddles.archive import logs
from paddles.archive.status import FINISHED
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.projects import masking
from paddles.projects.masking import Held

# What the log of a job is called among its files, and that of an earlier attempt at it.
CONSOLE = "console.log"
EARLIER = "console.attempt-{}.log"
FULL = b"\n== The log is full: it has at most %d bytes, and what came after these was not kept.\n"
SENT = b"# Run sent to worker: %s\n"
# Why the service itself ended a job, as its log says it.
WHY = {
    "lost": "The run was lost: its worker was not heard of any more.",
    "cancelled": "The run was cancelled.",
    "expired": "The run was lost: nothing was heard of it any more.",
}
# A lease that lasts for nearly as long as it could is left alone.
NEARLY = 0.9

MACHINE = hot("SELECT name FROM machines WHERE id = :machine_id")
SET_ASIDE = hot("UPDATE files SET path = :earlier WHERE job_id = :job_id AND path = :console")
ADD = hot("""
    WITH renewed AS (
        UPDATE leases SET expires = :expires, heard = COALESCE(heard, :now)
        WHERE id = :lease_id AND (heard IS NULL OR expires < :soon))
    UPDATE build_jobs SET log_of = :attempt, log_size = :size, log_received = :received, log_held = :held,
        log_covered = :covered, said = COALESCE(:said, said)
    WHERE job_id = :job_id
""")


@dataclass(frozen=True)
class Piece:
    """What the holder of a job sends for its log; ``offset`` is where this begins in all that it sends, if it says so.

    ``said`` is a note, None for no new one. With ``last`` nothing follows.
    """

    data: bytes
    offset: int | None = None
    said: str | None = None
    last: bool = False


@dataclass(frozen=True)
class Keeping:
    """How a log is kept: in which folder, up to which size, and how long its job is its holder's who was heard.

    ``masked`` is what is not shown in it.
    """

    folder: Path
    most_bytes: int
    lease: datetime.timedelta
    masked: Sequence[bytes] = ()


def add(session: Session, job: Row[Any], piece: Piece, keeping: Keeping, now: datetime.datetime) -> int:
    """Add to the log of a job, a row of ``locks.held``, and return how much its holder has sent.

    Its lease is renewed. Of what says where it begins only that is taken which goes beyond all that was sent so far,
    so that nothing is there twice; what does not say it is taken whole. Beyond ``most_bytes`` nothing is, and the log
    says so. What is ``masked`` is starred, and the end of a piece that may be the beginning of it waits for the next.

    Raises:
        Unavailable: the log cannot be written.
    """
    shown, received, held = _shown(job, piece, keeping.masked)
    size, first = job.log_size, b""
    if job.log_of != job.attempt:
        size, first = 0, _begun(session, job, keeping.folder)
    data = _within(first + shown, size, keeping.most_bytes)
    values = {
        "job_id": job.id,
        "lease_id": job.lease_id,
        "attempt": job.attempt,
        "size": size + len(data),
        "received": received,
        "held": held.content,
        "covered": held.covered,
        "said": piece.said,
        "now": now,
        "expires": now + keeping.lease,
        "soon": now + keeping.lease * NEARLY,
    }
    # First, so that nobody writes whose transaction is not worth anything any more.
    session.execute(ADD, values)
    if data:
        logs.append(keeping.folder, job.id, job.attempt, size, data)
    return received


def last(job: Row[Any], piece: Piece, masked: Sequence[bytes]) -> bytes:
    """Return what the log of a job would end with if a piece were its last: what was held back until then included."""
    return _shown(job, replace(piece, last=True), masked)[0]


def heading(machine: str | None) -> bytes:
    """Return the first line of a log."""
    return SENT % (machine or "?").encode()


def closing(reason: str | None, size: int) -> bytes:
    """Return the last line of a log of ``size`` bytes of a job that the service ended for a reason; mostly none."""
    line = f"== {WHY.get(reason, reason)}\n".encode() if reason else b""
    return b"\n" + line if size and line else line


def pieces(folder: Path, job: Row[Any], start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes from ``start`` to before ``stop`` of a log that is no file of its job yet.

    ``job`` has ``id``, ``status``, ``reason``, ``log_of``, ``log_size``, and ``held``, how many bytes were held back.
    """
    yield from logs.pieces(folder, job.id, job.log_of, start, min(stop, job.log_size))
    rest = _end(job)
    yield rest[max(0, start - job.log_size) : max(0, stop - job.log_size)]


def size(job: Row[Any]) -> int:
    """Return how long the log of such a job is."""
    return int(job.log_size) + len(_end(job))


def _end(job: Row[Any]) -> bytes:
    if job.status not in FINISHED:
        return b""
    # Its holder said no last word: nobody knows what the bytes were to become that look like a secret.
    held = masking.STAR * int(job.held)
    return held + closing(job.reason, job.log_size + len(held))


def _begun(session: Session, job: Row[Any], folder: Path) -> bytes:
    """Put aside what is there of the attempt before, and return the first line of the new log."""
    if logs.size(folder, job.id, job.log_of):
        # Nobody adds to it any more: what lies behind its end was left by somebody who was killed.
        logs.append(folder, job.id, job.log_of, job.log_size, masking.STAR * len(job.log_held))
    if job.log_of:
        renamed = {"job_id": job.id, "console": CONSOLE, "earlier": EARLIER.format(job.log_of)}
        session.execute(SET_ASIDE, renamed)
    return heading(session.scalar(MACHINE, {"machine_id": job.machine_id}))


def _shown(job: Row[Any], piece: Piece, masked: Sequence[bytes]) -> tuple[bytes, int, Held]:
    """Return what a piece adds to the log of a job, how much was sent with it, and what is held back then."""
    received, held = 0, masking.NOTHING
    if job.log_of == job.attempt:
        received, held = job.log_received, Held(bytes(job.log_held), job.log_covered)
    new, received = _new(piece, received)
    shown, held = masking.masked(held, new, masked)
    if piece.last:
        shown, held = shown + masking.rest(held, masked), masking.NOTHING
    return shown, received, held


def _new(piece: Piece, received: int) -> tuple[bytes, int]:
    """Return what of a piece was not there before, and how much was sent with it."""
    if piece.offset is None:
        return piece.data, received
    return piece.data[max(0, received - piece.offset) :], max(received, piece.offset + len(piece.data))


def _within(data: bytes, size: int, most: int) -> bytes:
    if size > most or not data:
        return b""
    return data if size + len(data) <= most else data[: most - size] + FULL % most
