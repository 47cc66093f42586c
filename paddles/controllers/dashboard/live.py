"""``/events/stream``: what changes of what pages show, for as long as they are open."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar
from urllib.parse import parse_qs, unquote

from pydantic import Field

from paddles.controllers.dashboard import face
from paddles.errors import Invalid
from paddles.events import changes, cloudevents, log, topics
from paddles.events.feed import Item, Seen
from paddles.events.log import Position
from paddles.web import query
from paddles.web.endpoint import Events
from paddles.web.face import Call
from paddles.web.resource import Found, Resource
from paddles.web.streams import Stream

# How many topics a client may follow, and for how long it may have been away.
MOST, LONGEST_S = 200, 600
# A channel of the log has this name too: whoever names nothing else means that.
SHARED = {topics.QUEUE}


class StreamQuery(query.Query):
    """What to follow, with commas in between, each percent-encoded; ``after`` is what ``Last-Event-ID`` says otherwise.

    ``age``: how many seconds ago that was made what the client shows.
    """

    topics: query.Text
    after: query.Text | None = None
    age: Annotated[query.Count | None, Field(le=query.MOST)] = None


class ChangesController(Resource):
    """``/events/stream``"""

    face = face
    head = False

    @face.endpoint(query=StreamQuery, fresh=True, answers=Events)
    def get_all(self, call: Call) -> Any:
        """Tell which of some topics have changed, as they do: 200 with server-sent events ``changed``, without an end.

        The id of each is its place in the log; who says the last one in ``Last-Event-ID`` misses nothing. What was
        missed is followed by a ``beat``, whose id is the place up to which that is all; further ones, without an id,
        say that the connection lives. 503 when the server keeps as many connections as it may.
        """
        wanted = _wanted(call.query.topics)
        seen = _missed(call, wanted)
        upto = Item("", seen.upto, cloudevents.place(seen.upto), b"{}", "beat")
        return Stream(wanted, (*seen.items, upto), seen.upto, changes=True)


class EventsFolder(Resource):
    """``/events``"""

    face = face
    words: ClassVar[Mapping[str, Resource]] = {"stream": ChangesController()}


def shared(ours: Found, theirs: Found) -> Found:
    """Return where a request for the stream goes, which is ours when it names a topic of pages and nothing else."""
    return replace(ours, other=theirs, others=_names_channels) if ours.handler else theirs


def _names_channels(environ: Mapping[str, Any]) -> bool:
    given = parse_qs(environ.get("QUERY_STRING", ""), errors="replace").get("topics", [""])[-1]
    named = _named(given)
    return named <= SHARED or not all(map(topics.known, named))


def _named(given: str) -> frozenset[str]:
    return frozenset(filter(None, (unquote(each.strip()) for each in given.split(","))))


def _wanted(given: str) -> frozenset[str]:
    wanted = _named(given)
    if len(wanted) > MOST:
        raise Invalid(f"topics names more than {MOST}")
    return wanted


def _missed(call: Call, wanted: frozenset[str]) -> Seen:
    """Return what has changed since the place, or the moment, up to which the client has seen everything."""
    reached = call.headers.get("HTTP_LAST_EVENT_ID")
    last, age = reached or call.query.after, call.query.age
    places = [_place(last)] if last else []
    # A browser that connects again says how old its page was when it connected first: that was seen to then.
    if age is not None and not reached:
        places.append(changes.before(call.session, age) if age <= LONGEST_S else Position())
    if not places:
        return Seen(frozenset(), (), log.now(call.session), more=False)
    return changes.replay(call.session, min(places), wanted)


def _place(text: str) -> Position:
    try:
        return Position(*cloudevents.parse(text))
    except ValueError:
        raise Invalid("Last-Event-ID, or after, is not the id of an event of this stream") from None
