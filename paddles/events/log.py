"""Append to the log and read it in order."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session

# What is shown of an event; a transaction's id as a number.
COLUMNS = "id, CAST(CAST(xid AS text) AS bigint) AS xid, at, channel, type, subject, owner, data, extensions"
# What nothing that still runs can come before any more.
SETTLED = "xid < pg_snapshot_xmin(pg_current_snapshot())"

# The channel of what was done to accounts: superusers follow it, nobody reads it without a token or writes to it.
AUDIT = "audit"

APPEND = hot("""
    INSERT INTO events (channel, type, subject, owner, data)
    VALUES (:channel, :type, :subject, :owner, CAST(:data AS jsonb))
""")
PUBLISH = hot("""
    INSERT INTO events (channel, type, subject, owner, data, extensions)
    VALUES (:channel, :type, :subject, :owner, CAST(:data AS jsonb), CAST(:extensions AS json))
""")

AFTER = text(f"""
    SELECT {COLUMNS} FROM events
    WHERE channel = :channel AND (xid, id) > (CAST(CAST(:xid AS text) AS xid8), :id) AND {SETTLED}
    ORDER BY events.xid, id LIMIT :limit
""")

FORGET = text("""
    DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < :before ORDER BY at LIMIT :limit)
""")

# Every server counts transactions by itself, and none of them is 0: all that is here comes before all that will come.
START_OVER = text("UPDATE events SET xid = '0' WHERE xid <> '0'")
# By their ids events may stand in another order than by transactions: whoever follows the log is put before the first
# that is still to come, and may be given again what stands behind that.
FOLLOWERS_START_OVER = text("""
    UPDATE subscriptions SET xid = '0', delivered_xid = NULL, delivered_id = NULL, since = NULL, event_id = COALESCE(
        (SELECT min(id) - 1 FROM events WHERE channel = subscriptions.channel
            AND (events.xid, id) > (subscriptions.xid, subscriptions.event_id)),
        (SELECT max(id) FROM events), 0)
""")
WEBHOOKS_START_OVER = text("""
    UPDATE webhooks SET xid = '0', event_id = COALESCE(
        (SELECT min(id) - 1 FROM events WHERE channel = ANY (webhooks.topics)
            AND (events.xid, id) > (webhooks.xid, webhooks.event_id)),
        (SELECT max(id) FROM events), 0)
""")
PROGRAMS_START_OVER = text("""
    UPDATE followers SET xid = '0', event_id = COALESCE(
        (SELECT min(id) - 1 FROM events WHERE (events.xid, id) > (followers.xid, followers.event_id)),
        (SELECT max(id) FROM events), 0)
""")
NOW = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
PLACE = text("""
    SELECT CAST(CAST(xid AS text) AS bigint) AS xid, id FROM events WHERE id <= :id ORDER BY id DESC LIMIT 1
""")


@dataclass(frozen=True, order=True)
class Position:
    """A place in the log: the transaction that wrote an event, then the event."""

    xid: int = 0
    id: int = 0


def append(
    session: Session, channel: str, type_: str, subject: str, data: Mapping[str, Any], *, owner: str | None = None
) -> None:
    """Record that something happened; it becomes readable when, and only if, the caller's transaction commits.

    An event with an ``owner``, a user's name, is for that user, and for whoever asks to see those of others.
    """
    said = {"channel": channel, "type": type_, "subject": subject, "owner": owner}
    session.later(APPEND, {**said, "data": orjson.dumps(data).decode()})


def publish(
    session: Session, channel: str, type_: str, data: Any, *, owner: str | None, extensions: Mapping[str, Any]
) -> None:
    """Record what a user says on a channel: any JSON, and CloudEvents attributes by name."""
    said = {"channel": channel, "type": type_, "subject": channel, "owner": owner}
    more = orjson.dumps(extensions).decode() if extensions else None
    session.later(PUBLISH, {**said, "data": orjson.dumps(data).decode(), "extensions": more})


def read(session: Session, channel: str, after: Position, limit: int = 100) -> Sequence[Row[Any]]:
    """Return the events of ``channel`` after ``after``, oldest first, at most ``limit``; ``data`` is JSON bytes.

    Ids alone are not an order: a transaction may take id 5 and commit after id 6 was read. Events of transactions
    that still run, or began after one that still runs, are held back until they cannot be overtaken.
    """
    bounds = {"channel": channel, "xid": str(after.xid), "id": after.id, "limit": limit}
    return session.execute(AFTER, bounds).all()


def now(session: Session) -> Position:
    """Return the place before everything that is not settled yet, and behind everything that is."""
    return Position(int(session.scalar(NOW) or 0))


def place(session: Session, event_id: int) -> Position:
    """Return the place of the event ``event_id``; of the one before it where it was forgotten."""
    found = session.execute(PLACE, {"id": event_id}).first()
    return Position(found.xid, found.id) if found else Position()


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` events older than the moment ``before`` and return how many there were."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)


def start_over(session: Session) -> int:
    """Put every event before all that this server will ever write, in the order of their ids; return how many moved.

    Whoever follows the log misses nothing, and may be given again what stood near his place.
    """
    session.execute(FOLLOWERS_START_OVER)
    session.execute(WEBHOOKS_START_OVER)
    session.execute(PROGRAMS_START_OVER)
    return int(session.execute(START_OVER).rowcount)
