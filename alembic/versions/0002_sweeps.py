"""What the sweep did and when, a row for each task."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE sweeps (
    task TEXT COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    handled BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_sweeps PRIMARY KEY (task)
)
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE sweeps")
