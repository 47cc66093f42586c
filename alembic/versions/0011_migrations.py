"""Migrations are written down with the moment at which they ran."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE migrations (
    revision TEXT COLLATE "C" NOT NULL,
    applied timestamptz NOT NULL,
    CONSTRAINT pk_migrations PRIMARY KEY (revision)
)
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("DROP TABLE migrations")
