"""What is new in the log, for whoever waits: looked at by one reader for all of a process."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.events import cloudevents, lists, log
from paddles.events.log import Position

# All channels at once.
EVERY = "*"
# How many events are looked at in one go, and what those that are sent may add up to; one of them may be larger.
PAGE, PAGE_BYTES = 500, 256 * 1024
# What is told to whoever asks: not what was done to accounts.
READ = f"(:every OR channel = ANY (:topics)) AND channel <> '{log.AUDIT}'"
_COLUMNS = "below id xid at channel type subject owner data extensions many"


def _page(only: str) -> Any:
    """The next events, and below which transaction all is settled; one row without an event where there is none.

    ``many`` is how many there were before those were left out that would make the page too large.
    """
    return hot(
        f"""
        SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS below,
            id, xid, at, channel, type, subject, owner, data, extensions, many
        FROM (SELECT) AS always LEFT JOIN (
            SELECT *, count(*) OVER () AS many, sum(bytes) OVER (ORDER BY xid, id) - bytes AS before FROM (
                SELECT *, COALESCE(octet_length(CAST(data AS text)), 0) AS bytes FROM (
                    SELECT id, CAST(CAST(xid AS text) AS bigint) AS xid, at, channel, type, subject, owner,
                        CASE WHEN {READ} THEN data END AS data, extensions
                    FROM events
                    WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint)) AND {log.SETTLED} {only}
                    ORDER BY events.xid, id LIMIT :limit) AS page) AS sized) AS found ON before < :bytes
        ORDER BY found.xid, found.id""",
        _COLUMNS,
    )


# Of each event that one is there; what it says of those that somebody reads.
ALL = _page("")
WANTED = _page(f"AND {READ}")


@dataclass(frozen=True)
class Item:
    """An event as it is sent: its channel, its place, the CloudEvent, and what a browser calls it, blank: nothing."""

    channel: str
    at: Position
    place: str
    event: bytes
    name: str = ""


@dataclass(frozen=True)
class Seen:
    """What a look found: ``keys`` of those to be woken, ``items`` to be sent, and up to ``upto`` nothing is left.

    ``more`` says that there is more behind it already.
    """

    keys: frozenset[str]
    items: Sequence[Item]
    upto: Position
    more: bool


def waiting_for(channel: str, username: str, *, promiscuous: bool) -> tuple[str, ...]:
    """Return the keys of a follower of a channel: those under which :func:`look` finds what he is given."""
    own = ("*",) if promiscuous else ("", f"={username}")
    return tuple(f"channel/{whose}/{channel}" for whose in own)


def waiting_for_item(name: str) -> tuple[str, ...]:
    """Return the keys of one who waits for something in the list ``name``."""
    return (f"list//{name}",)


def look(session: Session, after: Position | None, topics: Collection[str], keys: Collection[str], source: str) -> Seen:
    """Look what is new after a place, in all channels; with None, where the log ends now.

    Of ``topics`` the events themselves are returned. Of the ``keys`` that are waited for, those of lists are asked for.
    """
    named = [key.removeprefix("list//") for key in keys if key.startswith("list//")]
    found = {f"list//{name}" for name in lists.filled(session, named)}
    if after is None:
        return Seen(frozenset(found), (), log.now(session), more=False)
    rows, upto, more = _read(session, ALL, after, topics)
    woken = {key for row in rows for key in _keys(row)}
    return Seen(frozenset(woken | found), _items(rows, source), upto, more)


def since(session: Session, after: Position, topics: Collection[str], source: str) -> Seen:
    """Return what there is of ``topics`` after a place: at most ``PAGE`` events."""
    rows, upto, more = _read(session, WANTED, after, topics)
    return Seen(frozenset(), _items(rows, source), upto, more)


def _read(
    session: Session, statement: Any, after: Position, topics: Collection[str]
) -> tuple[list[Row[Any]], Position, bool]:
    values = {
        "every": EVERY in topics,
        "topics": list(topics),
        "xid": str(after.xid),
        "id": after.id,
        "limit": PAGE,
        "bytes": PAGE_BYTES,
    }
    rows = session.execute(statement, values).all()
    events = [row for row in rows if row.id is not None]
    if events and (rows[0].many == PAGE or rows[0].many > len(events)):
        return events, Position(events[-1].xid, events[-1].id), True
    # Another server, after a restore, may have settled less than this one had.
    return events, max(after, Position(rows[0].below)), False


def _items(rows: Sequence[Row[Any]], source: str) -> list[Item]:
    return [
        Item(row.channel, Position(row.xid, row.id), cloudevents.place(row), cloudevents.of(row, source))
        for row in rows
        if row.data is not None
    ]


def _keys(row: Row[Any]) -> tuple[str, str]:
    whose = "" if row.owner is None else f"={row.owner}"
    return (f"channel/{whose}/{row.channel}", f"channel/*/{row.channel}")
