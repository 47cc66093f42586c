"""What has changed since a place in the log, by the topics that pages follow: each once, however much has happened."""

from collections.abc import Collection, Iterable
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.events import cloudevents, log, topics
from paddles.events.feed import Item, Seen
from paddles.events.log import Position

# How many events are looked at in one go, and behind how many more nobody is told apart what has changed.
PAGE, REPLAYED = 5000, 20000
# How long an event may be on its way before it can be read: that of a transaction which takes long.
LATE_S = 5

# The last event of each run and channel after a place, and below which transaction all is settled; ``many`` is how many
# events there were. One row without a channel where there were none.
CHANGED = hot(
    f"""
    WITH page AS MATERIALIZED (
        SELECT channel, id, CAST(CAST(xid AS text) AS bigint) AS xid,
            left(COALESCE(data ->> 'run', (data ->> 'project') || '/builds/' || (data ->> 'number')), 1024) AS run
        FROM events
        WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint)) AND channel = ANY (:channels)
            AND {log.SETTLED}
        ORDER BY events.xid, id LIMIT :limit)
    SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS below,
        (SELECT count(*) FROM page) AS many, channel, run, xid, id
    FROM (SELECT) AS always LEFT JOIN (
        SELECT DISTINCT ON (channel, run) channel, run, xid, id FROM page
        ORDER BY channel, run, page.xid DESC, id DESC) AS latest ON true""",
    "below many channel run xid id",
)
BEFORE = text("""
    SELECT CAST(CAST(xid AS text) AS bigint) AS xid, id - 1 AS id FROM events
    WHERE at >= now() - make_interval(secs => :seconds) ORDER BY events.xid, id LIMIT 1
""")


def look(session: Session, after: Position | None, wanted: Collection[str]) -> Seen:
    """Return which of the topics ``wanted`` have changed after a place; with None, where the log ends now."""
    if after is None:
        return Seen(frozenset(), (), log.now(session), more=False)
    rows, upto, more = _read(session, after, PAGE)
    return Seen(frozenset(), _items(rows, wanted), upto, more)


def replay(session: Session, after: Position, wanted: Collection[str]) -> Seen:
    """Return all that :func:`look` would; every topic where there is too much, or the place is not of this log."""
    rows, upto, more = _read(session, after, REPLAYED)
    if more or after.xid > rows[0].below:
        end = Position(rows[0].below)
        return Seen(frozenset(), tuple(_item(topic, end) for topic in sorted(wanted)), end, more=False)
    return Seen(frozenset(), _items(rows, wanted), upto, more=False)


def before(session: Session, seconds: int) -> Position:
    """Return a place before everything that happened in the last ``seconds``, and not behind where the log ends now."""
    end = log.now(session)
    found = session.execute(BEFORE, {"seconds": seconds + LATE_S}).first()
    # What can be seen but not read yet, since an older transaction is open, lies behind that end.
    return min(Position(found.xid, found.id), end) if found else end


def _read(session: Session, after: Position, limit: int) -> tuple[list[Row[Any]], Position, bool]:
    values = {"xid": str(after.xid), "id": after.id, "channels": list(topics.ALSO), "limit": limit}
    rows = session.execute(CHANGED, values).all()
    if rows[0].many == limit:
        return list(rows), max(Position(row.xid, row.id) for row in rows), True
    # Another server, after a restore, may have settled less than this one had.
    return list(rows), max(after, Position(rows[0].below)), False


def _items(rows: Iterable[Row[Any]], wanted: Collection[str]) -> list[Item]:
    """Return one item for each topic, where it changed last; in the order of the log, as places are to be."""
    last: dict[str, Position] = {}
    for row in rows:
        for topic in topics.of(row.channel, row.run) if row.channel else ():
            if topic in wanted:
                last[topic] = max(last.get(topic, Position()), Position(row.xid, row.id))
    return [_item(topic, at) for topic, at in sorted(last.items(), key=lambda each: (each[1], each[0]))]


def _item(topic: str, at: Position) -> Item:
    return Item(topic, at, cloudevents.place(at), orjson.dumps({"topic": topic}), "changed")
