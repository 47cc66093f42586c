"""The table of the event log."""

from sqlalchemy import Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import XID8, Model, id_, moment, text_


class Event(Model):
    """One thing that happened. ``(xid, id)`` is its place in the order; ``subject`` the address of what it is about."""

    __tablename__ = "events"

    id: Mapped[id_]
    xid: Mapped[int] = mapped_column(XID8, server_default=func.pg_current_xact_id())
    at: Mapped[moment] = mapped_column(server_default=func.now())
    channel: Mapped[text_]
    type: Mapped[text_]
    subject: Mapped[text_]
    owner: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, object]] = mapped_column(JSONB)

    __table_args__ = (
        Index(None, "xid", "id"),
        Index(None, "channel", "xid", "id"),
        Index(None, "at"),
    )
