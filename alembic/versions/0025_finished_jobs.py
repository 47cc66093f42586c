"""Indices for figures of time: by when jobs finished, tests were stored, regressions fixed, machines locked."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UP = """
CREATE INDEX ix_jobs_finished ON jobs (finished)
    INCLUDE (id, run_id, kind, status, description_id, queue_id, posted, started) WHERE finished IS NOT NULL;
CREATE INDEX ix_tests_stored ON tests (stored) INCLUDE (name, status, duration_s);
CREATE INDEX ix_regressions_fixed ON regressions (fixed_at) WHERE fixed_at IS NOT NULL;
CREATE INDEX ix_events_machines ON events (at) WHERE channel = 'machine' AND type IN
    ('machine.locked', 'machine.unlocked', 'machine.created', 'machine.updated');
"""
DOWN = """
DROP INDEX ix_jobs_finished;
DROP INDEX ix_tests_stored;
DROP INDEX ix_regressions_fixed;
DROP INDEX ix_events_machines;
"""


def upgrade() -> None:
    for statement in filter(str.strip, UP.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for statement in filter(str.strip, DOWN.split(";")):
        op.execute(statement)
