"""Indexes for what people look for: jobs by their ids, and parts of names, of failures and of tests."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEYS = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_jobs_key ON jobs (key)"
# As for descriptions: without the extension what is looked for is found all the same, by reading more.
TRIGRAMS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX IF NOT EXISTS ix_runs_name_trigrams ON runs USING gin (name gin_trgm_ops);
        CREATE INDEX IF NOT EXISTS ix_failures_text_trigrams ON failures USING gin (text gin_trgm_ops);
        CREATE INDEX IF NOT EXISTS ix_paths_path_trigrams ON paths USING gin ((suite || '/' || name) gin_trgm_ops);
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute(TRIGRAMS)
    with op.get_context().autocommit_block():
        op.execute(KEYS)


def downgrade() -> None:
    for name in ("ix_paths_path_trigrams", "ix_failures_text_trigrams", "ix_runs_name_trigrams", "ix_jobs_key"):
        op.execute(f"DROP INDEX IF EXISTS {name}")
