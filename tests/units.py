"""Units of work for tests of the domain: what a face would ask for, one committed transaction each."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from paddles.archive import jobs
from paddles.archive.names import Scheme
from paddles.archive.status import STATUSES
from paddles.db import tally
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.lab import machines, reports
from paddles.settings import KNOWN_SUITES
from tests.conftest import NOW

SCHEME = Scheme(ZoneInfo("UTC"), tuple(KNOWN_SUITES.split(", ")))
INEXACT = text(tally.recount(parent="runs", child="jobs", key="run_id", statuses=STATUSES))
JOB = text("""
    SELECT jobs.*, CAST(jobs.xmin AS text) AS version FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE runs.name = :run AND key = :key
""")
EVENTS = text("SELECT * FROM events WHERE channel = :channel ORDER BY xid, id")
RUN = text("SELECT runs.*, CAST(xmin AS text) AS version FROM runs WHERE name = :name")


def at(seconds: float) -> datetime.datetime:
    """Return the moment so many seconds after ``NOW``."""
    return NOW + datetime.timedelta(seconds=seconds)


def moment(shown: str | None) -> datetime.datetime | None:
    """Return a moment that a list shows as PostgreSQL writes it, in UTC."""
    return datetime.datetime.fromisoformat(shown) if shown else None


def submit(
    database: Database,
    run: str = "r",
    key: str | None = "1",
    *,
    now: datetime.datetime = NOW,
    updated: datetime.datetime | None = None,
    **said: Any,
) -> str:
    """Create a job, its run and its queue, and return its key."""
    return transact(database, lambda s: reports.submit(s, run, key, said, now, SCHEME, updated=updated))


def accept(
    database: Database,
    run: str = "r",
    key: str = "1",
    *,
    now: datetime.datetime = NOW,
    updated: datetime.datetime | None = None,
    **said: Any,
) -> None:
    """Report on a job."""
    transact(database, lambda s: reports.accept(s, run, key, said, now, updated=updated))


def delete(database: Database, run: str = "r", key: str = "1", *, now: datetime.datetime = NOW) -> None:
    """Delete a job."""
    transact(database, lambda s: jobs.delete(s, run, key, now))


def register(database: Database, name: str = "m", **fields: Any) -> str:
    """Register a machine and return its name."""
    transact(database, lambda s: machines.create(s, name, fields, NOW))
    return name


def rows(database: Database, statement: Any, **values: Any) -> list[Row[Any]]:
    """Return the rows of a query, read outside any transaction."""
    query = text(statement) if isinstance(statement, str) else statement
    return read(database, lambda session: list(session.execute(query, values)))


def job_of(database: Database, run: str = "r", key: str = "1") -> Row[Any]:
    """Return the row of a job, ``version`` included, which changes whenever the row is written."""
    (row,) = rows(database, JOB, run=run, key=key)
    return row


def run_of(database: Database, name: str = "r") -> Row[Any]:
    """Return the row of a run, ``version`` included, which changes whenever the row is written."""
    (row,) = rows(database, RUN, name=name)
    return row


def inexact(database: Database) -> list[Row[Any]]:
    """Return every run whose counters differ from a count of its jobs."""
    return rows(database, INEXACT, after=0, until=2**62)


def events_of(database: Database, channel: str) -> list[Row[Any]]:
    """Return all events of a channel in their order, those included that readers do not get yet."""
    return rows(database, EVENTS, channel=channel)


def changes_of(database: Database, channel: str) -> list[Row[Any]]:
    """Return the events of a channel but those that tell that something was made."""
    return [event for event in events_of(database, channel) if not event.type.endswith(".created")]
