"""Builds that ended long ago, taken away with their runs; those that were promoted stay."""

import datetime

from sqlalchemy import text

from paddles.db.session import Session

# Locked in the order in which everybody takes them: builds, then their jobs, which cascade from their runs.
OLD = text("""
    SELECT builds.run_id FROM builds JOIN runs ON runs.id = builds.run_id
    WHERE builds.project_id = :project_id AND builds.status IN ('pass', 'fail') AND runs.posted < :before
    ORDER BY builds.number LIMIT :limit FOR UPDATE OF builds
""")
SHUT_JOBS = text("SELECT id FROM jobs WHERE run_id = ANY (:run_ids) ORDER BY id FOR UPDATE")
DELETE = text("""
    WITH gone AS (DELETE FROM runs WHERE id = ANY (:run_ids) RETURNING name)
    INSERT INTO events (channel, type, subject, data)
    SELECT 'run', 'run.deleted', 'runs/' || name, jsonb_build_object('run', name) FROM gone
""")


def prune(session: Session, project_id: int, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` builds of a project that were made before then and have ended; return how many."""
    values = {"project_id": project_id, "before": before, "limit": limit}
    run_ids = list(session.scalars(OLD, values))
    if run_ids:
        session.execute(SHUT_JOBS, {"run_ids": run_ids})
        session.execute(DELETE, {"run_ids": run_ids})
    return len(run_ids)
