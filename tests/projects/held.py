"""Jobs of builds that machines hold, made without asking what a definition says."""

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from paddles.archive import jobs
from paddles.archive.jobs import Waits
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.lab import queues
from paddles.projects import hand_out, locks
from tests.conftest import NOW
from tests.units import SCHEME

TOKEN = "t" * 43
# What is held is held for longer than any test takes.
LONG = datetime.timedelta(days=10_000)

PROJECT = text("""
    INSERT INTO projects (name, created, next_number) VALUES (:project, :now, 2) ON CONFLICT DO NOTHING
""")
BUILD = text("""
    INSERT INTO builds (run_id, project_id, number, status, definition)
    SELECT jobs.run_id, projects.id, :number, 'running', '{}' FROM jobs, projects
    WHERE jobs.id = :job_id AND projects.name = :project ON CONFLICT DO NOTHING
""")
BUILD_JOB = text("INSERT INTO build_jobs (job_id, host_tag) VALUES (:job_id, 'amd64')")
MACHINE = text("INSERT INTO machines (name) VALUES (:name) ON CONFLICT (name) DO UPDATE SET name = :name RETURNING id")
BEGUN = text("UPDATE jobs SET attempt = attempt + 1, leased = true WHERE id = :job_id")
LEASE = text("""
    INSERT INTO leases (job_id, machine_id, granted, expires, digest)
    VALUES (:job_id, :machine, :now, :expires, :digest)
""")


@dataclass(frozen=True)
class Held:
    """A job of a build, and the token of who holds it; ``path`` is its address."""

    job_id: int
    project: str
    number: int
    key: str
    token: str = TOKEN

    @property
    def path(self) -> str:
        """Its address, with the slash at the end."""
        return f"/projects/{self.project}/builds/{self.number}/runs/{self.key}/"

    @property
    def headers(self) -> dict[str, str]:
        """What its holder shows."""
        return {"Authorization": f"Token {self.token}"}


def queued(database: Database, key: str = "r", *, project: str = "p", number: int = 1, **document: Any) -> Held:
    """Make a job of a build that waits for a machine."""

    def work(session: Session) -> int:
        waits = Waits(queues.ensure(session, "amd64"), "build")
        run = f"{project}-{number}"
        made = jobs.create(session, run, key, {"status": "queued", **document}, NOW, SCHEME, waits=waits)
        session.execute(PROJECT, {"project": project, "now": NOW})
        session.execute(BUILD, {"job_id": made.id, "project": project, "number": number})
        session.execute(BUILD_JOB, {"job_id": made.id})
        return int(made.id)

    return Held(transact(database, work), project, number, key)


def hand_over(database: Database, job: Held, *, token: str = TOKEN, machine: str = "w1") -> Held:
    """Give a job to a machine, which has not been heard of yet."""

    def work(session: Session) -> None:
        jobs.move(session, [job.job_id], "running", NOW)
        session.execute(BEGUN, {"job_id": job.job_id})
        locks.begin(session, job.job_id)
        values = {"job_id": job.job_id, "machine": session.scalar(MACHINE, {"name": machine}), "now": NOW}
        session.execute(LEASE, {**values, "expires": NOW + LONG, "digest": hand_out.digest(token)})

    transact(database, work)
    return Held(job.job_id, job.project, job.number, job.key, token)


def held(database: Database, key: str = "r", **said: Any) -> Held:
    """Make a job of a build that a machine was given."""
    return hand_over(database, queued(database, key, **said))


def write(database: Database, statement: str, **values: Any) -> None:
    """Execute a statement in a unit of work of its own."""
    transact(database, lambda session: session.execute(text(statement), values))
