"""Who hears at once that something has changed, and who a little later: each of them asks for what he shows."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, TypeVar

from paddles.web.watch import Item

# How many listeners of a process hear of something in a second where all the time something changes; for how many more
# there is room at once; and for how long nobody waits, however many there are. What each asks for costs about 25 ms of
# CPU: twenty pages that asked twice a second would take half of a machine with two cores from those who report.
A_SECOND, AT_ONCE, LONGEST_S = 1.0, 4, 15.0

T = TypeVar("T", bound=Hashable)


class Pacing(Generic[T]):
    """What listeners are yet to hear, of each topic the last alone; who waits longest comes first."""

    def __init__(self, now: float) -> None:
        self._held: dict[T, dict[str, Item]] = {}
        self._room, self._rate, self._at = float(AT_ONCE), A_SECOND, now

    def __len__(self) -> int:
        """Return how many are yet to hear something."""
        return len(self._held)

    def hold(self, listener: T, items: Iterable[Item]) -> None:
        """Note what a listener is to hear."""
        self._held.setdefault(listener, {}).update((item.channel, item) for item in items)

    def forget(self, listener: T) -> None:
        """A listener is gone."""
        self._held.pop(listener, None)

    def due(self, now: float, listeners: int) -> list[tuple[T, Sequence[Item]]]:
        """Return who of so many is to hear what now, in order; of nothing else is said again."""
        self._rate = max(A_SECOND, listeners / LONGEST_S)
        self._room = min(max(AT_ONCE, self._rate), self._room + (now - self._at) * self._rate)
        self._at = now
        first = list(islice(self._held, int(self._room)))
        self._room -= len(first)
        return [(each, _ordered(self._held.pop(each))) for each in first]

    def pause(self, longest: float) -> float:
        """Return in how many seconds somebody is due, and not more than ``longest``."""
        return min(longest, max(0.0, 1 - self._room) / self._rate) if self._held else longest


def _ordered(held: dict[str, Item]) -> list[Any]:
    return sorted(held.values(), key=attrgetter("at"))
