"""What asks for jobs by no kind is gone, and its index with it; turns of tests are ranked without the marks."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# The planner took ix_jobs_ready for what ix_jobs_ready_by_kind answers at once, and walked past all other kinds.
UP = (
    "DROP INDEX CONCURRENTLY IF EXISTS ix_jobs_ready",
    "DROP INDEX CONCURRENTLY IF EXISTS ix_marks_flips",
    """CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_marks_flips ON marks (happened, path_id)
        INCLUDE (lineage_id, job_id, status) WHERE flip""",
)
DOWN = (
    "DROP INDEX CONCURRENTLY IF EXISTS ix_marks_flips",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_marks_flips ON marks (happened, path_id) WHERE flip",
    """CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_jobs_ready
        ON jobs (queue_id, leased, priority, run_id, id) WHERE status = 'queued'""",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for statement in UP:
            op.execute(statement)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for statement in DOWN:
            op.execute(statement)
