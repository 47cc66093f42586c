"""What jobs are called where they are defined, and what is known of a build without its secrets."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE builds ADD COLUMN secrets TEXT[] DEFAULT '{}' NOT NULL")
    op.execute("ALTER TABLE builds ADD COLUMN frontend TEXT DEFAULT '' NOT NULL")
    op.execute("""ALTER TABLE build_jobs ADD COLUMN run_name TEXT COLLATE "C" DEFAULT '' NOT NULL""")


def downgrade() -> None:
    op.execute("ALTER TABLE build_jobs DROP COLUMN run_name")
    op.execute("ALTER TABLE builds DROP COLUMN frontend")
    op.execute("ALTER TABLE builds DROP COLUMN secrets")
