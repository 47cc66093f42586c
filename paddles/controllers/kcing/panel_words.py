"""What panels show as it is told on this wire, as JSON and as lines of CSV. Pure."""

import datetime
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from paddles.controllers import lists
from paddles.controllers.kcing import matrix_words
from paddles.dashboards import crossing, folding
from paddles.dashboards.definitions import Search, Visualization
from paddles.dashboards.panels import Choices, Crossed, Groups, Rows, Shown, View, Words
from paddles.listing.fields import Source
from paddles.web import formats


class Told(BaseModel):
    """What a panel shows; what is in ``data`` depends on its type."""

    viz: str
    type: str
    title: str
    data: dict[str, Any]
    ignored: list[str]


def kind(what: Visualization | Search) -> str:
    """Return the type of what a panel shows: a search is a log."""
    return str(getattr(what, "type", "log"))


def times(seen: View) -> dict[str, str | None]:
    """Return from when and until when rows are shown."""
    return {name: lists.moment(at) if at else None for name, at in (("since", seen.since), ("until", seen.until))}


def told(shown: Shown) -> dict[str, Any]:
    """Return what a panel shows."""
    if isinstance(shown, Words):
        return {"text": shown.text}
    if isinstance(shown, Crossed):
        return crossing.told(shown.shape, shown.cells, shown.narrowed)
    if isinstance(shown, Choices):
        columns = [_column(shown.source, name) for name in shown.fields]
        return {"fields": [{**each, **_plain(shown.fields[each["name"]])} for each in columns]}
    if isinstance(shown, Groups):
        names = [_column(shown.source, name) for name in shown.names]
        return {"names": names, "count": shown.count, "value": shown.value, **_plain(shown.folded)}
    return _listed(shown)


def lines(data: Mapping[str, Any]) -> bytes:
    """Return what a panel shows as CSV."""
    if "cells" in data:
        return matrix_words.lines(data)
    if "columns" in data:
        names = [column["name"] for column in data["columns"]]
        return formats.lines([names, *(lists.cells(row, names) for row in data["rows"])])
    if "fields" in data:
        found = [[each["name"], *line[:2]] for each in data["fields"] for line in folding.lines(dict(each), 1)]
        return formats.lines([["field", "value", "count"], *found])
    if "names" in data:
        names = [each["name"] for each in data["names"]]
        told = folding.lines(dict(data), len(names)) if names else [[data["count"], data["value"]]]
        return formats.lines([[*names, "count", "value"], *told])
    return formats.lines([["text"], [data["text"]]])


def _listed(shown: Rows) -> dict[str, Any]:
    return {
        "columns": [_column(shown.source, name) for name in shown.names],
        "rows": [lists.shown(row) for row in shown.rows],
        "total": shown.count.number,
        "exact": shown.count.exact,
        "after": shown.after,
    }


def _column(source: Source, name: str) -> dict[str, str]:
    found = source.links.get(name) or source.fields[name]
    return {"name": name, "title": found.title or name}


def _plain(value: Any) -> Any:
    """Return folded groups with their moments written as they are on this wire."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return lists.moment(value) if isinstance(value, datetime.datetime) else value
