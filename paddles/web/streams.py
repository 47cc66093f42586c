"""Server-sent events: answers that have no end, written by the loop of a worker and by no thread.

A handler returns a :class:`Stream`. Where the server can keep it open (``web.worker``) what happens is sent as it
happens; elsewhere the answer ends with what there is, and the client asks again, as clients of such streams do.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import contextlib
import selectors
import time
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from webob import Response

from paddles.errors import Unavailable
from paddles.web.endpoint import EVENTS
from paddles.web.pacing import Pacing
from paddles.web.parking import WAITED
from paddles.web.watch import Item, Watch

# A comment that keeps the connection from being taken for dead. A browser shows no comments to the script of a page,
# which is to notice a connection that is dead: it is sent an event besides.
BEAT, BEAT_S = b":\n\n", 15.0
SEEN_BEAT = b":\nevent: beat\ndata: {}\n\n"
# When to ask again after the end of an answer, in milliseconds.
RETRY = b"retry: 2000\n\n"
# A client that has so much to take is given no more for now; one that takes nothing for so long is dropped.
ROOM_BYTES, STALLED_S = 64 * 1024, 30.0
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: {EVENTS}\r\nCache-Control: no-store\r\nConnection: close\r\n"


class Stream:
    """An answer without an end: ``items``, then all of ``topics`` that is behind ``place`` in the log.

    Of ``changes`` the topics are those of pages, of which is only said that they are others.
    """

    def __init__(self, topics: frozenset[str], items: Sequence[Item], place: Any, *, changes: bool = False) -> None:
        self.topics, self.items, self.place, self.changes = topics, items, place, changes


class Streaming(BaseException):
    """Leaves a request, past everything that answers, to the server that is to keep its answer open.

    ``headers`` are further ones of the answer.
    """

    def __init__(self, stream: Stream, watch: Watch) -> None:
        super().__init__("an answer without an end")
        self.stream, self.watch = stream, watch
        self.headers: list[tuple[str, str]] = []


class Flow:
    """A connection on which events are sent.

    ``place`` is the watch's once it has begun, and so is ``given``, how much it was given, but of ``changes``; all else
    is the loop's.
    """

    def __init__(self, conn: Any, streaming: Streaming) -> None:
        self.conn, self.watch = conn, streaming.watch
        self.topics, self.place = streaming.stream.topics, streaming.stream.place
        self.changes = streaming.stream.changes
        # What is sent to many is there once.
        self.waiting: deque[memoryview] = deque()
        self.given = self.taken = 0
        self.moved = time.monotonic()
        self.events = selectors.EVENT_READ
        self.open = True

    def room(self) -> bool:
        """Say whether its client has taken most of what it was sent."""
        return self.given - self.taken < ROOM_BYTES


class Streams:
    """The streams of a worker; all but :meth:`sink` is the loop's."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker
        self._flows: set[Flow] = set()
        self._beaten = time.monotonic()
        self._pacing: Pacing[Flow] = Pacing(self._beaten)

    def open(self, conn: Any, streaming: Streaming) -> None:
        """Begin the answer, and go on with it."""
        flow = Flow(conn, streaming)
        conn.sock.setblocking(False)
        self._flows.add(flow)
        self._worker.poller.register(conn.sock, flow.events, partial(self._ready, flow))
        headers = "".join(f"{name}: {value}\r\n" for name, value in streaming.headers)
        head = f"{HEAD}{headers}\r\n".encode() + RETRY + framed(streaming.stream.items)
        flow.given = len(head)
        self._give(flow, head)
        if flow.open:
            flow.watch.add(flow, self.sink)

    def sink(self, given: list[tuple[Flow, Sequence[Item]]]) -> None:
        """Send what the watch has seen; in the watch's thread."""
        later = [(flow, items) for flow, items in given if flow.changes]
        ready = _framed([(flow, items) for flow, items in given if not flow.changes])
        self._worker.method_queue.defer(self._take, ready, later)

    def beat(self, now: float) -> None:
        """From time to time, tell every client that it is still connected; end those that take nothing."""
        for flow in [flow for flow in self._flows if flow.waiting and now - flow.moved > STALLED_S]:
            # Its client comes back with the place that it had reached, and is given all of it from the log.
            self._end(flow)
        if now - self._beaten < BEAT_S:
            return
        self._beaten = now
        self._give_all([(flow, SEEN_BEAT if flow.changes else BEAT) for flow in self._flows if not flow.waiting])

    def pause(self, longest: float) -> float:
        """Return for how many seconds at the most nobody need be told anything."""
        return self._pacing.pause(longest)

    def go_on(self, alive: bool) -> None:
        """Tell who is due of what has changed; when the process is to end, end all answers.

        Clients ask again, and say what they had last.
        """
        for flow in () if alive else list(self._flows):
            self._end(flow)
        if len(self._pacing):
            listeners = sum(flow.changes for flow in self._flows)
            self._give_all(_framed(self._pacing.due(time.monotonic(), listeners)))

    def _take(self, ready: list[tuple[Flow, bytes]], later: list[tuple[Flow, Sequence[Item]]]) -> None:
        self._give_all(ready)
        for flow, items in later:
            if flow.open:
                self._pacing.hold(flow, items)

    def _give_all(self, given: list[tuple[Flow, bytes]]) -> None:
        for flow, data in given:
            if flow.open:
                self._give(flow, data)

    def _give(self, flow: Flow, data: bytes) -> None:
        if not flow.waiting:
            flow.moved = time.monotonic()
        flow.waiting.append(memoryview(data))
        self._send(flow)

    def _ready(self, flow: Flow, _sock: Any) -> None:
        try:
            gone = not flow.conn.sock.recv(4096)
        except BlockingIOError:
            gone = False
        except OSError:
            gone = True
        if gone:
            self._end(flow)
        elif flow.waiting:
            self._send(flow)

    def _send(self, flow: Flow) -> None:
        try:
            while flow.waiting:
                sent = flow.conn.sock.send(flow.waiting[0])
                flow.taken += sent
                flow.moved = time.monotonic()
                rest = flow.waiting.popleft()[sent:]
                if rest:
                    flow.waiting.appendleft(rest)
        except BlockingIOError:
            pass
        except OSError:
            self._end(flow)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if flow.waiting else 0)
        if events != flow.events:
            flow.events = events
            self._worker.poller.modify(flow.conn.sock, events, partial(self._ready, flow))

    def _end(self, flow: Flow) -> None:
        flow.open = False
        self._flows.discard(flow)
        self._pacing.forget(flow)
        flow.watch.remove(flow)
        with contextlib.suppress(KeyError, ValueError):
            self._worker.poller.unregister(flow.conn.sock)
        self._worker.drop(flow.conn)


def _framed(given: Iterable[tuple[Flow, Sequence[Item]]]) -> list[tuple[Flow, bytes]]:
    """Count what flows are given, as it is sent; most are of the same topics, and are sent the same."""
    known: dict[tuple[int, ...], bytes] = {}
    ready = []
    for flow, items in given:
        same = tuple(map(id, items))
        if same not in known:
            known[same] = framed(items)
        flow.given += len(known[same])
        ready.append((flow, known[same]))
    return ready


def framed(items: Sequence[Item]) -> bytes:
    """Return events as they are sent: the place, by which a client says where it was, and the event."""
    return b"".join(
        b"id: %s\n%sdata: %s\n\n"
        % (item.place.encode(), f"event: {item.name}\n".encode() if item.name else b"", item.event)
        for item in items
    )


def answered(stream: Stream, watch: Watch | None) -> Response:
    """Return the answer of a server that keeps none open, or leave the request to one that does.

    Raises:
        Streaming: the server is to keep it open.
        Unavailable: it keeps as many open as it may.
    """
    if WAITED.get() is not None and watch is not None:
        if watch.full():
            raise Unavailable("as many connections are kept open as may be")
        raise Streaming(stream, watch)
    response = Response(body=RETRY + framed(stream.items), content_type=EVENTS, charset="utf-8")
    response.cache_control = "no-store"
    return response
