"""Builds whose status is not the one that follows from their jobs: found, and set right."""

import datetime
from typing import NamedTuple

from sqlalchemy import text

from paddles.db.session import Session
from paddles.projects import ends, locks, verdicts
from paddles.projects.states import OF_JOB

STATES = text(f"""
    SELECT projects.name AS project, builds.number, builds.status, array_agg(DISTINCT {OF_JOB}) AS states
    FROM builds JOIN projects ON projects.id = builds.project_id
    JOIN jobs ON jobs.run_id = builds.run_id JOIN build_jobs ON build_jobs.job_id = jobs.id
    WHERE builds.run_id > :after AND builds.run_id <= :until AND builds.status <> 'promoted'
    GROUP BY builds.run_id, projects.name ORDER BY builds.run_id
""")


class Wrong(NamedTuple):
    """A build, the status that it is said to have, and the one that it has by its jobs."""

    project: str
    number: int
    kept: str
    counted: str


def wrong(session: Session, after: int, until: int) -> list[Wrong]:
    """Return the builds of a stretch of runs whose status is not the one that follows from their jobs."""
    found = session.execute(STATES, {"after": after, "until": until})
    said = [Wrong(row.project, row.number, row.status, verdicts.joined(row.states)) for row in found]
    return [build for build in said if build.kept != build.counted]


def repair(session: Session, found: Wrong, now: datetime.datetime) -> bool:
    """Give a build the status that follows from its jobs, and say whether it had another one."""
    build = locks.build(session, found.project, found.number)
    return bool(ends.recompute(session, build, now) != build.status)
