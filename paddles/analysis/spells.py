"""What marks of one path in one lineage come to, one after the other: flips and regressions. Pure."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Mark:
    """That a path passed or failed in a job, at a moment, with a kernel of a commit."""

    at: datetime.datetime
    job_id: int
    status: str
    kernel: str = ""
    commit: str = ""

    @property
    def place(self) -> tuple[datetime.datetime, int]:
        """Where it stands among the marks of its lineage."""
        return self.at, self.job_id


@dataclass(frozen=True)
class Spell:
    """A regression: it passed (``good``), failed so often, from ``bad`` to ``last``, and was ``fixed`` or was not."""

    good: Mark
    bad: Mark
    last: Mark
    n_failures: int = 1
    fixed: Mark | None = None

    @property
    def ends(self) -> tuple[Mark, ...]:
        """The marks that it is told by."""
        return (self.good, self.bad, self.last, *((self.fixed,) if self.fixed else ()))

    def meets(self, other: "Spell") -> bool:
        """Return whether some time belongs to both."""
        return self._begins_before_end_of(other) and other._begins_before_end_of(self)

    def _begins_before_end_of(self, other: "Spell") -> bool:
        return other.fixed is None or self.bad.place <= other.fixed.place


def spells(marks: Iterable[Mark], before: Mark | None = None, under_way: Spell | None = None) -> list[Spell]:
    """Return the regressions that marks make, which are in order and behind the mark ``before``, if there is any.

    The first is the one that is ``under_way`` when they begin. What never passed has not regressed.
    """
    found, current, previous = [], under_way, before
    for mark in marks:
        if current is None and mark.status == "fail" and previous and previous.status == "pass":
            current = Spell(previous, mark, mark)
        elif current and mark.status == "fail":
            current = replace(current, last=mark, n_failures=current.n_failures + 1)
        elif current:
            found.append(replace(current, fixed=mark))
            current = None
        previous = mark
    return [*found, current] if current else found


def flips(marks: Sequence[Mark], before: Mark | None = None) -> list[bool]:
    """Return of each of such marks whether it is another than the one before."""
    others = [before, *marks]
    return [bool(one and one.status != mark.status) for one, mark in zip(others, marks, strict=False)]


def paired(old: Sequence[Spell], new: Sequence[Spell]) -> list[int | None]:
    """Return of each new spell which of the old ones goes on in it: the first left that shares some time with it.

    Both are in order, and so are pairs.
    """
    found: list[int | None] = []
    first = 0
    for spell in new:
        number = next((number for number in range(first, len(old)) if old[number].meets(spell)), None)
        found.append(number)
        first = first if number is None else number + 1
    return found
