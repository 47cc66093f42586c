"""What counts of outcomes make of a cell: how it ended at worst, how much of it passed, and what changed. Pure."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

# By what is counted: the first of these that there is any of is how it ended.
WORST = {
    "builds": ("fail", "unknown", "pass"),
    "boots": ("fail", "offline", "unknown", "untried", "pass"),
    "tests": ("fail", "error", "pass", "skip", "unknown"),
    "jobs": ("fail", "dead", "running", "waiting", "queued", "unknown", "pass"),
    "runs": ("finished fail", "finished dead", "running", "waiting", "queued", "unknown", "empty", "finished pass"),
}
# What passed, and what did not, of all that came to an end which says something.
PASSED = ("pass", "finished pass")
FAILED = ("fail", "error", "offline", "dead", "finished fail", "finished dead")
Counts = Mapping[str, int]
NOTHING: Counts = MappingProxyType({})


class Cell(NamedTuple):
    """How many ended in which way, all in all, in the newest revision and in the one before that had any."""

    row: tuple[str, ...]
    col: tuple[str, ...]
    counts: Counts
    newest: Counts = NOTHING
    before: Counts = NOTHING
    seen: float = 0.0


def total(counts: Counts) -> int:
    """Return how many there are."""
    return sum(counts.values())


def passed(counts: Counts) -> int:
    """Return how many passed."""
    return sum(number for word, number in counts.items() if word in PASSED)


def status(kind: str, counts: Counts) -> str | None:
    """Return how it ended at worst; None where there is nothing, which is not the same as having failed."""
    # A matrix asks this of each of its cells: a generator would take twice as long.
    for words in (WORST.get(kind, ()), counts):
        for word in words:
            if counts.get(word):
                return word
    return None


def rate(counts: Counts) -> float | None:
    """Return which part passed, 0 to 1, of what passed or failed; None where nothing did either."""
    passed = failed = 0
    for word, number in counts.items():
        passed += number if word in PASSED else 0
        failed += number if word in FAILED else 0
    decided = passed + failed
    return round(passed / decided, 4) if decided else None


def change(kind: str, cell: Cell) -> str | None:
    """Return what the newest revision changed, ``broken``, ``fixed`` or ``changed``; None for nothing.

    What did not run in the one before is no change.
    """
    if not cell.newest or not cell.before:
        return None
    now, before = status(kind, cell.newest), status(kind, cell.before)
    if now == before or now is None or before is None:
        return None
    if now in FAILED and before not in FAILED:
        return "broken"
    return "fixed" if before in FAILED and now not in FAILED else "changed"


def added(several: Iterable[Counts]) -> dict[str, int]:
    """Return counts added up."""
    found: dict[str, int] = {}
    for counts in several:
        for word, number in counts.items():
            found[word] = found.get(word, 0) + number
    return found


def joined(cell: Cell, other: Cell) -> Cell:
    """Return two cells of the same place as one."""
    counts, newest, before = (
        added((getattr(cell, name), getattr(other, name))) for name in ("counts", "newest", "before")
    )
    return cell._replace(counts=counts, newest=newest, before=before, seen=max(cell.seen, other.seen))
