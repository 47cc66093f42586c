"""Events as CloudEvents 1.0 (https://github.com/cloudevents/spec), in the structured JSON mode. Pure."""

import datetime
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

import orjson

# What KernelCI's API calls the type of everything, and its clients know.
TYPE = "api.kernelci.org"
# Whoever publishes may say more of an event, under names other than these.
RESERVED = frozenset("specversion id source type time subject data datacontenttype owner _sequence_id sequence".split())
# The ids of events as UUIDs: the same event has the same, whoever asks and whenever.
NAMESPACE = uuid.UUID("5f0b6a3e-3d0b-5c1e-9b55-6d7d0a5f1c0e")


class Event(Protocol):
    """What a row of the log has; ``data`` and ``extensions`` are JSON."""

    id: int
    xid: int
    at: datetime.datetime
    channel: str
    type: str
    subject: str
    owner: str | None
    data: bytes
    extensions: bytes | None


class Place(Protocol):
    """Where an event stands: the transaction that wrote it, and its number."""

    @property
    def xid(self) -> int:
        """The transaction."""

    @property
    def id(self) -> int:
        """The number."""


def place(event: Place) -> str:
    """Return the place of an event in the log as text: its order is that of the events."""
    return f"{event.xid:016x}{event.id:016x}"


def parse(text: str) -> tuple[int, int]:
    """Return the transaction and the id that :func:`place` made a text of. Raises ValueError."""
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise ValueError("not the place of an event")
    return int(text[:16], 16), int(text[16:], 16)


def of(event: Event, source: str) -> bytes:
    """Return a row of the log as JSON.

    ``_sequence_id`` is the number of the event, ``sequence`` (a CloudEvents extension) its place in the order. The
    source is ``source`` unless the publisher said another.
    """
    said: dict[str, Any] = orjson.loads(event.extensions) if event.extensions else {}
    shown = {
        "specversion": "1.0",
        "id": str(uuid.uuid5(NAMESPACE, str(event.id))),
        "source": said.pop("source", source),
        "type": TYPE if event.channel == "node" else event.type,
        "time": _time(event.at),
        "subject": event.subject,
        "data": orjson.Fragment(bytes(event.data)),
        "owner": event.owner,
        "_sequence_id": event.id,
        "sequence": place(event),
        **said,
    }
    if event.owner is None:
        del shown["owner"]
    return orjson.dumps(shown)


def item(
    data: Any, now: datetime.datetime, source: str, owner: str, *, type_: str = TYPE, more: Mapping[str, Any]
) -> bytes:
    """Return what ``owner`` pushes onto a list as JSON; ``more`` are attributes under names of his own."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": source,
            "type": type_,
            "time": _time(now),
            "data": data,
            "owner": owner,
            **extensions(more),
        }
    )


def beep(now: datetime.datetime, source: str) -> bytes:
    """Return the event that says that nothing has happened: its data is ``BEEP``, and it belongs to nobody."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": source,
            "type": TYPE,
            "time": _time(now),
            "data": "BEEP",
        }
    )


def extensions(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a publisher may add to an event: all but the attributes that are the service's to say."""
    return {name: value for name, value in said.items() if name not in RESERVED}


def _time(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat()
