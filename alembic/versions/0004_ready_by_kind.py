"""The jobs of one kind that wait in a queue are found however many of another kind wait in it too."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# ix_jobs_ready stays: the release before this one finds its jobs by it.
READY = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_jobs_ready_by_kind
    ON jobs (queue_id, leased, kind, priority, run_id, id) WHERE status = 'queued'
"""


def upgrade() -> None:
    op.execute("ALTER TABLE jobs VALIDATE CONSTRAINT ck_jobs_kind")
    op.execute("ALTER TABLE leases VALIDATE CONSTRAINT fk_leases_machine_id")
    with op.get_context().autocommit_block():
        op.execute(READY)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_jobs_ready_by_kind")
