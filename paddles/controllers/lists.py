"""A page of a list of rows as JSON, or the list as lines of CSV."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
from pydantic import BaseModel, ConfigDict

from paddles.controllers.list_queries import MOST, ListQuery
from paddles.db.session import Session
from paddles.listing import search
from paddles.listing.fields import Source
from paddles.listing.search import Asked, Count, Part
from paddles.web import formats, origins
from paddles.web.answers import Flow
from paddles.web.face import Call

# What says which part of a list is meant.
PARTS = ("after", "page")


class Listed(BaseModel):
    """Part of a list: where it goes on, how many there are, and parameters that mean nothing here.

    There are ``total`` of them, or, where that is not ``exact``, more.
    """

    model_config = ConfigDict(extra="forbid")

    items: list[dict[str, Any]]
    total: int | None
    exact: bool
    next: str | None
    ignored: list[str]


def answer(call: Call, source: Source) -> Any:
    """Return what a list is asked for: a page of it, or CSV: all of it where no page is asked for."""
    query: ListQuery = call.query
    return of(call, source, *query.asked(source, call.now))


def of(call: Call, source: Source, asked: Asked, ignored: list[str]) -> Any:
    """Return what :func:`answer` does, where it is decided already which rows are asked for."""
    query: ListQuery = call.query
    if formats.wants_csv(query.format, call.headers):
        return flow(source, asked, query.part, whole=query.whole)
    found = search.page(call.session, source, asked, query.part)
    total = _total(call, source, asked, len(found.rows), found.after) if query.total == "yes" else None
    return {
        "items": [shown(row) for row in found.rows],
        "total": total.number if total else None,
        "exact": total.exact if total else False,
        "next": _next(call, found.after) if found.after else None,
        "ignored": ignored,
    }


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its moments written as they are on this wire."""
    return {name: moment(value) if isinstance(value, datetime.datetime) else value for name, value in row.items()}


def moment(value: datetime.datetime) -> str:
    """Return a moment as it is written on this wire: ``2026-01-31T12:00:00.000000Z``."""
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def cells(row: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    """Return a row as cells of CSV."""
    return [_cell(row[name]) for name in names]


def _cell(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return moment(value)
    return orjson.dumps(value).decode() if isinstance(value, list | dict | bool) else value


def _total(call: Call, source: Source, asked: Asked, shown: int, after: str | None) -> Count:
    part = call.query.part
    if not part.after and not after and (shown or not part.offset):
        return Count(part.offset + shown)
    return search.count(call.session, source, asked)


def _next(call: Call, after: str) -> str:
    """Return the address of what follows: the request's own, from another place on."""
    said = parse_qsl(call.headers.get("QUERY_STRING", ""), keep_blank_values=True)
    kept = [(name, value) for name, value in said if name not in PARTS]
    path = urlsplit(origins.address(call.headers)).path
    return f"{path}?{urlencode([*kept, ('after', after)])}"


def flow(source: Source, asked: Asked, part: Part, *, whole: bool) -> Flow:
    """Return part of a list as CSV, or the ``whole`` from a place on, read in parts of which none takes long."""
    names: Sequence[str] = asked.names

    def piece(session: Session, place: tuple[Part, bool]) -> tuple[bytes, Any]:
        at, headed = place
        found = search.page(session, source, asked, at)
        rows = [cells(row, names) for row in found.rows]
        more = whole and found.after
        return formats.lines(rows if headed else [names, *rows]), (Part(MOST, 0, str(more)), True) if more else None

    name = f'attachment; filename="{source.name}.csv"'
    first = Part(MOST, 0, part.after) if whole else part
    return Flow(piece, (first, False), formats.CSV, {"Content-Disposition": name})
