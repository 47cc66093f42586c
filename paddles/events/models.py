"""The tables of the event log, of who follows it, and of the lists and keys that services share."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import XID8, JSONText, Model, counter, flag, id_, moment, text_, word

# Where the data of an event names the node it is about, and how long such a name is.
NODE_ID, ID_LENGTH = "(data #>> '{id}')", 24
# What is told of how machines stand.
OF_MACHINES = """channel = 'machine' AND type IN
    ('machine.locked', 'machine.unlocked', 'machine.created', 'machine.updated')"""


class Event(Model):
    """One thing that happened. ``(xid, id)`` is its place in the order; ``subject`` the address of what it is about.

    ``owner`` is the name of the user it belongs to, None for what everybody follows. ``extensions`` are what a
    publisher said besides: CloudEvents attributes by name.
    """

    __tablename__ = "events"

    id: Mapped[id_]
    xid: Mapped[int] = mapped_column(XID8, server_default=func.pg_current_xact_id())
    at: Mapped[moment] = mapped_column(server_default=func.now())
    channel: Mapped[text_]
    type: Mapped[text_]
    subject: Mapped[text_]
    owner: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, object]] = mapped_column(JSONB)
    extensions: Mapped[bytes | None] = mapped_column(JSONText)

    __table_args__ = (
        Index(None, "xid", "id"),
        Index(None, "channel", "xid", "id"),
        Index(None, "at"),
        Index("ix_events_machines", "at", postgresql_where=text(OF_MACHINES)),
        # What is told of a node. Texts of another length are no ids, and might not fit into an index.
        Index("ix_events_node", text(NODE_ID), "id", postgresql_where=text(f"length({NODE_ID}) = {ID_LENGTH}")),
    )


class Subscription(Model):
    """Somebody who follows a channel, one event at a time.

    ``(xid, event_id)`` is the place up to which he has acknowledged, ``delivered_*`` the event that he was given since.
    ``since`` is the snapshot of the moment it was made: what was visible then is not new. ``epoch`` counts listens, so
    that an older one, which still waits, notices a newer. With a ``subscriber_id`` it is durable.
    """

    __tablename__ = "subscriptions"

    id: Mapped[id_]
    channel: Mapped[text_]
    username: Mapped[text_]
    promiscuous: Mapped[flag]
    subscriber_id: Mapped[str | None] = mapped_column(Text(collation="C"))
    created: Mapped[moment]
    polled: Mapped[moment]
    xid: Mapped[int] = mapped_column(XID8)
    event_id: Mapped[int] = mapped_column(BigInteger)
    delivered_xid: Mapped[int | None] = mapped_column(XID8)
    delivered_id: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[counter]

    __table_args__ = (UniqueConstraint("subscriber_id"),)


class ListItem(Model):
    """One thing in a list, a ready CloudEvent: whoever pops it is the only one who gets it."""

    __tablename__ = "list_items"

    id: Mapped[id_]
    list: Mapped[text_]
    event: Mapped[bytes] = mapped_column(JSONText)
    created: Mapped[moment] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "list", "id"),)


class Key(Model):
    """A text that services keep under a name, in a namespace."""

    __tablename__ = "keys"

    namespace: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Webhook(Model):
    """An address that is told of events: those of ``topics``, after the place ``(xid, event_id)`` in the log."""

    __tablename__ = "webhooks"

    id: Mapped[id_]
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    username: Mapped[word]
    created: Mapped[moment]
    xid: Mapped[int] = mapped_column(XID8)
    event_id: Mapped[int] = mapped_column(BigInteger)


class Follower(Model):
    """A program of the service that acts on what has happened, up to the place ``(xid, event_id)`` in the log."""

    __tablename__ = "followers"

    name: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    xid: Mapped[int] = mapped_column(XID8)
    event_id: Mapped[int] = mapped_column(BigInteger)


class Delivery(Model):
    """One event for one webhook, until it was taken (then the row is gone) or given up (``dead``)."""

    __tablename__ = "deliveries"

    id: Mapped[id_]
    webhook_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("webhooks.id", ondelete="CASCADE"))
    event: Mapped[bytes] = mapped_column(JSONText)
    status: Mapped[str] = mapped_column(Text(collation="C"), server_default="due")
    attempts: Mapped[counter]
    next_try: Mapped[moment]
    fault: Mapped[word]

    __table_args__ = (
        CheckConstraint("status IN ('due', 'dead')", name="status"),
        Index("ix_deliveries_due", "next_try", postgresql_where=text("status = 'due'")),
        Index(None, "webhook_id", "id"),
    )
