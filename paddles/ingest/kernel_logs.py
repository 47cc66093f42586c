"""Logs of LAVA, kept beside their jobs: whole in the file store, and the lines that people look for as rows."""

import datetime
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from paddles.archive import files
from paddles.db.session import Session
from paddles.ingest import values
from paddles.ingest.lava_log import Line
from paddles.kernels import log_lines, logs
from paddles.kernels.log_lines import Index, Said
from paddles.kernels.logs import Packed

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


def _said(log: Log, happened: datetime.datetime) -> Iterator[Said]:
    for number, line in enumerate(log.lines, 1):
        if log_lines.wanted(line.level, line.message, log.wanted):
            yield Said(number, line.level, values.moment(line.at) or happened, line.message)
