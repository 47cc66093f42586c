"""Units of work on jobs that machines boot for: what the scheduler's face would ask for, one transaction each."""

import datetime
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.boot import jobs
from paddles.boot.jobs import Shown
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.lab import leases
from tests.boot.samples import HOSTS, SYSTEM
from tests.conftest import NOW
from tests.units import SCHEME, rows

MACHINE = "vm-2p8g-1"
ATTEMPTS = 3


def submit(database: Database, *, now: datetime.datetime = NOW, **fields: Any) -> int:
    """Submit a job for the group ``vm-2p8g``, with what ``fields`` say, and return its number."""
    document = {"suite": "nap", "testbox": "vm-2p8g", **SYSTEM, **fields}
    return int(transact(database, lambda s: jobs.submit(s, document, now, HOSTS, SCHEME))["id"])


def ask(database: Database, machine: str = MACHINE, *, now: datetime.datetime = NOW) -> dict[str, Any] | None:
    """Return the job that a machine is given, or None."""

    def work(session: Any) -> dict[str, Any] | None:
        return jobs.give(session, jobs.asked_by_name(session, machine, now), now, HOSTS)

    return transact(database, work)


def given(database: Database, machine: str = MACHINE, *, now: datetime.datetime = NOW) -> int | None:
    """Return the number of the job that a machine is given, or None."""
    job = ask(database, machine, now=now)
    return int(job["id"]) if job else None


def tell(database: Database, job_id: int, /, *, now: datetime.datetime = NOW, **said: str) -> None:
    """Report variables of a job."""
    transact(database, lambda s: jobs.tell(s, job_id, said, now))


def finish(database: Database, job_id: int, /, *, now: datetime.datetime = NOW, **said: str) -> None:
    """End a job as its machine does."""
    transact(database, lambda s: jobs.finish(s, job_id, said, now))


def cancel(database: Database, job_id: int, *, now: datetime.datetime = NOW) -> bool:
    """Give up a job that waits."""
    return transact(database, lambda s: jobs.cancel(s, job_id, now))


def terminate(database: Database, job_id: int, *, now: datetime.datetime = NOW) -> bool:
    """End a job that runs."""
    return transact(database, lambda s: jobs.terminate(s, job_id, now))


def expire(database: Database, *, now: datetime.datetime, limit: int = 100) -> int:
    """End overdue leases and return how many."""
    return transact(database, lambda s: leases.expire(s, now, limit, ATTEMPTS))


def shown(database: Database, job_id: int) -> Shown:
    """Return a job as it is now."""
    return read(database, lambda s: jobs.shown(s, job_id, HOSTS))


def row_of(database: Database, job_id: int) -> Row[Any]:
    """Return the row of a job, with the name of its run and of its queue."""
    query = """
        SELECT jobs.*, runs.name AS run, queues.name AS queue FROM jobs JOIN runs ON runs.id = jobs.run_id
        LEFT JOIN queues ON queues.id = jobs.queue_id WHERE jobs.id = :id"""
    (row,) = rows(database, query, id=job_id)
    return row


def leases_of(database: Database, job_id: int) -> list[Row[Any]]:
    """Return the leases there were on a job, the oldest first, with the name of the machine."""
    query = """
        SELECT leases.*, machines.name AS machine FROM leases LEFT JOIN machines ON machines.id = leases.machine_id
        WHERE job_id = :id ORDER BY leases.id"""
    return rows(database, query, id=job_id)


def lives(database: Database) -> list[tuple[str, int]]:
    """Return the machine and the job of each live lease, in order."""
    query = """
        SELECT machines.name, leases.job_id FROM leases JOIN machines ON machines.id = leases.machine_id
        WHERE ended IS NULL ORDER BY 1, 2"""
    return [(row.name, row.job_id) for row in rows(database, query)]


def started(database: Database, **fields: Any) -> int:
    """Submit a job, give it to a machine and return its number."""
    number = submit(database, **fields)
    assert number == given(database)
    return number


def document_of(database: Database, number: int) -> dict[str, Any]:
    """Return what is stored of a job."""
    stored: dict[str, Any] = orjson.loads(row_of(database, number).document)
    return stored
