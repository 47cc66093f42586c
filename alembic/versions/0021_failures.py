"""What failures have in common, so that the same failure is found in other runs."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# Jobs that failed before have no group until `pecan regroup` has read them.
UP = """
CREATE TABLE failures (
    id BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_failures PRIMARY KEY (id)
);
ALTER TABLE jobs ADD COLUMN failure_id BIGINT;
CREATE INDEX ix_jobs_failure_id_posted ON jobs (failure_id, posted) WHERE failure_id IS NOT NULL;
"""
DOWN = """
DROP INDEX ix_jobs_failure_id_posted;
ALTER TABLE jobs DROP COLUMN failure_id;
DROP TABLE failures;
"""


def upgrade() -> None:
    for statement in filter(str.strip, UP.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for statement in filter(str.strip, DOWN.split(";")):
        op.execute(statement)
