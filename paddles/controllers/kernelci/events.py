"""``/latest/events``: what has happened, and ``stream``: what happens."""

from typing import Annotated, Any, ClassVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from paddles.controllers.kernelci import event_words, face, node_words
from paddles.controllers.kernelci.subscriptions import place
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.events import feed, history, log
from paddles.events.history import Wanted
from paddles.nodes import search
from paddles.web import query
from paddles.web.endpoint import Events
from paddles.web.face import Call
from paddles.web.resource import Resource
from paddles.web.streams import Stream

MOST = 1000
MOST_IDS = 1000
NODES_AT_ONCE = 100
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
    from_seq: query.Text | None = None
    limit: query.Count | None = None
    recursive: query.Boolean = False


class Record(BaseModel):
    """An event of the history."""

    id: str
    timestamp: str
    sequence_id: int
    sequence: str
    channel: str
    type: str
    owner: str | None
    data: Any
    node: node_words.NodeShown | None = None


class StreamQuery(query.Query):
    """Which channels, separated by commas, ``*`` for all; ``after`` is what ``Last-Event-ID`` says otherwise."""

    topics: query.Text
    after: query.Text | None = None


class StreamController(Resource):
    """``/latest/events/stream``"""

    face = face
    head = False

    @face.endpoint(query=StreamQuery, fresh=True, answers=Events)
    def get_all(self, call: Call) -> Any:
        """Tell what happens on some channels as it happens: 200 with server-sent events, without an end.

        The id of each is its place in the log; who says the last one in ``Last-Event-ID`` misses nothing.
        """
        asked: StreamQuery = call.query
        topics = frozenset(filter(None, (each.strip() for each in asked.topics.split(","))))
        if not topics:
            raise Invalid("topics names no channel")
        last = call.headers.get("HTTP_LAST_EVENT_ID") or asked.after
        begin = place(call.session, last) if last else log.now(call.session)
        seen = feed.since(call.session, begin, topics, call.settings.event_source)
        return Stream(topics, seen.items, seen.upto)


class EventsController(Resource):
    """``/latest/events``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {"stream": StreamController()}

    @face.endpoint(query=EventsQuery, answers=list[Record], fresh=True)
    def get_all(self, call: Call) -> Any:
        """List what has happened, the oldest first: 200, at most 1000 events.

        ``from`` is a moment after which, ``from_seq`` a place in the log, or the number of an event, behind which the
        list begins. With ``recursive`` each event of a node shows the node as it is now.
        """
        asked: EventsQuery = call.query
        if asked.recursive and not 0 < (asked.limit or 0) <= MOST:
            raise Invalid(f"Recursive limit is too large, max is {MOST}")
        found = history.find(call.session, self._wanted(call), min(asked.limit or MOST, MOST))
        shown = [event_words.record(event) for event in found]
        if asked.recursive:
            about = [event_words.node_id(event) for event in found]
            known = _nodes(call.session, about)
            shown = [record | {"node": known.get(each)} for record, each in zip(shown, about, strict=True)]
        return orjson.dumps(shown)

    @staticmethod
    def _wanted(call: Call) -> Wanted:
        asked: EventsQuery = call.query
        return Wanted(
            channel=asked.channel,
            owner=asked.owner,
            ids=_ids(asked),
            path=asked.path,
            since=None if asked.since is None else event_words.moment(asked.since),
            after=None if asked.from_seq is None else place(call.session, asked.from_seq),
            said=_said(asked),
        )


def _nodes(session: Session, about: list[str]) -> dict[str, Any]:
    """Return the nodes of these ids, by them, as they are now."""
    ids = sorted({each for each in about if each})
    parts = [ids[at : at + NODES_AT_ONCE] for at in range(0, len(ids), NODES_AT_ONCE)]
    rows = [row for part in parts for row in search.find(session, [("id__in", ",".join(part))], Page(len(part)))]
    return {row.id: node_words.node(row) for row in rows}


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
    found = [event_words.event_id(each) for each in named]
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
