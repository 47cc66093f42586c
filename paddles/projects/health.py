"""How the work of all projects is: what runs where, and what waits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from paddles.db.prepared import hot
from paddles.db.session import Session

# More is not shown; who has so much waiting looks at the counts.
MOST = 20_000
OPEN = hot(
    """
    SELECT projects.name AS project, builds.number, jobs.key, jobs.status, build_jobs.stage, build_jobs.cancelled,
        build_jobs.host_tag, jobs.posted, machines.name AS machine
    FROM jobs JOIN build_jobs ON build_jobs.job_id = jobs.id JOIN builds ON builds.run_id = jobs.run_id
    JOIN projects ON projects.id = builds.project_id
    LEFT JOIN leases ON leases.job_id = jobs.id AND leases.ended IS NULL
    LEFT JOIN machines ON machines.id = leases.machine_id
    WHERE jobs.finished IS NULL AND jobs.kind = 'build'
    ORDER BY jobs.priority, jobs.run_id, jobs.id LIMIT :most""",
    "project number key status stage cancelled host_tag posted machine",
)


def open_jobs(session: Session) -> Sequence[Row[Any]]:
    """Return the jobs of builds that have not ended, in the order in which they are handed out, one statement.

    Rows: ``project``, ``number``, ``key``, ``status``, ``stage``, ``cancelled``, ``host_tag``, ``posted`` and the name
    of the ``machine`` that holds one.
    """
    return session.execute(OPEN, {"most": MOST}).all()
