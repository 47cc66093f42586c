"""Machines ask for work: by a MAC address or a name, in queues of their own, and jobs say what kind they are."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE jobs ADD COLUMN kind TEXT COLLATE "C" DEFAULT 'test' NOT NULL;
ALTER TABLE jobs ADD CONSTRAINT ck_jobs_kind CHECK (kind IN ('test', 'boot', 'task')) NOT VALID;

ALTER TABLE machines ADD COLUMN queues TEXT[] DEFAULT '{}' NOT NULL;

CREATE TABLE macs (
    mac TEXT COLLATE "C" NOT NULL,
    machine_id BIGINT NOT NULL,
    CONSTRAINT pk_macs PRIMARY KEY (mac),
    CONSTRAINT fk_macs_machine_id FOREIGN KEY(machine_id) REFERENCES machines (id) ON DELETE CASCADE
);
CREATE INDEX ix_macs_machine_id ON macs (machine_id);

ALTER TABLE leases ADD COLUMN heard timestamptz;
ALTER TABLE leases DROP CONSTRAINT fk_leases_machine_id;
ALTER TABLE leases ADD CONSTRAINT fk_leases_machine_id
    FOREIGN KEY(machine_id) REFERENCES machines (id) ON DELETE SET NULL NOT VALID;
"""
DOWN = """
ALTER TABLE leases DROP CONSTRAINT fk_leases_machine_id;
ALTER TABLE leases ADD CONSTRAINT fk_leases_machine_id
    FOREIGN KEY(machine_id) REFERENCES machines (id) ON DELETE CASCADE;
ALTER TABLE leases DROP COLUMN heard;
DROP TABLE macs;
ALTER TABLE machines DROP COLUMN queues;
ALTER TABLE jobs DROP COLUMN kind;
"""


def upgrade() -> None:
    for statement in filter(str.strip, UP.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for statement in filter(str.strip, DOWN.split(";")):
        op.execute(statement)
