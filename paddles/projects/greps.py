"""The last word of a job whose log is searched for tests by its definition: searched before it counts.

The rows are let go meanwhile; what was found is worth nothing when the log is another one then.
"""

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson
from sqlalchemy import Row

from paddles.archive import logs
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Invalid, Unavailable
from paddles.projects import consoles, grepping
from paddles.projects.consoles import Piece

# Runners wait for an answer for 15 s.
CPU_S = 3

WANTED = hot("SELECT document -> 'test-grepping' AS wanted FROM jobs WHERE id = :job_id", "wanted")


@dataclass(frozen=True)
class Found:
    """The tests that a log tells of, or the ``reason`` why they cannot be known."""

    tests: Sequence[Mapping[str, Any]] = ()
    reason: str | None = None

    @property
    def failed(self) -> bool:
        """Whether one of them has."""
        return any(test["status"] == "fail" for test in self.tests)


NOTHING = Found()


def wanted(session: Session, job_id: int) -> Mapping[str, Any] | None:
    """Return how the log of a job is to be searched, None where it is not."""
    found: Mapping[str, Any] | None = orjson.loads(session.scalar(WANTED, {"job_id": job_id}) or b"null")
    return found


def search(folder: Path, job: Row[Any], piece: Piece, how: Mapping[str, Any], masked: Sequence[bytes]) -> Found:
    """Search the log of a job, a row of ``locks.held``, as it will be with a last piece, without what is ``masked``."""
    last = consoles.last(job, piece, masked)
    size = job.log_size if job.log_of == job.attempt else 0

    def pieces() -> Iterator[bytes]:
        yield from logs.pieces(folder, job.id, job.attempt, 0, size)
        yield last

    with flowing(pieces()) as log:
        try:
            return Found(grepping.found(log, how, cpu_s=CPU_S))
        except Invalid as error:
            return Found(reason=str(error))


def confirm(before: Row[Any], now: Row[Any]) -> None:
    """Make sure that a log is still the one that was searched. Raises Unavailable: it is to be reported once more."""
    then, there = (
        (row.attempt, row.log_of, row.log_size, row.log_received, bytes(row.log_held)) for row in (before, now)
    )
    if then != there:
        raise Unavailable("the log has grown meanwhile, please say so once more")


@contextlib.contextmanager
def flowing(pieces: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """Give a file that another process can read ``pieces`` from, while a thread brings them.

    Raises:
        Unavailable: at the end, when not all of them could be brought.
    """
    reader, writer = os.pipe()
    faults: list[OSError] = []
    thread = threading.Thread(target=_pour, args=(writer, pieces, faults))
    thread.start()
    try:
        with open(reader, "rb") as log:
            yield log
    finally:
        thread.join()
    if faults:
        raise Unavailable(f"the log cannot be read: {faults[0].strerror or faults[0]}")


def _pour(writer: int, pieces: Iterable[bytes], faults: list[OSError]) -> None:
    try:
        with open(writer, "wb") as log:
            for piece in pieces:
                log.write(piece)
    except BrokenPipeError:
        # Whoever reads has heard enough.
        return
    except OSError as error:
        faults.append(error)
