"""Lines for terminals, as plain text and as HTML in which classes stand for colours. Pure.

Source: ECMA-48, 8.3.117 (SGR), with the palettes of 256 and of all colours that xterm added; each of these becomes the
nearest of the sixteen that a style names, ``ansi-fg-0`` to ``ansi-fg-15``.
"""

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from markupsafe import Markup, escape

REPLACEMENT = "\ufffd"
# What a terminal is told, by how it begins: each is as long as any program makes it, so that none takes long to find.
ESCAPES = (
    r"\x1b\[[0-?]{0,64}[ -/]{0,4}[@-~]",
    r"\x1b[\]PX^_][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)",
    r"\x1b[ -/]{1,4}[0-~]",
    r"\x1b[0-OQ-WYZ\\`-~]",
)
ESCAPE = re.compile("|".join(ESCAPES))
SGR = re.compile(r"\x1b\[([0-9;]{0,64})m")
# Whatever is no letter: also what turns the order of letters round, and halves of pairs, which no page can hold.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# The 16 colours as terminals show them.
PALETTE = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255)),
    (255, 255, 255),
)
LEVELS = (0, 95, 135, 175, 215, 255)
EXTENDED = {38: "fg", 48: "bg"}


class State(NamedTuple):
    """How letters look from here on: numbers of colours, None for those of the page."""

    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    fg: int | None = None
    bg: int | None = None

    @property
    def classes(self) -> str:
        """What elements of this look are called, blank where that is as the page is."""
        words = [f"ansi-{name}" for name in ("bold", "dim", "italic", "underline", "inverse") if getattr(self, name)]
        colours = (("fg", self.fg), ("bg", self.bg))
        return " ".join(words + [f"ansi-{name}-{number}" for name, number in colours if number is not None])


PLAIN = State()
SET: dict[int, dict[str, Any]] = {
    0: PLAIN._asdict(),
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"inverse": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"inverse": False},
    39: {"fg": None},
    49: {"bg": None},
    **{30 + number: {"fg": number} for number in range(8)},
    **{40 + number: {"bg": number} for number in range(8)},
    **{90 + number: {"fg": 8 + number} for number in range(8)},
    **{100 + number: {"bg": 8 + number} for number in range(8)},
}


def plain(line: str) -> str:
    """Return a line without what was meant for a terminal; control characters that are left are replaced."""
    if line.isprintable():
        return line
    return CONTROLS.sub(REPLACEMENT, ESCAPE.sub("", line).replace("\r", ""))


def html(line: str, state: State = PLAIN) -> tuple[Markup, State]:
    """Return a line as HTML, whose text is that of :func:`plain`, and how the line after it begins to look."""
    if state == PLAIN and line.isprintable():
        return escape(line), state
    parts, place = [], 0
    for found in SGR.finditer(line):
        parts.append(_span(line[place : found.start()], state))
        state, place = _after(state, found[1]), found.end()
    parts.append(_span(line[place:], state))
    return Markup("").join(parts), state


def _span(text: str, state: State) -> Markup:
    said = escape(plain(text))
    return Markup('<span class="{}">{}</span>').format(state.classes, said) if said and state.classes else said


def _after(state: State, said: str) -> State:
    codes = iter([int(code or 0) for code in said.split(";")])
    for code in codes:
        if code in EXTENDED:
            said_of: dict[str, Any] = {EXTENDED[code]: _extended(codes)}
            state = state._replace(**said_of)
        else:
            state = state._replace(**SET.get(code, {}))
    return state


def _extended(codes: Iterator[int]) -> int | None:
    """Return which of the sixteen colours is meant by what follows a 38 or 48, and read it off ``codes``."""
    kind = next(codes, None)
    if kind == 5:
        return _of_256(next(codes, 0))
    if kind == 2:
        return nearest(next(codes, 0), next(codes, 0), next(codes, 0))
    return None


def _of_256(number: int) -> int | None:
    if number < len(PALETTE):
        return number
    if number > 255:
        return None
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return nearest(grey, grey, grey)
    cube = number - 16
    return nearest(LEVELS[cube // 36], LEVELS[cube // 6 % 6], LEVELS[cube % 6])


@functools.lru_cache(maxsize=4096)
def nearest(red: int, green: int, blue: int) -> int:
    """Return the number of the colour of ``PALETTE`` that is nearest to one of these parts, each taken for 0 to 255."""
    wanted = [min(part, 255) for part in (red, green, blue)]
    distances = [sum((ours - theirs) ** 2 for ours, theirs in zip(each, wanted, strict=True)) for each in PALETTE]
    return distances.index(min(distances))
