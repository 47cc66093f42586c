"""A job behind a node, what it knows of it, who told of the node last, and how far our programs have read the log."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Before this there is no job behind any node: whoever follows them begins here.
UP = """
ALTER TABLE nodes
    ADD COLUMN job_id BIGINT CONSTRAINT fk_nodes_job_id REFERENCES jobs (id) ON DELETE SET NULL,
    ADD COLUMN job_status TEXT COLLATE "C",
    ADD COLUMN told_xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE TABLE followers (
    name TEXT COLLATE "C" NOT NULL,
    xid xid8 NOT NULL,
    event_id BIGINT NOT NULL,
    CONSTRAINT pk_followers PRIMARY KEY (name)
);
INSERT INTO followers (name, xid, event_id) VALUES ('nodes', pg_snapshot_xmin(pg_current_snapshot()), 0);
"""
INDICES = """
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_nodes_job_id ON nodes (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_nodes_orphaned ON nodes (id)
    WHERE job_status IS NOT NULL AND job_id IS NULL AND state <> 'done'
"""
DOWN = """
DROP TABLE followers;
ALTER TABLE nodes DROP COLUMN told_xid, DROP COLUMN job_status, DROP COLUMN job_id;
"""


def upgrade() -> None:
    for statement in filter(str.strip, UP.split(";")):
        op.execute(statement)
    with op.get_context().autocommit_block():
        for statement in filter(str.strip, INDICES.split(";")):
            op.execute(statement)


def downgrade() -> None:
    for statement in filter(str.strip, DOWN.split(";")):
        op.execute(statement)
