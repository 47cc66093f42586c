"""The reader of a process: whoever waits is woken by what he waits for, and nothing happens in between unseen."""

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from paddles.errors import Unavailable
from paddles.web import watch
from paddles.web.watch import Watch
from tests.waiting import until


@dataclass
class Item:
    """Something that is sent."""

    channel: str
    at: int

    @property
    def place(self) -> str:
        """Its place as text."""
        return str(self.at)

    @property
    def event(self) -> bytes:
        """What is sent."""
        return str(self.at).encode()


@dataclass
class Seen:
    """What a look found."""

    keys: frozenset[str]
    items: Sequence[Item]
    upto: int
    more: bool = False


@dataclass
class Log:
    """A log in memory: channels, by place. A look fails as often as ``broken`` says."""

    told: list[str] = field(default_factory=list)
    looks: int = 0
    broken: int = 0
    page: int = 1000

    def look(self, after: int | None, topics: Collection[str], keys: Collection[str]) -> Seen:
        """Return what is new."""
        self.looks += 1
        if self.broken:
            self.broken -= 1
            raise Unavailable("not now")
        upto = len(self.told)
        if after is None:
            return Seen(frozenset(), [], upto)
        new = range(after, upto)[: self.page]
        items = [Item(self.told[n], n + 1) for n in new if self.told[n] in topics]
        return Seen(frozenset(self.told[n] for n in new), items, after + len(new), after + len(new) < upto)

    def since(self, after: int, topics: Collection[str]) -> Seen:
        """Return what somebody has not had."""
        seen = self.look(after, topics, ())
        return Seen(frozenset(), seen.items, seen.upto, seen.more)


class Flow:
    """Somebody who is sent everything of a channel; with no room for it he is sent nothing."""

    def __init__(self, place: int, *topics: str) -> None:
        self.place, self.topics, self.full = place, frozenset(topics), False
        self.got: list[int] = []

    def room(self) -> bool:
        """Say whether there is room."""
        return not self.full


def take(given: list[tuple[Any, Sequence[Any]]]) -> None:
    """Note what flows are given."""
    for flow, items in given:
        flow.got += [item.at for item in items]


@pytest.fixture
def log() -> Log:
    """A log."""
    return Log()


@pytest.fixture
def watching(log: Log) -> Iterator[Watch]:
    """A watch of it; its thread ends with the test."""
    made = Watch(log, every_s=0.002, pause_s=0.002)
    yield made
    for waiting in [one for waiters in made._waiters.values() for one in waiters]:
        made.forget(waiting)
    until(lambda: made._thread is None)


def waiter(watching: Watch, *keys: str, stamp: int | None = None) -> threading.Event:
    """Wait, and return what is set when woken."""
    woken = threading.Event()
    watching.wait(keys, watching.stamp() if stamp is None else stamp, woken.set)
    return woken


def running(log: Log, looks: int = 2) -> bool:
    """Wait until so many further looks were taken."""
    wanted = log.looks + looks
    return until(lambda: log.looks >= wanted)


def awake(watching: Watch, log: Log) -> None:
    """Have the reader run: somebody waits who is never woken again."""
    waiter(watching, "nobody")
    running(log)
    waiter(watching, "nobody")
    running(log)


def test_who_waits_is_woken_by_what_he_waits_for(watching: Watch, log: Log) -> None:
    """By any of his keys; others sleep on."""
    awake(watching, log)
    a, b = waiter(watching, "x", "a"), waiter(watching, "b")
    log.told += ["a"]

    assert a.wait(10)
    running(log)
    assert not b.is_set()


def test_the_first_look_wakes_everybody(watching: Watch, log: Log) -> None:
    """It knows not what happened before, which they may have missed."""
    assert waiter(watching, "a").wait(10)


def test_what_happens_before_one_waits_is_not_missed(watching: Watch, log: Log) -> None:
    """Who looked, found nothing, and begins to wait after it has happened is woken at once."""
    awake(watching, log)
    stamp = watching.stamp()
    log.told += ["a"]
    running(log)

    assert waiter(watching, "a", stamp=stamp).is_set()
    assert not waiter(watching, "b", stamp=stamp).is_set()


def test_what_is_too_long_ago_is_not_missed(watching: Watch, log: Log) -> None:
    """Who comes back after more looks than are remembered is woken, whatever was seen."""
    awake(watching, log)
    stamp = watching.stamp()
    running(log, watch.REMEMBERED + 2)

    assert waiter(watching, "a", stamp=stamp).is_set()


def test_who_leaves_is_not_woken(watching: Watch, log: Log) -> None:
    """Nothing is called for him any more."""
    awake(watching, log)
    woken = threading.Event()
    waiting = watching.wait(("a",), watching.stamp(), woken.set)
    assert waiting is not None
    watching.forget(waiting)
    log.told += ["a"]
    running(log)

    assert not woken.is_set()


def test_nobody_looks_when_nobody_waits(watching: Watch, log: Log) -> None:
    """The reader ends some looks after the last has left, and begins anew for the next."""
    assert waiter(watching, "a").wait(10)
    until(lambda: watching._thread is None)
    looks = log.looks

    assert waiter(watching, "a").wait(10)
    assert log.looks > looks


def test_a_look_that_fails_is_taken_again(watching: Watch, log: Log) -> None:
    """What happened meanwhile is seen then."""
    awake(watching, log)
    waiting = waiter(watching, "a")
    log.broken = 3
    log.told += ["a"]

    assert waiting.wait(10)


@pytest.mark.parametrize("page", [1, 3, 1000])
def test_flows_are_given_everything_once_and_in_order(watching: Watch, log: Log, page: int) -> None:
    """Whether they were behind, came in the middle, had no room for a while, or follow something else."""
    log.page = page
    log.told += ["a", "b", "a"]
    behind, other = Flow(0, "a"), Flow(1, "b")
    watching.add(behind, take)
    watching.add(other, take)
    until(lambda: behind.got == [1, 3] and other.got == [2])
    log.told += ["a", "a"]
    until(lambda: behind.got == [1, 3, 4, 5])
    late = Flow(4, "a", "b")
    watching.add(late, take)
    behind.full = True
    log.told += ["b", "a"]
    until(lambda: late.got == [5, 6, 7] and other.got == [2, 6])
    assert behind.got == [1, 3, 4, 5]
    behind.full = False
    until(lambda: behind.got == [1, 3, 4, 5, 7])
    watching.remove(behind)
    log.told += ["a"]
    until(lambda: late.got == [5, 6, 7, 8])
    assert behind.got == [1, 3, 4, 5, 7]
    for flow in (late, other):
        watching.remove(flow)
