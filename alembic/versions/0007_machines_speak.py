"""Machines say how they are, users of one queue take turns, jobs wait for others or run with them, and repeats are counted."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE machines ADD COLUMN checked_in timestamptz;
ALTER TABLE machines ADD COLUMN document json DEFAULT '{}' NOT NULL;
ALTER TABLE queues ADD COLUMN served timestamptz;

CREATE TABLE waits (
    job_id BIGINT NOT NULL,
    for_id BIGINT NOT NULL,
    CONSTRAINT pk_waits PRIMARY KEY (job_id, for_id),
    CONSTRAINT fk_waits_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE,
    CONSTRAINT fk_waits_for_id FOREIGN KEY(for_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE INDEX ix_waits_for_id ON waits (for_id);

CREATE TABLE members (
    job_id BIGINT NOT NULL,
    cluster_id BIGINT NOT NULL,
    state TEXT COLLATE "C" DEFAULT '' NOT NULL,
    said json DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (job_id),
    CONSTRAINT fk_members_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE INDEX ix_members_cluster_id ON members (cluster_id);

CREATE TABLE repeats (
    params TEXT COLLATE "C" NOT NULL,
    n INTEGER NOT NULL,
    CONSTRAINT pk_repeats PRIMARY KEY (params)
);
"""
DOWN = """
DROP TABLE repeats;
DROP TABLE members;
DROP TABLE waits;
ALTER TABLE queues DROP COLUMN served;
ALTER TABLE machines DROP COLUMN document;
ALTER TABLE machines DROP COLUMN checked_in;
"""


def upgrade() -> None:
    for statement in filter(str.strip, UP.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for statement in filter(str.strip, DOWN.split(";")):
        op.execute(statement)
