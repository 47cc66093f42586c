"""Charts as shapes: where their lines, bars and words stand. Templates draw them as SVG, without a script. Pure.

A chart is made of the numbers that the table beside it shows. What was not measured is a gap, never a zero.
"""

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

Number = int | float
# A drawing's units: its width is stretched to the place it has.
WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 8, 22
TICKS, LABELS = 4, 8
# How far one result of a strip is from the next.
EACH = 10
Point = tuple[datetime.datetime | Number | str, Number | None]


@dataclass(frozen=True)
class Bar:
    """A filled place: of a ``kind`` of status, or the number of a series; ``title`` is what is said of it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str = ""
    to: str = ""


@dataclass(frozen=True)
class Word:
    """A word beside an axis; ``anchor`` is how it stands to its place."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """A drawing of ``width`` times ``height`` units: bars, lines (the ``d`` of a path each), words, and the marks of
    the axis. ``filled`` are bars of which nothing is said: the ``d`` of a path for each kind."""

    width: float
    height: float
    bars: Sequence[Bar] = ()
    lines: Sequence[str] = ()
    words: Sequence[Word] = ()
    marks: Sequence[float] = ()
    left: float = 0
    legend: Sequence[str] = field(default=())
    filled: Mapping[str, str] = field(default_factory=dict)


def spark(values: Sequence[Number | None], low: Number = 0, high: Number | None = None) -> Chart:
    """Return a small line of values, the newest right, between ``low`` and ``high`` (else the largest)."""
    known = [value for value in values if value is not None]
    top = high if high is not None else max(known, default=1)
    step = 100 / max(len(values) - 1, 1)
    places = [
        (number * step, None if value is None else _height(value, low, top, 20, 2))
        for number, value in enumerate(values)
    ]
    return Chart(100, 20, lines=[" ".join(_paths(places))])


def strip(results: Sequence[tuple[str, str, str]]) -> Chart:
    """Return results side by side, the newest right: each its kind, what is said of it, and where it leads."""
    bars = [_result(number, *result) for number, result in enumerate(results)]
    return Chart(max(len(results) * EACH - 2, EACH), 20, bars)


def turns(results: Sequence[tuple[str, str, str]]) -> Chart:
    """Return results side by side as ``strip`` does, of which only those that turned, and the newest, lead anywhere."""
    kinds = [kind for kind, *_ in results]
    said = {at for at, kind in enumerate(kinds) if at and kinds[at - 1] != kind} | {len(kinds) - 1}
    filled: dict[str, str] = {}
    for at, kind in enumerate(kinds):
        if at not in said:
            filled[kind] = f"{filled.get(kind, '')}M{at * EACH} 0h{EACH - 2}v20h-{EACH - 2}z"
    whole = strip(results)
    return replace(whole, bars=[bar for at, bar in enumerate(whole.bars) if at in said], filled=filled)


def _result(number: int, kind: str, title: str, to: str) -> Bar:
    return Bar(number * EACH, 0, EACH - 2, 20, kind, title, to)


def columns(labels: Sequence[str], series: Mapping[str, Sequence[Number | None]], unit: str = "") -> Chart:
    """Return stacked columns, one a label; each series is a kind or a name, from the bottom up."""
    sums = [sum(values[at] or 0 for values in series.values()) for at in range(len(labels))]
    top = nice(max(sums, default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    bars: list[Bar] = []
    for at, label in enumerate(labels):
        floor = float(HEIGHT - BOTTOM)
        for name, values in series.items():
            value = values[at]
            if not value:
                continue
            height = (HEIGHT - TOP - BOTTOM) * value / top
            floor -= height
            title = f"{label}: {value:g} {name}{unit and ' '}{unit}"
            bars.append(Bar(LEFT + at * step + step * 0.1, floor, step * 0.8, height, name, title))
    words = [*_below(labels, step), *_beside(top, unit)]
    return Chart(WIDTH, HEIGHT, bars, words=words, marks=_marks(), left=LEFT, legend=list(series))


def lines(
    labels: Sequence[str], series: Mapping[str, Sequence[Number | None]], unit: str = "", high: Number | None = None
) -> Chart:
    """Return a line for each series over labels that are equally far from each other; what is None is a gap."""
    known = [value for values in series.values() for value in values if value is not None]
    top = high if high is not None else nice(max(known, default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    drawn = []
    for values in series.values():
        places = [
            (LEFT + (at + 0.5) * step, None if value is None else _height(value, 0, top, HEIGHT - BOTTOM, TOP))
            for at, value in enumerate(values)
        ]
        drawn.append(" ".join(_paths(places)))
    words = [*_below(labels, step), *_beside(top, unit)]
    return Chart(WIDTH, HEIGHT, (), drawn, words, _marks(), LEFT, list(series))


def gantt(
    rows: Mapping[str, Sequence[tuple[datetime.datetime, datetime.datetime, str, str, str]]],
    first: datetime.datetime,
    last: datetime.datetime,
    zone: Callable[[datetime.datetime], str] | None = None,
) -> Chart:
    """Return what happened on each row between two moments: (begin, end, kind, title, address) each."""
    spent = max((last - first).total_seconds(), 1)
    left, row_height = 150, 22
    scale = (WIDTH - left - RIGHT) / spent
    bars, words = [], []
    for at, (name, spells) in enumerate(rows.items()):
        words.append(
            Word(
                left - 8,
                at * row_height + 15,
                name if len(name) <= 22 else f"{name[:21]}\N{HORIZONTAL ELLIPSIS}",
                "end",
            )
        )
        for begin, end, kind, title, to in spells:
            x = left + max((begin - first).total_seconds(), 0) * scale
            width = max((min(end, last) - max(begin, first)).total_seconds() * scale, 1.5)
            bars.append(Bar(x, at * row_height + 3, width, row_height - 6, kind, title, to))
    height = len(rows) * row_height
    shown = zone or (lambda moment: moment.strftime("%m-%d %H:%M"))
    for part in range(TICKS + 1):
        moment = first + datetime.timedelta(seconds=spent * part / TICKS)
        anchor = {0: "start", TICKS: "end"}.get(part, "middle")
        words.append(Word(left + (WIDTH - left - RIGHT) * part / TICKS, height + 16, shown(moment), anchor))
    return Chart(WIDTH, height + 22, bars, words=words, left=left)


def nice(value: Number) -> float:
    """Return a round number at least as large, for the top of an axis."""
    if value <= 0:
        return 1
    size = 10 ** math.floor(math.log10(value))
    return float(next(size * step for step in (1, 2, 2.5, 5, 10) if size * step >= value))


def _height(value: Number, low: Number, high: Number, floor: float, top: float) -> float:
    share = (value - low) / (high - low) if high > low else 0
    return floor - (floor - top) * min(max(share, 0), 1)


def _paths(places: Sequence[tuple[float, float | None]]) -> list[str]:
    """Return the stretches of a line that are known."""
    paths, current = [], ""
    for x, y in [*places, (0, None)]:
        if y is None:
            paths += [current] if current else []
            current = ""
        else:
            current += f"{'L' if current else 'M'}{x:.1f} {y:.1f}"
            # A point by itself is seen, too.
            current += "h.1" if current.startswith("M") and "L" not in current else ""
    return paths


def _below(labels: Sequence[str], step: float) -> list[Word]:
    every = max(math.ceil(len(labels) / LABELS), 1)
    return [Word(LEFT + (at + 0.5) * step, HEIGHT - 6, text) for at, text in enumerate(labels) if at % every == 0]


def _beside(top: float, unit: str) -> list[Word]:
    places = zip(_marks(), range(TICKS, -1, -1), strict=True)
    return [Word(LEFT - 6, y + 4, f"{top * part / TICKS:g}{unit}", "end") for y, part in places]


def _marks() -> list[float]:
    """Return where the lines of the axis stand, from the top down."""
    return [TOP + (HEIGHT - TOP - BOTTOM) * part / TICKS for part in range(TICKS + 1)]
