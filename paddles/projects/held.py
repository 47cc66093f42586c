"""What a machine that pulls its work holds, and what it held: runs of builds, by the leases that it had on them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.projects.states import OF_JOB

OF_MACHINE = text(f"""
    SELECT leases.granted, leases.heard, leases.ended, leases.outcome, projects.name AS project, builds.number,
        jobs.key, {OF_JOB} AS state
    FROM (
        (SELECT * FROM leases WHERE machine_id = :machine_id AND ended IS NULL)
        UNION ALL
        (SELECT * FROM leases WHERE machine_id = :machine_id AND ended IS NOT NULL ORDER BY id DESC LIMIT :most)
        ) AS leases
    JOIN jobs ON jobs.id = leases.job_id JOIN build_jobs ON build_jobs.job_id = jobs.id
    JOIN builds ON builds.run_id = jobs.run_id JOIN projects ON projects.id = builds.project_id
    ORDER BY leases.id DESC
""")


def runs(session: Session, machine_id: int, most: int) -> Sequence[Row[Any]]:
    """Return the runs that a machine holds, and the last ``most`` that it held, the newest first.

    Of each: its ``project``, the ``number`` of its build, its ``key``, the ``state`` that it is in by now; when it was
    ``granted`` and ``heard`` of first, when that ``ended`` (None: it has it still), and with which ``outcome``.
    """
    return session.execute(OF_MACHINE, {"machine_id": machine_id, "most": most}).all()
