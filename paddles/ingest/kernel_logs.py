"""Logs of LAVA, kept beside their jobs: whole in the file store, and the lines that people look for as rows."""

import datetime
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Row

from paddles.archive import files
from paddles.archive.contents import Store
from paddles.db.session import Session
from paddles.ingest import lava_log, values
from paddles.ingest.lava_log import Line
from paddles.kernels import log_lines, logs
from paddles.kernels.log_lines import Index, Said
from paddles.kernels.logs import Packed

# Of one answer so many lines are looked at.
MOST = 50_000
DIGITS = 12


class Log(NamedTuple):
    """A log that is to be kept: packed, and its lines."""

    packed: Packed
    lines: Sequence[Line]
    wanted: Index


def store(session: Session, job_id: int, log: Log | None, happened: datetime.datetime, now: datetime.datetime) -> None:
    """Keep the log of a job, in place of the one that it had; its content was expected (``files``) and is written.

    A line that does not say when it was said was said when its job ``happened``.

    Raises:
        Unavailable: that took too long, and the content is gone.
    """
    if log is None:
        logs.forget(session, job_id)
        log_lines.store(session, job_id, ())
        return
    digest = log.packed.digest
    # What was said before stays among the job's files.
    files.add(session, job_id, f"lava-log-{digest.hex()[:DIGITS]}.yaml.gz", digest, now)
    logs.store(session, job_id, log.packed, [line.level for line in log.lines])
    log_lines.store(session, job_id, _said(log, happened))


def read(store: Store, log: Row[Any], first: int, last: int, levels: Sequence[str]) -> Iterator[tuple[int, Line]]:
    """Yield lines of a log with their numbers, from ``first`` to ``last``, those of some levels where any are named.

    Not more than ``MOST`` are looked at.
    """
    for number, entry in enumerate(islice(logs.entries(store, log, first), max(0, min(last - first + 1, MOST))), first):
        line = lava_log.line(entry)
        if not levels or line.level in levels:
            yield number, line


def _said(log: Log, happened: datetime.datetime) -> Iterator[Said]:
    for number, line in enumerate(log.lines, 1):
        if log_lines.wanted(line.level, line.message, log.wanted):
            yield Said(number, line.level, values.moment(line.at) or happened, line.message)
