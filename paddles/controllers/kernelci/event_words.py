"""The KernelCI face's words for events: places, ids of records, messages. Pure."""

import datetime
from typing import Any

import orjson

from paddles.controllers.kernelci import words
from paddles.errors import Invalid
from paddles.events import cloudevents

DIGITS, SECOND = 24, 8
HEX = frozenset("0123456789abcdef")
LONGEST_NAME = 256
LARGEST = 2**63 - 1


def number(name: str, value: str) -> int:
    """Return a part of the path that is the number of something. Raises Malformed."""
    if not value.isascii() or not value.isdigit() or int(value[:20]) > LARGEST or len(value) > 19:
        raise words.misplaced(name, "Input should be a valid integer", value)
    return int(value)


def channel(name: str) -> str:
    """Return the name of a channel or a list. Raises Invalid when it is too long to be one."""
    if len(name) > LONGEST_NAME:
        raise Invalid(f"a name has at most {LONGEST_NAME} characters")
    return name


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


def moment(text: str) -> datetime.datetime:
    """Return a moment as clients write it; UTC where it does not say.

    Raises:
        Invalid: it is none.
    """
    try:
        said = datetime.datetime.fromisoformat(text)
        return said.astimezone(datetime.UTC) if said.tzinfo else said.replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        raise Invalid("Invalid 'from' parameter, must be an ISO 8601 datetime") from None


def message(name: str, event: bytes) -> dict[str, Any]:
    """Return what a listener is answered with: a CloudEvent as text, and the channel that it came on."""
    return {"type": "message", "pattern": None, "channel": name, "data": event.decode()}


def record(event: Any) -> dict[str, Any]:
    """Return an event as the history shows it; ``sequence`` is its place in the log."""
    return {
        "id": record_id(event),
        "timestamp": words.timestamp(event.at),
        "sequence_id": event.id,
        "sequence": cloudevents.place(event),
        "channel": event.channel,
        "type": event.type,
        "owner": event.owner,
        "data": orjson.Fragment(bytes(event.data)),
    }
