"""Logs that grow no more, on their way into the file store: an errand of the sweep, which may be killed at any point.

What lies in the folder of growing logs says what there is to do, the database what becomes of it. A log is taken from
there a round after it has become a file of its job, when nobody who did not know that still reads it.
"""

import datetime
import logging
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.archive import contents, files, logs
from paddles.archive.contents import Received
from paddles.archive.status import FINISHED
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import Unavailable
from paddles.lab import sweeps
from paddles.projects import consoles
from paddles.projects.consoles import CONSOLE, EARLIER
from paddles.settings import Settings

log = logging.getLogger(__name__)
NAME = "console logs"
# So many are looked at together.
BATCH = 500

_STATE = """
    SELECT jobs.id, jobs.status, jobs.reason, build_jobs.log_of, build_jobs.log_size,
        octet_length(build_jobs.log_held) AS held,
        ARRAY(SELECT path FROM files WHERE files.job_id = jobs.id AND path LIKE 'console.%' ORDER BY path) AS filed
    FROM jobs JOIN build_jobs ON build_jobs.job_id = jobs.id"""
STATES = text(f"{_STATE} WHERE jobs.id = ANY (:ids)")
LOCKED = text(f"{_STATE} WHERE jobs.id = :id FOR NO KEY UPDATE OF jobs, build_jobs")


class Growing(NamedTuple):
    """The log of an attempt at a job."""

    job_id: int
    attempt: int


def file_logs(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Make files of the logs of jobs that have ended and of attempts that are over, and return how many.

    What was received and never stored, by somebody who was killed, goes too.
    """
    folder = contents.directory(settings)
    found = [Growing(*place) for place in logs.all_of(folder)]
    handled = 0
    for at in range(0, len(found), BATCH):
        some = found[at : at + BATCH]
        states = read(database, partial(_states, some=some))
        handled += sum(_handle(database, settings, each, states.get(each.job_id), now) for each in some)
    contents.sweep(folder, (now - files.PATIENCE).timestamp(), BATCH)
    transact(database, lambda session: sweeps.record(session, NAME, now, handled))
    return handled


def _states(session: Session, some: list[Growing]) -> Mapping[int, Row[Any]]:
    return {row.id: row for row in session.execute(STATES, {"ids": [each.job_id for each in some]})}


def _handle(
    database: Database, settings: Settings, growing: Growing, job: Row[Any] | None, now: datetime.datetime
) -> int:
    """Do what there is to do about one log, and return 1 when that was something."""
    if job is not None and not _over(growing, job):
        return 0
    if job is None or growing.attempt > job.log_of or _name(growing, job) in job.filed:
        logs.forget(contents.directory(settings), *growing)
        return 1
    try:
        _file(database, settings, growing, job, now)
    except Unavailable as error:
        log.warning("the log of attempt %d at job %d stays where it is: %s", growing.attempt, growing.job_id, error)
        return 0
    return 1


def _over(growing: Growing, job: Row[Any]) -> bool:
    """Say whether a log grows no more. One of a later attempt than is known may be of a unit of work at this moment."""
    return growing.attempt < job.log_of or job.status in FINISHED


def _name(growing: Growing, job: Row[Any]) -> str:
    return CONSOLE if growing.attempt == job.log_of else EARLIER.format(growing.attempt)


def _file(database: Database, settings: Settings, growing: Growing, job: Row[Any], now: datetime.datetime) -> None:
    """Make a file of a log."""
    folder, store = contents.directory(settings), contents.store(settings)
    # As long as it has become; what the settings allow may have been more.
    received = contents.receive(folder, _pieces(folder, growing, job), _size(folder, growing, job))
    try:
        transact(database, lambda session: files.expect(session, {received.name: received.size}, now))
        contents.take(store, received)
        transact(database, lambda session: _note(session, growing, job, received, now))
    finally:
        contents.drop(received)


def _size(folder: Path, growing: Growing, job: Row[Any]) -> int:
    return consoles.size(job) if growing.attempt == job.log_of else logs.size(folder, *growing)


def _pieces(folder: Path, growing: Growing, job: Row[Any]) -> Iterator[bytes]:
    size = _size(folder, growing, job)
    if growing.attempt == job.log_of:
        return consoles.pieces(folder, job, 0, size)
    return logs.pieces(folder, *growing, 0, size)


def _note(session: Session, growing: Growing, seen: Row[Any], received: Received, now: datetime.datetime) -> None:
    """Note the file, unless its job is not as it was: then the next round looks at it anew."""
    job = session.execute(LOCKED, {"id": growing.job_id}).first()
    if job is not None and (job.status, job.log_of, job.log_size) == (seen.status, seen.log_of, seen.log_size):
        files.add(session, job.id, _name(growing, job), received.name, now)
