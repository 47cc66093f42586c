"""Which attempt a job's growing log is of, and how much of it its holder has counted."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE build_jobs ADD COLUMN log_of INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE build_jobs ADD COLUMN log_received BIGINT DEFAULT 0 NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE build_jobs DROP COLUMN log_received")
    op.execute("ALTER TABLE build_jobs DROP COLUMN log_of")
