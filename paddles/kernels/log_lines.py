"""Lines of logs that people look for: kept as rows, with the words in them."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session

Index = Literal["errors", "all", "none"]
BATCH = 1000
# Of one log; a test that prints such lines for ever says nothing new.
MOST = 20_000
LONGEST = 10_000
# The last number that a line can have.
BIGGEST = 2**31 - 1
LEVELS = ("error", "exception", "warning", "results")
# What the board says of its kernel's troubles, and of tests that fail.
CONSOLE = ("target", "feedback")
TROUBLE = (
    *("panic", "Oops", "BUG:", "WARNING:", "KASAN", "UBSAN", "Call trace", "Call Trace", "call trace"),
    *("not ok", "FAIL"),
)

FORGET = hot("DELETE FROM log_lines WHERE job_id = :job_id")
ADD = text("""
    INSERT INTO log_lines (job_id, line, level, at, message)
    SELECT :job_id, line, level, at, message
    FROM unnest(CAST(:line AS integer[]), CAST(:level AS text[]), CAST(:at AS timestamptz[]), CAST(:message AS text[]))
        AS new (line, level, at, message)
""")
# Of those that are kept, those that say what went wrong; when they were said as logs have it.
TROUBLED = text("""
    SELECT line, level, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS at, message
    FROM log_lines WHERE job_id = :job_id AND line BETWEEN :first AND :last
        AND (level = ANY (:levels) OR (level = ANY (:console) AND message LIKE ANY (:trouble)))
    ORDER BY line LIMIT :most
""")


class Said(NamedTuple):
    """A line: its number, from 1, of which level it is, when it was said, and what."""

    line: int
    level: str
    at: datetime.datetime
    message: str


def wanted(level: str, message: str, index: Index) -> bool:
    """Say whether a line is one that people look for; of an empty one there is nothing to find."""
    if index == "none" or not message:
        return False
    return index == "all" or level in LEVELS or (level in CONSOLE and any(word in message for word in TROUBLE))


def store(session: Session, job_id: int, said: Iterable[Said]) -> None:
    """Keep lines of the log of a job, ``MOST`` of them, in place of those that were kept of it."""
    session.execute(FORGET, {"job_id": job_id})
    for some in _batches(islice(said, MOST)):
        columns = {name: [getattr(each, name) for each in some] for name in ("line", "level", "at")}
        messages = [each.message[:LONGEST] for each in some]
        session.execute(ADD, {"job_id": job_id, **columns, "message": messages})


def troubled(session: Session, job_id: int, first: int, last: int, most: int) -> Sequence[Row[Any]]:
    """Return the kept lines that ``errors`` would have kept, in order: ``line``, ``level``, ``at`` and ``message``."""
    words = {"levels": list(LEVELS), "console": list(CONSOLE), "trouble": [f"%{word}%" for word in TROUBLE]}
    part = {"first": min(first, BIGGEST), "last": min(last, BIGGEST), "most": most}
    return session.execute(TROUBLED, {"job_id": job_id, **part, **words}).all()


def _batches(said: Iterator[Said]) -> Iterator[Sequence[Said]]:
    while some := list(islice(said, BATCH)):
        yield some
