"""Who holds a job that is not to be handed out."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# The check is looked through while jobs are written: all the rows there are do without the column.
UP = (
    'ALTER TABLE jobs ADD COLUMN IF NOT EXISTS held_by text COLLATE "C"',
    "ALTER TABLE jobs DROP CONSTRAINT IF EXISTS ck_jobs_held",
    "ALTER TABLE jobs ADD CONSTRAINT ck_jobs_held CHECK (held_by IS NULL OR status = 'waiting') NOT VALID",
    "ALTER TABLE jobs VALIDATE CONSTRAINT ck_jobs_held",
)
# What is held then waits on, and is to be let go before.
DOWN = (
    "ALTER TABLE jobs DROP CONSTRAINT IF EXISTS ck_jobs_held",
    "ALTER TABLE jobs DROP COLUMN IF EXISTS held_by",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for statement in UP:
            op.execute(statement)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for statement in DOWN:
            op.execute(statement)
