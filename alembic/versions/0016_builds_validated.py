"""What the kinds and tests of builds need of tables that may be large: made without holding up requests."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NTH = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_tests_job_id_name_nth ON tests (job_id, name, nth)"
NAMED = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_tests_job_id_name ON tests (job_id, name)"
DIGEST = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_leases_live_digest ON leases (digest)
    WHERE ended IS NULL AND digest IS NOT NULL
"""


def upgrade() -> None:
    op.execute("ALTER TABLE tests VALIDATE CONSTRAINT ck_tests_status")
    op.execute("ALTER TABLE jobs VALIDATE CONSTRAINT ck_jobs_kind")
    with op.get_context().autocommit_block():
        op.execute(NTH)
        op.execute(DIGEST)
    op.execute("ALTER TABLE tests ADD CONSTRAINT uq_tests_job_id_name_nth UNIQUE USING INDEX uq_tests_job_id_name_nth")
    op.execute("ALTER TABLE tests DROP CONSTRAINT uq_tests_job_id_name")


def downgrade() -> None:
    op.execute("DELETE FROM tests WHERE nth > 1")
    with op.get_context().autocommit_block():
        op.execute(NAMED)
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_leases_live_digest")
    op.execute("ALTER TABLE tests ADD CONSTRAINT uq_tests_job_id_name UNIQUE USING INDEX uq_tests_job_id_name")
    op.execute("ALTER TABLE tests DROP CONSTRAINT uq_tests_job_id_name_nth")
