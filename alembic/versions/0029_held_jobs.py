"""Who holds a job that is not to be handed out."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The migration before may have ended the transaction in which this was said.
    op.execute("SET LOCAL lock_timeout = '1s'")
    # The release before knows nothing of it and leaves it as it is, so no check says of which jobs it may be.
    op.execute('ALTER TABLE jobs ADD COLUMN IF NOT EXISTS held_by text COLLATE "C"')


def downgrade() -> None:
    # What is held then waits on, and is to be let go before.
    op.execute("SET LOCAL lock_timeout = '1s'")
    op.execute("ALTER TABLE jobs DROP COLUMN IF EXISTS held_by")
