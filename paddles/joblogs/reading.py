"""Lines of a log that are asked for: from one to another, of some levels, that match, or that tell of trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from paddles.joblogs import lines, searching
from paddles.joblogs.finding import Log
from paddles.joblogs.lines import Line

# For one answer so many lines are looked at.
MOST = 50_000


@dataclass(frozen=True)
class Wanted:
    """Lines from ``first`` to ``last``, at most ``most``: of ``levels`` where there are any, that match ``search``.

    With ``troubled`` only those that tell of trouble.
    """

    first: int
    last: int
    most: int
    levels: Sequence[str] = ()
    search: str = ""
    troubled: bool = False


class Part(NamedTuple):
    """Lines, and the number of the line from which on there may be more of them, None where there are none."""

    lines: list[Line]
    more: int | None


def part(log: Log, wanted: Wanted) -> Part:
    """Return the lines of a log that are wanted; where these are few among many, not all may be in the first answer.

    Raises:
        Invalid: what is searched for is no expression, or takes too long.
        Unavailable: the log is not there, or too many are searched at once.
    """
    if wanted.search:
        found = searching.search(log, wanted.search, wanted.first, wanted.last, wanted.most)
        chosen = [line for line in log.picked(found.lines) if _fits(line, wanted)]
        return Part(chosen, found.looked + 1 if found.looked < wanted.last else None)
    if wanted.troubled:
        return _troubled(log, wanted)
    looked = min(wanted.last, wanted.first + MOST - 1)
    chosen = list(islice((line for line in log.window(wanted.first, looked) if _fits(line, wanted)), wanted.most + 1))
    if len(chosen) > wanted.most:
        return Part(chosen[:-1], chosen[-1].number)
    return Part(chosen, looked + 1 if looked < wanted.last else None)


def _troubled(log: Log, wanted: Wanted) -> Part:
    found, looked = log.troubled(wanted.first, wanted.last, wanted.most + 1)
    # Another process may have looked less far than the one that said from where to go on.
    further = max(looked + 1, wanted.first) if looked < wanted.last else None
    more = found.pop().number if len(found) > wanted.most else further
    return Part([line for line in found if not wanted.levels or line.level in wanted.levels], more)


def _fits(line: Line, wanted: Wanted) -> bool:
    return (not wanted.levels or line.level in wanted.levels) and (not wanted.troubled or lines.troubled(line))
