"""The set of dashboards that is shown instead of what comes with the service."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE dashboard_sets (
            id INTEGER NOT NULL,
            document JSON NOT NULL,
            changed timestamptz NOT NULL,
            CONSTRAINT pk_dashboard_sets PRIMARY KEY (id),
            CONSTRAINT ck_dashboard_sets_one CHECK (id = 1)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE dashboard_sets")
