"""How jobs of one description end elsewhere, and what else a machine had to do when one ran. Pure."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# So many places are told of, and so many jobs that stand around one on its machines.
MOST, NEIGHBOURS = 12, 8
BEFORE, MEANWHILE, AFTER = "before", "meanwhile", "after"


class Ran(Protocol):
    """A job as it is told of here."""

    id: Any
    status: Any
    branch: Any
    machine_type: Any
    machines: Any
    started: Any
    finished: Any


@dataclass(frozen=True)
class Place:
    """Somewhere that jobs of a description ran: ``names`` say where, ``counts`` how they ended, ``last`` is the newest.

    It is ``here`` where the job at hand ran.
    """

    names: tuple[str, ...]
    counts: Mapping[str, int]
    last: Any
    here: bool


@dataclass(frozen=True)
class Neighbour:
    """A job on the same machines, and when it ran beside the one at hand: ``before``, ``meanwhile``, ``after``."""

    job: Any
    when: str


def environments(jobs: Iterable[Ran], job: Ran) -> list[Place]:
    """Return how ``jobs``, the newest first, ended by branch and type of machines: first those of the newest job."""
    return _places(jobs, job, lambda each: [(each.branch or "", each.machine_type or "")])


def machines(jobs: Iterable[Ran], job: Ran) -> list[Place]:
    """Return how they ended by machine; a job on several counts for each."""
    return _places(jobs, job, lambda each: [(name,) for name in each.machines or ()])


def neighbours(jobs: Iterable[Ran], job: Ran, now: datetime.datetime) -> list[Neighbour]:
    """Return jobs that began nearest to one, in the order in which they did; none where it never began."""
    if job.started is None:
        return []
    begun = [each for each in jobs if each.started is not None]
    nearest = sorted(begun, key=lambda each: abs(each.started - job.started))[:NEIGHBOURS]
    return [Neighbour(each, _when(each, job, now)) for each in sorted(nearest, key=lambda each: each.started)]


def _when(other: Ran, job: Ran, now: datetime.datetime) -> str:
    if (other.finished or now) <= job.started:
        return BEFORE
    return AFTER if other.started >= (job.finished or now) else MEANWHILE


def _places(jobs: Iterable[Ran], job: Ran, where: Callable[[Ran], Sequence[tuple[str, ...]]]) -> list[Place]:
    counts: dict[tuple[str, ...], Counter[str]] = {}
    newest: dict[tuple[str, ...], Ran] = {}
    for each in jobs:
        for names in where(each):
            counts.setdefault(names, Counter())[each.status] += 1
            newest.setdefault(names, each)
    own = set(where(job))
    return [Place(names, counts[names], newest[names], names in own) for names in [*counts][:MOST]]
