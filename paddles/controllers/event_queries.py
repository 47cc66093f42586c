"""What the history of events understands, for programs and for people, and how events are named there."""

import datetime
from typing import Annotated, Any

import orjson
from pydantic import ConfigDict, Field

from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.events import cloudevents, history, log
from paddles.events.history import Wanted
from paddles.events.log import Position
from paddles.web import query

DIGITS, SECOND = 24, 8
HEX = frozenset("0123456789abcdef")
LARGEST = 2**63 - 1
MOST_IDS = 1000
PREFIX = "data."


class EventsQuery(query.Query):
    """Which events; ``data.<name>`` asks for what an event's data says under any other name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: query.Text | None = None
    ids: query.Text | None = None
    node_id: query.Text | None = None
    channel: query.Text | None = None
    owner: query.Text | None = None
    path: query.Text | None = None
    kind: query.Text | None = None
    state: query.Text | None = None
    result: query.Text | None = None
    op: query.Text | None = None
    name: query.Text | None = None
    group: query.Text | None = None
    since: Annotated[query.Text | None, Field(alias="from")] = None
    until: query.Text | None = None
    from_seq: query.Text | None = None
    limit: query.Count | None = None
    recursive: query.Boolean = False

    def wanted(self, session: Session) -> Wanted:
        """Return which events are asked for. Raises Invalid."""
        return Wanted(
            channel=self.channel,
            owner=self.owner,
            ids=_ids(self),
            path=self.path,
            since=None if self.since is None else moment(self.since, "from"),
            until=None if self.until is None else moment(self.until, "until"),
            after=None if self.from_seq is None else place(session, self.from_seq),
            said=_said(self),
        )


def place(session: Session, text: str) -> Position:
    """Return the place in the log that a client names. Raises Invalid."""
    return log.place(session, position(text))


def position(text: str) -> int:
    """Return the number of the event whose place in the log, or number, a client writes.

    The transaction in a place is for clients to compare: on another server, after a restore, it is another.

    Raises:
        Invalid: it is neither.
    """
    if text.isascii() and text.isdigit() and len(text) < 20:
        return min(int(text), LARGEST)
    try:
        _, number = cloudevents.parse(text)
    except ValueError:
        raise Invalid("a place in the log is the sequence, or the _sequence_id, of an event") from None
    return min(number, LARGEST)


def record_id(event: Any) -> str:
    """Return what the history calls an event: 24 digits, in the order of moments."""
    return f"{int(event.at.timestamp()):0{SECOND}x}{event.id:0{DIGITS - SECOND}x}"


def event_id(text: str) -> int | None:
    """Return the number of the event that :func:`record_id` made a text of, None when it made none."""
    if len(text) != DIGITS or not set(text.lower()) <= HEX:
        return None
    return min(int(text[SECOND:], 16), LARGEST)


def node_id(event: Any) -> str:
    """Return the id of the node that an event is about, blank for one that is about something else."""
    said = orjson.loads(bytes(event.data))
    about = said.get("id") if isinstance(said, dict) else None
    known = isinstance(about, str) and len(about) == DIGITS and set(about) <= HEX
    return str(about) if known else ""


def moment(text: str, name: str) -> datetime.datetime:
    """Return a moment as clients write it; UTC where it does not say.

    Raises:
        Invalid: it is none.
    """
    try:
        said = datetime.datetime.fromisoformat(text)
        return said.astimezone(datetime.UTC) if said.tzinfo else said.replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"Invalid {name!r} parameter, must be an ISO 8601 datetime") from None


def _ids(asked: EventsQuery) -> list[int] | None:
    """Return the numbers of the events that are asked for, None for any. Raises Invalid."""
    if asked.id is not None and asked.ids is not None:
        raise Invalid("Provide either id or ids, not both")
    if asked.id is not None:
        return _numbers([asked.id], "Invalid id format")
    if asked.ids is None:
        return None
    named = [each.strip() for each in asked.ids.split(",") if each.strip()]
    if not named:
        raise Invalid("ids must contain at least one id")
    return _numbers(named[: MOST_IDS + 1], "Invalid ids format")


def _numbers(named: list[str], refusal: str) -> list[int]:
    found = [event_id(each) for each in named]
    if None in found or len(found) > MOST_IDS:
        raise Invalid(refusal)
    return [each for each in found if each is not None]


def _said(asked: EventsQuery) -> dict[tuple[str, ...], str]:
    """Return what the data of events must say, by its path. Raises Invalid."""
    said: dict[tuple[str, ...], str] = {
        (name,): value for name in history.SAID if (value := getattr(asked, name)) is not None
    }
    for name, value in (asked.model_extra or {}).items():
        if name.startswith(PREFIX) and "\0" not in f"{name}{value}":
            said[tuple(name.removeprefix(PREFIX).split("."))] = value
    if asked.node_id is not None:
        if ("id",) in said:
            raise Invalid("Provide either node_id or data.id, not both")
        said[("id",)] = asked.node_id
    return said
