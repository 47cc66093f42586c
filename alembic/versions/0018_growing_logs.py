"""Of growing logs, which attempt they are of and how much of them was counted; of cases, what is said besides."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE build_jobs ADD COLUMN log_of INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE build_jobs ADD COLUMN log_received BIGINT DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE build_jobs ADD COLUMN log_held BYTEA DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE build_jobs ADD COLUMN log_covered INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE cases ADD COLUMN context TEXT DEFAULT '' NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE cases DROP COLUMN context")
    op.execute("ALTER TABLE build_jobs DROP COLUMN log_covered")
    op.execute("ALTER TABLE build_jobs DROP COLUMN log_held")
    op.execute("ALTER TABLE build_jobs DROP COLUMN log_received")
    op.execute("ALTER TABLE build_jobs DROP COLUMN log_of")
