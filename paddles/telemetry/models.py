"""The table of signals."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, counter, flag, id_, moment, text_

RESULTS = ("pass", "fail", "incomplete", "skip")


class Signal(Model):
    """One step somewhere in a lab and how it went, at the moment ``at``; ``extra`` is whatever else was said of it."""

    __tablename__ = "signals"

    id: Mapped[id_]
    at: Mapped[moment]
    kind: Mapped[text_]
    runtime: Mapped[text_]
    lab: Mapped[str | None] = mapped_column(Text(collation="C"))
    device_type: Mapped[str | None] = mapped_column(Text(collation="C"))
    device_id: Mapped[str | None] = mapped_column(Text(collation="C"))
    job_name: Mapped[str | None] = mapped_column(Text(collation="C"))
    test_name: Mapped[str | None] = mapped_column(Text(collation="C"))
    job_id: Mapped[str | None] = mapped_column(Text(collation="C"))
    node_id: Mapped[str | None] = mapped_column(Text(collation="C"))
    tree: Mapped[str | None] = mapped_column(Text(collation="C"))
    branch: Mapped[str | None] = mapped_column(Text(collation="C"))
    arch: Mapped[str | None] = mapped_column(Text(collation="C"))
    result: Mapped[str | None] = mapped_column(Text(collation="C"))
    is_infra_error: Mapped[flag]
    error_type: Mapped[str | None] = mapped_column(Text(collation="C"))
    error_msg: Mapped[str | None] = mapped_column(Text)
    retry: Mapped[counter]
    extra: Mapped[dict[str, object] | None] = mapped_column(JSONB)

    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "runtime", "at"),
        CheckConstraint(f"result IN {RESULTS}", name="result"),
    )
