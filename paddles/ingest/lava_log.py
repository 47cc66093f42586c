"""The log of a LAVA job, as a list of lines and as text that people read. Pure.

It is YAML, ``- {"dt": ..., "lvl": ..., "msg": ...}`` on each line. Nearly all are JSON as well, and are read so, a
hundred times as fast; the few others as YAML.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from paddles import tagless_yaml
from paddles.errors import Invalid
from paddles.ingest import text
from paddles.ingest.lava import MOST_LINES

# Of one line that is not JSON: results, with tags of Python's.
MOST_EVENTS = 1000
# Colours, whose first character is often lost on the way.
COLOURS = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]|\[[0-9;]{0,20}m")
LOST = re.compile(r"(?<!\x1b)\[(?=[0-9;]{0,20}m)")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# What the board said goes in as it is.
CONSOLE = ("target", "feedback")


class Line(NamedTuple):
    """A line: when, of which level (``target`` is what the board said), and what; a map or a list as JSON text."""

    at: str
    level: str
    message: str


def lines(log: str) -> Iterator[Line]:
    """Yield the lines of a log, at most ``MOST_LINES``; one that cannot be read is an empty one."""
    for number, line in enumerate(log.split("\n")):
        if number >= MOST_LINES:
            return
        if line.startswith("- "):
            yield _line(line[2:])


def line(entry: str) -> Line:
    """Return one entry of a log, which begins with its dash, as a line; an empty one where it cannot be read."""
    return _line(entry[2:])


def coloured(entry: str) -> Line:
    """Return one entry of a log as :func:`line` does, with its colours, each behind the character it begins with."""
    found = _told(entry[2:])
    return found._replace(message=LOST.sub("\x1b[", found.message).rstrip("\n"))


def plain(log: str) -> str:
    """Return a log as text: what the board said, and between that, with its level before it, what the lab did."""
    return "".join(f"{_shown(line)}\n" for line in lines(log) if line.message)


def _line(said: str) -> Line:
    found = _told(said)
    return found._replace(message=_clean(found.message))


def _told(said: str) -> Line:
    found = _read(said)
    if not isinstance(found, dict):
        return Line("", "", "")
    at, level, message = found.get("dt"), found.get("lvl"), found.get("msg")
    whole = message if isinstance(message, str) else orjson.dumps(message).decode()
    return Line(_clean(str(at or "")), _clean(str(level or "")), whole[: text.LONGEST_LINE])


def _read(said: str) -> Any:
    try:
        return orjson.loads(said)
    except orjson.JSONDecodeError:
        pass
    try:
        return tagless_yaml.read(said, iter(range(MOST_EVENTS)))
    except Invalid:
        return None


def _clean(said: str) -> str:
    if "[" not in said and said.isprintable():
        return said
    return CONTROLS.sub(text.REPLACEMENT, COLOURS.sub("", said).replace("\r", "")).rstrip("\n")


def _shown(line: Line) -> str:
    return line.message if line.level in CONSOLE else f"<{line.level}> {line.message}"
