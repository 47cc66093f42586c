"""What is told of a node is found without looking at everything else; items of lists know when they were put there."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Items that are there already count from now on.
CREATED = "ALTER TABLE list_items ADD COLUMN IF NOT EXISTS created timestamptz DEFAULT now() NOT NULL"
OF_NODES = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_events_node
    ON events ((data #>> '{id}'), id) WHERE length(data #>> '{id}') = 24
"""


def upgrade() -> None:
    op.execute(CREATED)
    with op.get_context().autocommit_block():
        op.execute(OF_NODES)
        # How many events a node has decides whether the index is used.
        op.execute("ANALYZE events")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_events_node")
    op.execute("ALTER TABLE list_items DROP COLUMN IF EXISTS created")
