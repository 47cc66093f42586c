"""One line of a log: when it was said, of which level it is, whether it tells of trouble, how long nothing came.

Programs write moments in two ways, which are read here: ``2026-01-31T12:00:00.123`` (ISO 8601, also with a blank), and
``[   12.345678]``, seconds since a kernel was started. What they call levels are the words of Python's ``logging``.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from paddles.joblogs import ansi
from paddles.kernels import log_lines

LONGEST = 65_536
# As much of a line as what it is can be told from.
HEAD = 200
MOMENT = re.compile(
    r"\s{0,8}\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\]?[\s|]{0,8}"
    r"|(?:<\d{1,3}>)?\[ {0,8}(\d{1,9}\.\d{1,9})\]\s{0,8}"
)
LEVEL = re.compile(r"[\[(]?(DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL)\b(?=[\]):| ]|$)")
LEVELS = {"WARN": "warning", "CRITICAL": "error", "NOTICE": "info"}
# What a line has that may tell of trouble; all that do, have one of these.
HINTS = (
    *(b"panic", b"Oops", b"BUG:", b"WARN", b"SAN", b"all trace", b"all Trace", b"not ok", b"FAIL"),
    *(b"ERROR", b"CRITICAL"),
)
# Lines so near to each other are read in one go.
NEAR = 100
# So many seconds without a line are a gap.
GAP_S = 60


class Line(NamedTuple):
    """A line: its number, from 1, when it was said and of which level it is, where it says so, and its text.

    ``text`` is as it came, with its colours.
    """

    number: int
    at: str
    level: str
    text: str

    @property
    def plain(self) -> str:
        """The text, without what is meant for a terminal."""
        return ansi.plain(self.text)


def read(number: int, content: bytes) -> Line:
    """Return a line of a log of text."""
    text = content[:LONGEST].decode(errors="replace").rstrip("\r")
    head = text[:HEAD] if text.isprintable() else ansi.plain(text[:HEAD])
    said = MOMENT.match(head)
    level = LEVEL.match(head, said.end() if said else 0)
    word = level[1] if level else ""
    return Line(number, (said[1] or said[2]) if said else "", LEVELS.get(word, word.lower()), text)


def troubled(line: Line) -> bool:
    """Say whether a line is one that people look for who want to know what went wrong."""
    return log_lines.wanted(line.level or log_lines.CONSOLE[0], line.plain, "errors")


def gaps(lines: Iterator[Line]) -> Iterator[tuple[Line, float]]:
    """Yield lines, each with the seconds for which nothing was said before it, 0 where these are at most ``GAP_S``."""
    before: tuple[bool, float] | None = None
    for line in lines:
        now = _seconds(line.at)
        waited = now[1] - before[1] if now and before and now[0] == before[0] else 0
        yield line, waited if waited > GAP_S else 0
        before = now or before


def _seconds(at: str) -> tuple[bool, float] | None:
    """Return a moment in seconds since one that others of its kind count from: of the calendar, or of a kernel."""
    try:
        if "-" not in at:
            return (False, float(at)) if at else None
        moment = datetime.datetime.fromisoformat(at.replace(",", "."))
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return True, aware.timestamp()


def near(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Yield numbers, which are in order, in groups of such as are near enough to each other to be read in one go."""
    group: list[int] = []
    for number in numbers:
        if group and number - group[-1] > NEAR:
            yield group
            group = []
        group.append(number)
    if group:
        yield group
