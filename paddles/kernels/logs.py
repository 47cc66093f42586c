"""Logs of jobs: each packed once in the file store, in parts that can be unpacked without the others."""

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text

from paddles.archive import contents
from paddles.archive.contents import Store
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Unavailable

# So many entries are in a part; each begins so, and what stands below it is its own.
PART = 500
ENTRY = "- "
GZIP = 16 + zlib.MAX_WBITS
# Nearly as small as by more work.
EFFORT = 3

STORE = text("""
    INSERT INTO kernel_logs (job_id, digest, size, lines, levels, parts)
    VALUES (:job_id, :digest, :size, :lines, CAST(:levels AS jsonb), :parts)
    ON CONFLICT (job_id) DO UPDATE SET digest = EXCLUDED.digest, size = EXCLUDED.size, lines = EXCLUDED.lines,
        levels = EXCLUDED.levels, parts = EXCLUDED.parts
""")
FORGET = hot("DELETE FROM kernel_logs WHERE job_id = :job_id")
_SHOWN = "kernel_logs.job_id, digest, size, lines, CAST(levels AS text) AS levels, parts"
OF_JOB = hot(f"SELECT {_SHOWN} FROM kernel_logs WHERE job_id = :job_id", "job_id digest size lines levels parts")


class Packed(NamedTuple):
    """A packed log: ``parts`` are the places in ``content`` at which each ``PART`` of its ``lines`` begins."""

    content: bytes
    digest: bytes
    lines: int
    parts: list[int]


def pack(log: str) -> Packed | None:
    """Return a log packed by gzip, as it came, None where it has no entry."""
    content, parts, entries = bytearray(), [], 0
    part: list[str] = []
    for line in io.StringIO(log, newline="\n"):
        begins = line.startswith(ENTRY)
        if begins and entries % PART == 0 and entries:
            parts.append(len(content))
            content += _packed(part)
            part = []
        entries += begins
        part.append(line)
    if not entries:
        return None
    parts.append(len(content))
    content += _packed(part)
    return Packed(bytes(content), contents.digest(bytes(content)), entries, parts)


def store(session: Session, job_id: int, packed: Packed, levels: Sequence[str]) -> None:
    """Note the log of a job, in place of the one that it had; ``levels`` are those of its lines."""
    counted = {level: number for level, number in Counter(levels).items() if level}
    values = {"digest": packed.digest, "size": len(packed.content), "lines": packed.lines, "parts": packed.parts}
    session.execute(STORE, {**values, "job_id": job_id, "levels": orjson.dumps(counted).decode()})


def forget(session: Session, job_id: int) -> None:
    """Forget the log of a job: what is said of it now has none."""
    session.execute(FORGET, {"job_id": job_id})


def of_job(session: Session, job_id: int) -> Row[Any] | None:
    """Return what is known of the log of a job: ``digest``, ``size``, ``lines``, ``levels`` as JSON text, ``parts``.

    None where it has no log.
    """
    return session.execute(OF_JOB, {"job_id": job_id}).first()


def entries(store: Store, log: Row[Any], first: int) -> Iterator[str]:
    """Yield the entries of a log from a number, from 1, on; no part before that of the first is read.

    Raises:
        Unavailable: the store does not have it as it was.
    """
    begin = (first - 1) // PART
    places = [*log.parts, log.size]
    for number in range(begin, len(log.parts)):
        packed = b"".join(contents.pieces(store, bytes(log.digest), places[number], places[number + 1]))
        yield from _entries(packed)[first - 1 - begin * PART if number == begin else 0 :]


def _packed(lines: Sequence[str]) -> bytes:
    return gzip.compress("".join(lines).encode(errors="replace"), EFFORT, mtime=0)


def _entries(packed: bytes) -> list[str]:
    try:
        text_ = zlib.decompress(packed, GZIP).decode(errors="replace")
    except zlib.error as error:
        raise Unavailable("the log is damaged") from error
    return [line for line in text_.split("\n") if line.startswith(ENTRY)]
