"""The tables of feeds: each that ran, and every document that one has brought."""

import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, counter, id_, moment, text_

# What is fetched, in the order in which it is: boots of labs with LAVA are jobs of that.
KINDS = ("lava", "build", "boot")


class Feed(Model):
    """One time that a source was asked for what it has: how many documents there were, and what became of them.

    ``known`` had been brought before, ``duplicates`` had come on another way; ``fault`` is why it ended early.
    """

    __tablename__ = "feeds"

    id: Mapped[id_]
    source: Mapped[text_]
    begun: Mapped[moment]
    ended: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    found: Mapped[counter]
    known: Mapped[counter]
    created: Mapped[counter]
    duplicates: Mapped[counter]
    failed: Mapped[counter]
    fault: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (Index(None, "source", "begun"),)


class Fed(Model):
    """A document that a feed has brought: what its source calls it, and what its content is called."""

    __tablename__ = "fed"

    id: Mapped[id_]
    source: Mapped[text_]
    kind: Mapped[text_]
    source_id: Mapped[text_]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[moment]

    __table_args__ = (
        UniqueConstraint("source", "kind", "source_id"),
        Index(None, "at"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
    )
