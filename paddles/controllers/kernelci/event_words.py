"""The KernelCI face's words for events: places, ids of records, messages. Pure."""

from typing import Any

import orjson

from paddles.controllers import event_queries
from paddles.controllers.event_queries import LARGEST
from paddles.controllers.kernelci import words
from paddles.errors import Invalid
from paddles.events import cloudevents

LONGEST_NAME = 256


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


def message(name: str, event: bytes) -> dict[str, Any]:
    """Return what a listener is answered with: a CloudEvent as text, and the channel that it came on."""
    return {"type": "message", "pattern": None, "channel": name, "data": event.decode()}


def record(event: Any) -> dict[str, Any]:
    """Return an event as the history shows it; ``sequence`` is its place in the log."""
    return {
        "id": event_queries.record_id(event),
        "timestamp": words.timestamp(event.at),
        "sequence_id": event.id,
        "sequence": cloudevents.place(event),
        "channel": event.channel,
        "type": event.type,
        "owner": event.owner,
        "data": orjson.Fragment(bytes(event.data)),
    }
