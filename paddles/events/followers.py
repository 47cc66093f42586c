"""Programs of the service that act on what has happened: each event once, in the transaction that acts on it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.events import log
from paddles.events.log import Position

# Who has no place yet begins where the log does.
ENSURE = text("INSERT INTO followers (name, xid, event_id) VALUES (:name, '0', 0) ON CONFLICT (name) DO NOTHING")
LOCK = text("""
    SELECT CAST(CAST(xid AS text) AS bigint) AS xid, event_id FROM followers WHERE name = :name FOR NO KEY UPDATE
""")
# One row without an event where there is none; ``below`` is the transaction up to which all is settled.
NEXT = text(f"""
    SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS below, found.*
    FROM (SELECT) AS always LEFT JOIN (
        SELECT {log.COLUMNS} FROM events
        WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), :id) AND channel = ANY (:channels) AND {log.SETTLED}
        ORDER BY events.xid, id LIMIT :limit) AS found ON true
    ORDER BY found.xid, found.id
""")
MOVE = text("""
    UPDATE followers SET xid = CAST(CAST(:xid AS text) AS xid8), event_id = :event_id WHERE name = :name
""")


class Page(NamedTuple):
    """The next ``events``, oldest first, and the place behind which nothing is left when all of them are done."""

    events: Sequence[Row[Any]]
    upto: Position


def read(session: Session, name: str, channels: Sequence[str], limit: int) -> Page:
    """Return up to ``limit`` events of some channels that a program has not acted on yet; ``data`` is JSON bytes.

    Its place stays its own until the transaction ends: who reads under the same name meanwhile waits.
    """
    while (mine := session.execute(LOCK, {"name": name}).first()) is None:
        session.execute(ENSURE, {"name": name})
    values = {"channels": list(channels), "xid": str(mine.xid), "id": mine.event_id, "limit": limit}
    rows = session.execute(NEXT, values).all()
    events = [row for row in rows if row.id is not None]
    if len(events) == limit:
        return Page(events, place(events[-1]))
    # Another server, after a restore, may have settled less than this one had.
    return Page(events, max(Position(mine.xid, mine.event_id), Position(rows[0].below)))


def place(event: Row[Any]) -> Position:
    """Return where an event stands."""
    return Position(event.xid, event.id)


def move(session: Session, name: str, upto: Position) -> None:
    """Note that a program has acted on everything up to a place."""
    session.execute(MOVE, {"name": name, "xid": str(upto.xid), "event_id": upto.id})
