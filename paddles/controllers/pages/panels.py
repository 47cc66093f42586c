"""What a panel of a dashboard shows, as a page draws it: bars, lines, rows, choices, a matrix or text. Pure."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paddles.controllers.pages import addresses, charts, matrix
from paddles.controllers.pages.listing import Choice, Column, title
from paddles.dashboards import crossing
from paddles.dashboards.panels import Choices, Crossed, Groups, Rows, Shown, Words
from paddles.listing.fields import MOMENT, NUMBER, WORD, Source
from paddles.web import markdown, page_words, pages
from paddles.web.face import Call

Said = Sequence[tuple[str, str]]
# Sources that have a list of their own, which can be narrowed down as panels are.
LISTED = ("builds", "boots", "tests", "logs", "regressions")
# Of values that are shorter than so many there is a menu; of more, a field to write in with what there is below it.
MENU = 200
HREF = "_href"
SPANS = ("boot_time", "build_time", "duration", "waited")


@dataclass(frozen=True)
class Line:
    """A group as a bar: how deep it lies in others, what it is called and how it ended, if that says so; how much.

    ``share`` is of a hundred, of the largest beside it; ``to`` the list of what it counts.
    """

    depth: int
    key: str
    kind: str
    value: float | None
    share: float
    to: str


def drawn(told: Shown, call: Call, said: Said, listed: Said | None) -> dict[str, Any]:
    """Return what a template draws: ``kind`` is which of its ways, and all else what that needs.

    ``said`` is what the address asks, ``listed`` what a list of the same rows is asked, None where it cannot be.
    """
    if isinstance(told, Words):
        return {"kind": "markdown", "text": markdown.html(told.text, pages.place(call.settings))}
    if isinstance(told, Crossed):
        found = crossing.told(told.shape, told.cells, told.narrowed)
        return {
            "kind": "matrix",
            "table": matrix.drawn(found, pages.place(call.settings), fold=False),
            "cell": told.shape.source.name,
        }
    if isinstance(told, Choices):
        return {"kind": "filters", "choices": [_choice(told.source, *each, said) for each in told.fields.items()]}
    if isinstance(told, Rows):
        return _rows(told, listed)
    return _groups(told, listed)


def _groups(told: Groups, said: Said | None) -> dict[str, Any]:
    source, names = told.source, told.names
    to = _list(source, said)
    if not names:
        return {"kind": "metric", "value": told.value, "to": to}
    if source.one(names[0]).kind == MOMENT and len(names) < 3:
        return _over_time(told)
    lines = list(_lines(source, names, told.folded, said))
    outcomes = source.outcome in names[:1] and len(names) == 1
    bar = {line.key: int(line.value or 0) for line in lines} if outcomes else {}
    heads = [title(source, name) for name in names]
    return {"kind": "bars", "lines": lines, "bar": bar, "heads": heads, "total": told.value, "to": to}


def _over_time(told: Groups) -> dict[str, Any]:
    groups = told.folded["groups"]
    labels = [_label(group["key"]) for group in groups]
    if len(told.names) == 1:
        series = {"all": [group["value"] for group in groups]}
    else:
        keys = dict.fromkeys(str(each["key"] or "none") for group in groups for each in group["groups"])
        found = [{str(each["key"] or "none"): each["value"] for each in group["groups"]} for group in groups]
        series = {key: [values.get(key) for values in found] for key in keys}
    return {"kind": "lines", "chart": charts.lines(labels, series), "labels": labels, "series": series}


def _lines(
    source: Source, names: Sequence[str], folded: Mapping[str, Any], said: Said | None, depth: int = 0
) -> Iterator[Line]:
    """Yield groups and those in them, each level's bars as long as they are of its largest."""
    name = names[depth]
    values = [group["value"] or 0 for group in folded["groups"]]
    other = folded["other"]
    most = max([*values, (other["value"] or 0) if other else 0], default=0)
    for group in folded["groups"]:
        key = group["key"]
        own = (name, "" if key is None else str(key))
        asked = None if said is None else [*((n, v) for n, v in said if n != name), own]
        kind = page_words.kind(key) if name == source.outcome else ""
        yield Line(depth, _label(key), kind, group["value"], _share(group["value"], most), _list(source, asked))
        if depth + 1 < len(names):
            yield from _lines(source, names, group, asked, depth + 1)
    if other:
        word = f"{other['groups']} others"
        yield Line(depth, word, "", other["value"], _share(other["value"], most), "")


def _rows(told: Rows, said: Said | None) -> dict[str, Any]:
    columns = [_column(told.source, name) for name in told.names]
    return {
        "kind": "table",
        "columns": columns,
        "rows": told.rows,
        "count": told.count,
        "to": _list(told.source, said),
        "more": told.after is not None,
    }


def _column(source: Source, name: str) -> Column:
    if name in source.links:
        word = source.links[name].title or title(source, name)
        return Column(name, word, "links", links=((word.lower(), name),))
    field = source.fields[name]
    kind = {MOMENT: "time", NUMBER: "number", WORD: "status"}.get(field.kind, "text")
    if field.kind == WORD and name not in (source.outcome, "boot_result", "build_result", "status", "result"):
        kind = "text"
    return Column(name, title(source, name), "span" if name in SPANS else kind)


def _choice(source: Source, name: str, folded: Mapping[str, Any], said: Said) -> Choice:
    among = tuple(str(group["key"]) for group in folded["groups"] if group["key"] not in (None, ""))
    value = next((text for each, text in said if each == name), "")
    # What is asked for now is among what can be asked for, even where nothing is so.
    there = among if not value or value in among else (value, *among)
    return Choice(name, title(source, name), there if len(there) <= MENU else (), value)


def _list(source: Source, said: Said | None) -> str:
    """Return the address of the list of rows of a source, narrowed down; blank where there is none."""
    if source.name not in LISTED or said is None:
        return ""
    known = {*source.asked, "since", "until", "q"}
    kept = [(name, value) for name, value in said if name.strip("-~<>") in known and (name, value) != ("since", "all")]
    return f"/{source.name}{addresses.written(kept)}"


def _label(key: Any) -> str:
    if isinstance(key, datetime.datetime):
        return key.astimezone(datetime.UTC).strftime("%Y-%m-%d" if not key.hour else "%m-%d %H:%M")
    return "none" if key is None or key == "" else str(key)


def _share(value: float | None, most: float) -> float:
    return round(100 * (value or 0) / most, 1) if most > 0 else 0
