"""The table of what documents have said of single things."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, counter, id_, moment, text_, word
from paddles.ingest.kcidb import KINDS


class Entry(Model):
    """All that documents have said of one checkout, build or test (``kcidb.Entry``), whichever came first.

    ``due`` says that it is to be loaded into the archive: 1 because of what is above it, 2 for itself. ``job_id`` and
    ``suite`` are where it is loaded; a thing without a job waits for what is above it.
    """

    __tablename__ = "entries"

    id: Mapped[id_]
    kind: Mapped[text_]
    external_id: Mapped[text_]
    parent_id: Mapped[word]
    place: Mapped[word]
    suite: Mapped[str | None] = mapped_column(Text(collation="C"))
    said: Mapped[dict[str, object]] = mapped_column(JSONB)
    due: Mapped[counter]
    updated: Mapped[moment]
    job_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"))

    __table_args__ = (
        UniqueConstraint("kind", "external_id"),
        Index(None, "kind", "parent_id", "place"),
        Index("ix_entries_due", "kind", "id", postgresql_where=text("due > 0")),
        Index(None, "job_id", postgresql_where=text("job_id IS NOT NULL")),
        Index("ix_entries_waiting", "updated", postgresql_where=text("job_id IS NULL AND kind <> 'checkout'")),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
    )
