"""The tree of nodes: checkouts, builds, jobs, tests and regressions, each below what it came of."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE nodes (
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT[] NOT NULL,
    "group" TEXT COLLATE "C",
    parent_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C",
    artifacts JSONB,
    data JSONB NOT NULL,
    debug JSONB,
    jobfilter TEXT[],
    platform_filter TEXT[],
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    timeout timestamptz NOT NULL,
    holdoff timestamptz,
    owner TEXT COLLATE "C" NOT NULL,
    submitter TEXT COLLATE "C",
    treeid TEXT COLLATE "C",
    user_groups TEXT[] DEFAULT '{}' NOT NULL,
    processed_by_kcidb_bridge BOOLEAN DEFAULT false NOT NULL,
    retry_counter INTEGER DEFAULT 0 NOT NULL,
    open_children INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_nodes PRIMARY KEY (id),
    CONSTRAINT fk_nodes_parent_id FOREIGN KEY(parent_id) REFERENCES nodes (id),
    CONSTRAINT ck_nodes_kind CHECK (kind IN ('checkout', 'kbuild', 'job', 'test', 'regression', 'process')),
    CONSTRAINT ck_nodes_state CHECK (state IN ('running', 'available', 'closing', 'done')),
    CONSTRAINT ck_nodes_result CHECK (result IN ('pass', 'fail', 'skip', 'incomplete')),
    CONSTRAINT ck_nodes_open_children CHECK (open_children >= 0)
) WITH (fillfactor = 90);

CREATE INDEX ix_nodes_data ON nodes USING gin (data jsonb_path_ops);
CREATE INDEX ix_nodes_tree ON nodes (
    (data #>> '{kernel_revision,tree}'), (data #>> '{kernel_revision,branch}'), kind, created);
CREATE INDEX ix_nodes_commit ON nodes ((data #>> '{kernel_revision,commit}'), kind);
CREATE INDEX ix_nodes_kind_id ON nodes (kind, id);
CREATE INDEX ix_nodes_kind_created ON nodes (kind, created);
CREATE INDEX ix_nodes_name_created ON nodes (name, created);
CREATE INDEX ix_nodes_parent_id ON nodes (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX ix_nodes_treeid ON nodes (treeid) WHERE treeid IS NOT NULL;
CREATE INDEX ix_nodes_open ON nodes (timeout) WHERE state <> 'done';
CREATE INDEX ix_nodes_held ON nodes (holdoff) WHERE state = 'available';
CREATE INDEX ix_nodes_user_groups ON nodes USING gin (user_groups) WHERE user_groups <> '{}';
CREATE INDEX ix_nodes_unprocessed ON nodes (created) WHERE state = 'done' AND NOT processed_by_kcidb_bridge;
"""
DOWN = """
DROP TABLE nodes;
"""


def upgrade() -> None:
    for statement in filter(str.strip, UP.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for statement in filter(str.strip, DOWN.split(";")):
        op.execute(statement)
