"""How machines fared: counts of their jobs by status."""

import datetime
from typing import Any

from sqlalchemy import text

from paddles.archive.status import STATUSES
from paddles.db.session import Session

OF_ONE = text("""
    SELECT jobs.status, count(*) AS n FROM job_machines JOIN jobs ON jobs.id = job_machines.job_id
    WHERE job_machines.machine_id = :machine_id GROUP BY jobs.status
""")
OF_ALL = text("""
    SELECT machines.name, counts.status, counts.n FROM (
        SELECT job_machines.machine_id, jobs.status, count(*) AS n
        FROM jobs JOIN job_machines ON job_machines.job_id = jobs.id
        WHERE jobs.posted > :since
            AND (CAST(:machine_type AS text) IS NULL OR jobs.machine_type IN (:machine_type, 'multi'))
        GROUP BY job_machines.machine_id, jobs.status) AS counts
    JOIN machines ON machines.id = counts.machine_id
    WHERE CAST(:machine_type AS text) IS NULL OR machines.machine_type = :machine_type
""")


def of_machine(session: Session, machine_id: int) -> dict[str, int]:
    """Return the number of jobs in each status that a machine ever had, zeros included."""
    return dict.fromkeys(STATUSES, 0) | _pairs(session.execute(OF_ONE, {"machine_id": machine_id}))


def of_all(session: Session, since: datetime.datetime, machine_type: str | None) -> dict[str, dict[str, int]]:
    """Return, for each machine with jobs posted after ``since``, their number by status, the least busy first.

    With a machine type: machines of that type and jobs which asked for it or for several types.
    """
    counts: dict[str, dict[str, int]] = {}
    for row in session.execute(OF_ALL, {"since": since, "machine_type": machine_type}):
        counts.setdefault(row.name, {})[row.status] = row.n
    return dict(sorted(counts.items(), key=lambda pair: (sum(pair[1].values()), pair[0])))


def _pairs(rows: Any) -> dict[str, int]:
    return {row.status: row.n for row in rows}
