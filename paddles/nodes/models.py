"""The table of nodes."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import XID8, Model, counter, flag, moment, text_
from paddles.nodes.kinds import KINDS
from paddles.nodes.states import RESULTS, STATES

# Where the data of a node names the sources it is about.
TREE = "data #>> '{kernel_revision,tree}'"
BRANCH = "data #>> '{kernel_revision,branch}'"
COMMIT = "data #>> '{kernel_revision,commit}'"


class Node(Model):
    """An element of a result tree; its id sorts by creation, ``path`` are the names from the root down to it.

    ``open_children`` counts the children that are not done or have open children themselves (``states.is_open``); it
    moves in the transaction that moves them (``nodes.ancestors``). ``data`` is what its kind carries (``kinds``).

    Behind a node of kind job may stand a job of the lab, ``job_id``: null again when that is deleted. ``job_status`` is
    the status of it that the node knows of (``nodes.following``), null where there never was one.

    ``told_xid`` is the latest transaction that told of the node, or might have (``nodes.statements``).
    """

    __tablename__ = "nodes"

    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    kind: Mapped[text_]
    name: Mapped[text_]
    path: Mapped[list[str]] = mapped_column(ARRAY(Text))
    group: Mapped[str | None] = mapped_column(Text(collation="C"))
    parent_id: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("nodes.id"))
    state: Mapped[text_]
    result: Mapped[str | None] = mapped_column(Text(collation="C"))
    artifacts: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    data: Mapped[dict[str, object]] = mapped_column(JSONB)
    debug: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    jobfilter: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    platform_filter: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    created: Mapped[moment]
    updated: Mapped[moment]
    timeout: Mapped[moment]
    holdoff: Mapped[moment | None]
    owner: Mapped[text_]
    submitter: Mapped[str | None] = mapped_column(Text(collation="C"))
    treeid: Mapped[str | None] = mapped_column(Text(collation="C"))
    user_groups: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    processed_by_kcidb_bridge: Mapped[flag]
    retry_counter: Mapped[counter]
    open_children: Mapped[counter]
    job_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="SET NULL"))
    job_status: Mapped[str | None] = mapped_column(Text(collation="C"))
    told_xid: Mapped[int] = mapped_column(XID8, server_default=func.pg_current_xact_id())

    __table_args__ = (
        Index("ix_nodes_data", "data", postgresql_using="gin", postgresql_ops={"data": "jsonb_path_ops"}),
        Index("ix_nodes_tree", text(f"({TREE})"), text(f"({BRANCH})"), "kind", "created"),
        Index("ix_nodes_commit", text(f"({COMMIT})"), "kind"),
        Index(None, "kind", "id"),
        Index(None, "kind", "created"),
        Index(None, "name", "created"),
        Index(None, "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(None, "treeid", postgresql_where=text("treeid IS NOT NULL")),
        Index("ix_nodes_open", "timeout", postgresql_where=text("state <> 'done'")),
        Index("ix_nodes_held", "holdoff", postgresql_where=text("state = 'available'")),
        Index(
            "ix_nodes_unprocessed",
            "created",
            postgresql_where=text("state = 'done' AND NOT processed_by_kcidb_bridge"),
        ),
        Index(
            "ix_nodes_user_groups",
            "user_groups",
            postgresql_using="gin",
            postgresql_where=text("user_groups <> '{}'"),
        ),
        Index("uq_nodes_job_id", "job_id", unique=True, postgresql_where=text("job_id IS NOT NULL")),
        Index(
            "ix_nodes_orphaned",
            "id",
            postgresql_where=text("job_status IS NOT NULL AND job_id IS NULL AND state <> 'done'"),
        ),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"result IN {RESULTS}", name="result"),
        CheckConstraint("open_children >= 0", name="open_children"),
        # States and counters change far more often than what is indexed.
        {"postgresql_with": {"fillfactor": 90}},
    )
