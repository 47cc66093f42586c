"""Append to the log and read it in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session

APPEND = hot("""
    INSERT INTO events (channel, type, subject, data) VALUES (:channel, :type, :subject, CAST(:data AS jsonb))
""")

AFTER = text("""
    SELECT id, xid::text::bigint AS xid, at, channel, type, subject, data FROM events
    WHERE channel = :channel AND (xid, id) > (CAST(:xid AS text)::xid8, :id)
      AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY events.xid, id LIMIT :limit
""")

FORGET = text("""
    DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < :before ORDER BY at LIMIT :limit)
""")

# Every server counts transactions by itself, and none of them is 0: all that is here comes before all that will come.
START_OVER = text("UPDATE events SET xid = '0' WHERE xid <> '0'")


@dataclass(frozen=True, order=True)
class Position:
    """A place in the log: the transaction that wrote an event, then the event."""

    xid: int = 0
    id: int = 0


def append(session: Session, channel: str, type_: str, subject: str, data: dict[str, Any]) -> None:
    """Record that something happened; it becomes readable when, and only if, the caller's transaction commits."""
    session.execute(
        APPEND, {"channel": channel, "type": type_, "subject": subject, "data": orjson.dumps(data).decode()}
    )


def read(session: Session, channel: str, after: Position, limit: int = 100) -> Sequence[Row[Any]]:
    """Return the events of ``channel`` after ``after``, oldest first, at most ``limit``; ``data`` is JSON bytes.

    Ids alone are not an order: a transaction may take id 5 and commit after id 6 was read. Events of transactions
    that still run, or began after one that still runs, are held back until they cannot be overtaken.
    """
    bounds = {"channel": channel, "xid": str(after.xid), "id": after.id, "limit": limit}
    return session.execute(AFTER, bounds).all()


def forget(session: Session, before: Any, limit: int) -> int:
    """Delete up to ``limit`` events older than the moment ``before`` and return how many there were."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)


def start_over(session: Session) -> int:
    """Put every event before all that this server will ever write, in the order of their ids; return how many moved."""
    return int(session.execute(START_OVER).rowcount)
