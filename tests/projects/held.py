"""Jobs of builds that machines hold."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from paddles.archive import jobs
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.projects import builds, hand_out, locks, progress
from paddles.projects.builds import Wanted
from paddles.settings import Settings
from tests.conftest import NOW
from tests.projects.definitions import definition, run, trigger

TOKEN = "t" * 43
# What is held is held for longer than any test takes.
SETTINGS = Settings()
LONG = datetime.timedelta(days=10_000)

PROJECT = text("INSERT INTO projects (name, created) VALUES (:project, :now) ON CONFLICT DO NOTHING")
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


def queued(
    database: Database, key: str = "r", *, project: str = "p", secrets: Mapping[str, str] | None = None, **said: Any
) -> Held:
    """Make a build of one job that waits for a machine; ``said`` is more of its definition."""
    of = definition(trigger("main", run(key, **said)))

    def work(session: Session) -> tuple[int, int]:
        session.execute(PROJECT, {"project": project, "now": NOW})
        number = builds.create(
            session, project, Wanted("main", of, secrets=secrets or {}), "http://localhost", SETTINGS, NOW
        )
        return int(session.scalar(progress.THERE, {"project": project, "number": number, "key": key}) or 0), number

    job_id, number = transact(database, work)
    return Held(job_id, project, number, key)


def hand_over(database: Database, job: Held, *, token: str = TOKEN, machine: str = "w1") -> Held:
    """Give a job to a machine, which has not been heard of yet."""

    def work(session: Session) -> None:
        jobs.move(session, [job.job_id], "running", NOW)
        session.execute(BEGUN, {"job_id": job.job_id})
        locks.begun(session, job.job_id)
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
