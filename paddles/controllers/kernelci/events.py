"""``/latest/events``: what has happened, and ``stream``: what happens."""

from typing import Any, ClassVar

import orjson
from pydantic import BaseModel

from paddles.controllers import event_queries
from paddles.controllers.event_queries import EventsQuery, place
from paddles.controllers.kernelci import event_words, face, node_words
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.events import feed, history, log
from paddles.nodes import search
from paddles.web import query
from paddles.web.endpoint import Events
from paddles.web.face import Call
from paddles.web.resource import Resource
from paddles.web.streams import Stream

MOST = 1000
NODES_AT_ONCE = 100


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

        ``from`` is a moment after which, ``until`` one before which it happened, ``from_seq`` a place in the log, or
        the number of an event, behind which the list begins. With ``recursive`` each event of a node shows the node as
        it is now.
        """
        asked: EventsQuery = call.query
        if asked.recursive and not 0 < (asked.limit or 0) <= MOST:
            raise Invalid(f"Recursive limit is too large, max is {MOST}")
        found = history.find(call.session, asked.wanted(call.session), min(asked.limit or MOST, MOST))
        shown = [event_words.record(event) for event in found]
        if asked.recursive:
            about = [event_queries.node_id(event) for event in found]
            known = _nodes(call.session, about)
            shown = [record | {"node": known.get(each)} for record, each in zip(shown, about, strict=True)]
        return orjson.dumps(shown)


def _nodes(session: Session, about: list[str]) -> dict[str, Any]:
    """Return the nodes of these ids, by them, as they are now."""
    ids = sorted({each for each in about if each})
    parts = [ids[at : at + NODES_AT_ONCE] for at in range(0, len(ids), NODES_AT_ONCE)]
    rows = [row for part in parts for row in search.find(session, [("id__in", ",".join(part))], Page(len(part)))]
    return {row.id: node_words.node(row) for row in rows}
