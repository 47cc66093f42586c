"""The one reader of a process: it looks at the log ten times a second while anybody waits, and wakes who waits for what
it has seen.

Whoever waits holds no thread and no connection to the database; the reader borrows one for each look.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from paddles.errors import Unavailable

log = logging.getLogger(__name__)

# How many looks the reader goes on for when nobody waits any more: who was answered often comes back.
LINGERS = 50
# Of so many looks it is remembered what they saw.
REMEMBERED = 600


class Item(Protocol):
    """Something to be sent."""

    @property
    def channel(self) -> str:
        """Its topic."""

    @property
    def at(self) -> Any:
        """Its place in the order."""

    @property
    def place(self) -> str:
        """The same as text."""

    @property
    def event(self) -> bytes:
        """What is sent."""

    @property
    def name(self) -> str:
        """What a browser calls it; blank: nothing."""


class Seen(Protocol):
    """What a look found."""

    @property
    def keys(self) -> frozenset[str]:
        """Who is to be woken."""

    @property
    def items(self) -> Sequence[Item]:
        """What is to be sent, in order."""

    @property
    def upto(self) -> Any:
        """The place behind all of it."""

    @property
    def more(self) -> bool:
        """Whether there is more behind that already."""


class Source(Protocol):
    """Where a watch looks. Both raise Unavailable."""

    def look(self, after: Any, topics: Collection[str], keys: Collection[str]) -> Seen:
        """Return what is new after a place, with the items of ``topics``; for None, the place that is now the end."""

    def since(self, after: Any, topics: Collection[str]) -> Seen:
        """Return the items of ``topics`` after a place."""


class Flow(Protocol):
    """Somebody to whom items flow. ``place`` is behind the last, and the watch's to move."""

    topics: frozenset[str]
    place: Any

    def room(self) -> bool:
        """Say whether more may be given to it now."""


# Takes all that a look has for the flows of one server, in the watch's thread.
Sink = Callable[[list[tuple[Any, Sequence[Item]]]], None]


@dataclass(frozen=True, eq=False)
class Waiter:
    """One who waits for any of ``keys``; ``wake`` is called once, in the watch's thread."""

    keys: tuple[str, ...]
    wake: Callable[[], None]


@dataclass
class Watch:
    """Who waits in this process, and the thread that wakes them; it runs while there is anybody.

    It looks every ``every_s`` seconds, and after a look that failed again in ``pause_s``. ``most`` says for how many
    flows it is; None: for any number.
    """

    source: Source
    every_s: float = 0.1
    pause_s: float = 1.0
    most: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looks: int = 0
    _seen: deque[tuple[int, frozenset[str] | None]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _waiters: dict[str, dict[Waiter, None]] = field(default_factory=dict)
    _flows: dict[Any, Sink] = field(default_factory=dict)
    _thread: threading.Thread | None = None

    def stamp(self) -> int:
        """Return the number of looks so far, to be taken before one looks for oneself and finds nothing."""
        return self._looks

    def wait(self, keys: tuple[str, ...], stamp: int, wake: Callable[[], None]) -> Waiter | None:
        """Have ``wake`` called when one of ``keys`` is seen; at once where that was so since ``stamp``.

        Returns:
            What to give to :meth:`forget`; None when it was woken at once.
        """
        with self._lock:
            if not self._missed(keys, stamp):
                waiter = Waiter(keys, wake)
                for key in keys:
                    self._waiters.setdefault(key, {})[waiter] = None
                self._run()
                return waiter
        wake()
        return None

    def forget(self, waiter: Waiter) -> None:
        """Wake somebody no more."""
        with self._lock:
            self._remove(waiter)

    def add(self, flow: Flow, sink: Sink) -> None:
        """Have everything of the topics of ``flow`` that is behind its place given to ``sink``, in order."""
        with self._lock:
            self._flows[flow] = sink
            self._run()

    def full(self) -> bool:
        """Say whether there are as many flows as there may be."""
        return self.most is not None and len(self._flows) >= self.most

    def remove(self, flow: Flow) -> None:
        """Give nothing more of it to anybody."""
        with self._lock:
            self._flows.pop(flow, None)

    def _missed(self, keys: tuple[str, ...], stamp: int) -> bool:
        """Say whether a look after ``stamp`` has, or may have, seen one of the keys."""
        after = [seen for number, seen in self._seen if number > stamp]
        forgotten = len(after) < self._looks - stamp
        return forgotten or any(seen is None or not seen.isdisjoint(keys) for seen in after)

    def _run(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="watch", daemon=True)
            self._thread.start()

    def _remove(self, waiter: Waiter) -> None:
        for key in waiter.keys:
            waiting = self._waiters.get(key, {})
            waiting.pop(waiter, None)
            if not waiting:
                self._waiters.pop(key, None)

    def _work(self) -> None:
        place, idle, nap = None, 0, threading.Event()
        while True:
            with self._lock:
                idle = 0 if self._waiters or self._flows else idle + 1
                if idle > LINGERS:
                    self._thread = None
                    return
            try:
                place, more = self._look(place)
                pause = 0 if more else self.every_s
            except Unavailable:
                pause = self.pause_s
            except Exception:
                log.exception("the log of events was not looked at")
                pause = self.pause_s
            nap.wait(pause)

    def _look(self, place: Any) -> tuple[Any, bool]:
        with self._lock:
            flows = dict(self._flows)
            keys = list(self._waiters)
        topics = frozenset(topic for flow in flows for topic in flow.topics)
        seen = self.source.look(place, topics, keys)
        # What was there before the first look may be new to somebody.
        self._wake(None if place is None else seen.keys)
        if place is not None:
            _hand_on(flows, seen, place)
        more = [self._catch_up(flow, sink, seen.upto) for flow, sink in flows.items() if flow.place < seen.upto]
        return seen.upto, seen.more or any(more)

    def _wake(self, keys: frozenset[str] | None) -> None:
        with self._lock:
            self._looks += 1
            self._seen.append((self._looks, keys))
            woken = {waiter: None for key in (list(self._waiters) if keys is None else keys)
                     for waiter in self._waiters.get(key, ())}  # fmt: skip
            for waiter in woken:
                self._remove(waiter)
        for waiter in woken:
            waiter.wake()

    def _catch_up(self, flow: Flow, sink: Sink, upto: Any) -> bool:
        """Give a flow that is behind its next page, when there is room for it; say whether there is more."""
        if not flow.room():
            return False
        seen = self.source.since(flow.place, flow.topics)
        if seen.items:
            sink([(flow, seen.items)])
        flow.place = seen.upto
        return bool(seen.upto < upto)


def _hand_on(flows: dict[Any, Sink], seen: Seen, begun: Any) -> None:
    """Give what a look that began at a place has seen to the flows that are not behind that place."""
    by_sink: dict[Sink, list[tuple[Any, Sequence[Item]]]] = {}
    for flow, sink in flows.items():
        if flow.place < begun or not flow.room():
            continue  # it is given this later, from the log
        items = [each for each in seen.items if each.at > flow.place and _of(each, flow)]
        flow.place = max(flow.place, seen.upto)
        if items:
            by_sink.setdefault(sink, []).append((flow, items))
    for sink, given in by_sink.items():
        sink(given)


def _of(item: Item, flow: Flow) -> bool:
    return item.channel in flow.topics or "*" in flow.topics
