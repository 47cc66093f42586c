"""What the log still knows, found by what events say."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    and_,
    any_,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from paddles.db import limits
from paddles.db.base import XID8
from paddles.db.session import Session
from paddles.events import log
from paddles.events.log import Position
from paddles.events.models import ID_LENGTH, Event

# What the data of a node's event says directly, and is asked for by name.
SAID = ("kind", "state", "result", "op", "name", "group")
# Where it names the node it is about.
NODE = ("id",)
# How many seconds of the server a query may take.
LIMIT_S = 15.0

XID: ColumnElement[int] = literal_column("CAST(CAST(events.xid AS text) AS bigint)").label("xid")
ON_PATH = text("""
    EXISTS (SELECT FROM jsonb_array_elements_text(jsonb_path_query_array(events.data, '$.path[*]')) AS part (word)
            WHERE part.word ~ :path)
""")
BASE = select(
    Event.id, XID, Event.at, Event.channel, Event.type, Event.subject, Event.owner, Event.data, Event.extensions
).where(Event.xid < func.pg_snapshot_xmin(func.pg_current_snapshot(), type_=XID8()))


@dataclass(frozen=True)
class Wanted:
    """Which events: all that is given holds of them.

    ``said`` are values by their path in an event's data, compared as text. ``since`` is a moment, and ``after`` a place
    in the log, which they come after; ``until`` and ``before`` are those that they come before. ``path`` is a regular
    expression that a part of ``data.path`` matches.
    """

    channel: str | None = None
    owner: str | None = None
    ids: Sequence[int] | None = None
    path: str | None = None
    since: datetime.datetime | None = None
    after: Position | None = None
    until: datetime.datetime | None = None
    before: Position | None = None
    said: Mapping[tuple[str, ...], str] = field(default_factory=dict)


def find(session: Session, wanted: Wanted, limit: int) -> Sequence[Row[Any]]:
    """Return up to ``limit`` events as the log does, the oldest first: by moment, behind a place by the log's order.

    Only what nothing can come before any more is shown, so that whoever goes on behind a place misses nothing.

    Raises:
        Invalid: ``path`` is no regular expression, or what is asked takes too long to be found.
    """
    return list(limits.within(session, query(wanted, limit), LIMIT_S))


def latest(session: Session, wanted: Wanted, limit: int) -> Sequence[Row[Any]]:
    """Return up to ``limit`` events as :func:`find` does, the newest first, by the order of the log.

    Raises:
        Invalid: as :func:`find`.
    """
    newest_first = BASE.where(*_conditions(wanted)).order_by(Event.xid.desc(), Event.id.desc()).limit(limit)
    return list(limits.within(session, newest_first, LIMIT_S))


def query(wanted: Wanted, limit: int) -> Executable:
    """Return the query that finds events."""
    order = (Event.at, Event.xid, Event.id) if wanted.after is None else (Event.xid, Event.id)
    return BASE.where(and_(True, *_conditions(wanted))).order_by(*order).limit(limit)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    data: Any = Event.data
    found: list[Any] = [Event.channel != log.AUDIT]
    found += [_said(path) == value for path, value in wanted.said.items()]
    if len(wanted.said.get(NODE, "")) == ID_LENGTH:
        # Says nothing new, and finds the index of what is told of nodes.
        found.append(func.length(data[NODE].astext) == ID_LENGTH)
    if wanted.channel is not None:
        found.append(Event.channel == wanted.channel)
    if wanted.owner is not None:
        found.append(Event.owner == wanted.owner)
    if wanted.ids is not None:
        found.append(Event.id == any_(cast(list(wanted.ids), ARRAY(Event.id.type))))
    if wanted.path is not None:
        found.append(ON_PATH.bindparams(path=wanted.path))
    if wanted.since is not None:
        found.append(Event.at > wanted.since)
    if wanted.until is not None:
        found.append(Event.at < wanted.until)
    if wanted.after is not None:
        found.append(tuple_(Event.xid, Event.id) > _place(wanted.after))
    if wanted.before is not None:
        found.append(tuple_(Event.xid, Event.id) < _place(wanted.before))
    return found


def _said(path: tuple[str, ...]) -> Any:
    """Return what data says at a path, as text; where it names a node, as the index has it."""
    data: Any = Event.data
    return data[path].astext if path == NODE else func.jsonb_extract_path_text(data, *path)


def _place(at: Position) -> Any:
    return tuple_(cast(literal(str(at.xid)), XID8()), literal(at.id))
