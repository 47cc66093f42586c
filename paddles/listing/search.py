"""Rows of a source, a page at a time: from a place in the list on, which costs the same wherever that is."""

import base64
import binascii
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Double, Row, and_, cast, func, literal, select, tuple_

from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.listing import fields, filters
from paddles.listing.fields import JSON, MOMENT, NUMBER, Field, Link, Source
from paddles.listing.filters import Wanted

# How many seconds of the server a question may take, and up to how many rows are counted.
LIMIT_S = 15.0
MOST_COUNTED = 100_000
LEAST = -1.0e308
# What tells rows of one moment apart, in a place in a list.
KEY = "key"
# How an outcome is asked for where what is counted answers that.
CHOOSING = ("in", "eq", "not_in", "ne")


@dataclass(frozen=True)
class Asked:
    """Which rows: all of ``wanted`` is so, from ``since`` to before ``until``, and ``words`` are in their text.

    They are shown in the order of the field ``sort``, the largest first where that begins with a dash, as ``names``.
    """

    wanted: Sequence[Wanted] = ()
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    words: str = ""
    sort: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Part of a list: ``limit`` rows behind the place ``after``, or behind the first ``offset``."""

    limit: int
    offset: int = 0
    after: str = ""


@dataclass(frozen=True)
class Found:
    """Rows, each by the names that were asked for, and the place behind the last where there are more."""

    rows: list[dict[str, Any]]
    after: str | None


@dataclass(frozen=True)
class Count:
    """How many rows there are: exactly so many, or more."""

    number: int
    exact: bool = True


@dataclass(frozen=True)
class _Order:
    """What rows are sorted by, all in one direction; the first ``lead`` of it are in an index together."""

    by: tuple[ColumnElement[Any], ...]
    kinds: tuple[str, ...]
    down: bool
    name: str
    lead: int


def page(session: Session, source: Source, asked: Asked, part: Part) -> Found:
    """Return part of the rows that match.

    Raises:
        Invalid: a name is unknown, a value or a place cannot be, or it would take too long.
    """
    order = _order(source, asked.sort or source.sort)
    names = asked.names or source.usual
    query = select(*_columns(source, names), *(each.label(f"_{n}") for n, each in enumerate(order.by)))
    query = query.select_from(source.table).where(*conditions(source, asked))
    if part.after:
        query = query.where(*_behind(order, _place(part.after, order)))
    query = query.order_by(*(each.desc() if order.down else each for each in order.by)).limit(part.limit + 1)
    if part.offset:
        query = query.offset(part.offset)
    found: Sequence[Row[Any]] = limits.within(session, query, LIMIT_S, sorts=source.adds).all()
    more = len(found) > part.limit
    rows = [_shown(row, source, names) for row in found[: part.limit]]
    return Found(rows, _token(order, found[part.limit - 1]) if more and part.limit else None)


def count(session: Session, source: Source, asked: Asked, most: int = MOST_COUNTED) -> Count:
    """Return how many rows match, up to ``most``; what is counted already (``Source.tally``) however many there are.

    Raises:
        Invalid: as :func:`page`.
    """
    tally = source.tally
    if tally and counts(source, asked):
        total = sum(counted(source, asked).values(), start=literal(0))
        kept = [each for each in asked.wanted if each.field != tally.of]
        query = select(func.coalesce(func.sum(total), 0)).select_from(tally.table)
        query = query.where(*conditions(source, _only(asked, kept)))
        return Count(int(limits.within(session, query, LIMIT_S).scalar()))
    rows = select(literal(1)).select_from(source.table).where(*conditions(source, asked)).limit(most + 1).subquery()
    counting = select(func.count()).select_from(rows)
    found = int(limits.within(session, counting, LIMIT_S, sorts=source.adds).scalar())
    return Count(min(found, most), found <= most)


def counts(source: Source, asked: Asked, names: tuple[str, ...] = ()) -> bool:
    """Say whether what is asked, by fields of ``names``, can be answered from what is counted already."""
    tally = source.tally
    if tally is None or asked.words or not tally.fields.issuperset(names):
        return False
    return all(each.field in tally.fields or (each.field == tally.of and each.op in CHOOSING) for each in asked.wanted)


def counted(source: Source, asked: Asked) -> dict[str, ColumnElement[Any]]:
    """Return the columns that have counted the rows of those outcomes that are asked for. Raises Invalid."""
    if source.tally is None:
        return {}
    wanted = [each for each in asked.wanted if each.field == source.tally.of]
    return {
        word: column
        for word, column in source.tally.counts.items()
        if all(_takes(source, each, word) for each in wanted)
    }


def conditions(source: Source, asked: Asked) -> list[ColumnElement[bool]]:
    """Return what the database is asked of the rows of a source. Raises Invalid."""
    found = [*source.only, *filters.conditions(source, asked.wanted)]
    at = source.one(source.within or source.at).column
    if asked.since is not None and not source.timeless:
        found.append(at >= asked.since)
    if asked.until is not None and not source.timeless:
        found.append(at < asked.until)
    if asked.words:
        if source.searched is None:
            raise Invalid(f"{source.name} have no text to be searched for words")
        if "\0" in asked.words:
            raise Invalid("a NUL character cannot be stored, so nothing has one")
        found.append(source.searched.bool_op("@@")(words_in(asked.words)))
    return [*found, *_hinted(source, asked)]


def words_in(text: str) -> ColumnElement[Any]:
    """Return what a search for words asks of a source's ``searched`` column: ``a b``, ``a OR b``, ``-a``, ``"a b"``."""
    return func.websearch_to_tsquery("simple", text)


def _only(asked: Asked, wanted: Sequence[Wanted]) -> Asked:
    return Asked(wanted, asked.since, asked.until)


def _takes(source: Source, wanted: Wanted, word: str) -> bool:
    """Say whether a word is among those that are asked for. Raises Invalid where one is that there is not."""
    field = source.one(wanted.field)
    # What is blank is none of the words.
    among = {fields.one_of(text, field.among, field.name) for text in wanted.values if text}
    return (word in among) == (wanted.op in ("in", "eq"))


def _hinted(source: Source, asked: Asked) -> list[ColumnElement[bool]]:
    """Pass over what is counted to have none of the outcomes that are asked for."""
    simple = [
        each for each in asked.wanted if source.tally and each.field == source.tally.of and each.op in ("in", "eq")
    ]
    if not simple or source.tally is None:
        return []
    known = [counted(source, Asked([each])) for each in simple]
    return [sum(columns.values(), start=literal(0)) > 0 for columns in known if columns]


def _columns(source: Source, names: Sequence[str]) -> list[Any]:
    """Return the columns that are read to show the names."""
    wanted: dict[str, None] = {}
    for name in names:
        link = source.links.get(name)
        wanted |= dict.fromkeys(link.needs if link else (name,))
    return [source.fields[name].column.label(name) for name in wanted]


def _shown(row: Row[Any], source: Source, names: Sequence[str]) -> dict[str, Any]:
    # JSON comes as it is written.
    read = {name: orjson.loads(value) if isinstance(value, bytes) else value for name, value in row._mapping.items()}
    return {name: _value(read, source, name) for name in names}


def _value(row: Mapping[str, Any], source: Source, name: str) -> Any:
    link: Link | None = source.links.get(name)
    return link.make(row) if link else row[name]


def _order(source: Source, sort: str) -> _Order:
    name = sort.removeprefix("-") or source.at
    field = source.one(name)
    if field.moves or field.dear:
        why = "changes by itself" if field.moves else "is looked up row by row"
        raise Invalid(f"nothing can be sorted by {name}, which {why}")
    down = sort.startswith("-") or not sort
    kinds = (field.kind, *(KEY for _ in source.key))
    natural = name == source.at or field.column is source.one(source.at).column
    return _Order((_sorted(field), *source.key), kinds, down, name, source.lead if natural else 0)


def _sorted(field: Field) -> ColumnElement[Any]:
    if field.kind == JSON:
        raise Invalid(f"nothing can be sorted by {field.name}")
    if field.kind == MOMENT and not getattr(field.column, "nullable", True):
        return field.column
    if field.kind == NUMBER:
        # As they are whole numbers could not be compared with the least of all.
        return func.coalesce(cast(field.column, Double), cast(literal(LEAST), Double))
    blank = datetime.datetime(1, 1, 2, tzinfo=datetime.UTC) if field.kind == MOMENT else ""
    return func.coalesce(field.column, literal(blank))


def _behind(order: _Order, place: list[Any]) -> list[ColumnElement[bool]]:
    """Return what is so of rows behind a place; of what is in an index it is said once more, where that can be used."""
    values = [cast(literal(value), column.type) for value, column in zip(place, order.by, strict=True)]
    whole = tuple_(*order.by) < tuple_(*values) if order.down else tuple_(*order.by) > tuple_(*values)
    if order.lead < 2 or order.lead == len(order.by):
        return [whole]
    first, bound = tuple_(*order.by[: order.lead]), tuple_(*values[: order.lead])
    return [and_(first <= bound if order.down else first >= bound), whole]


def _token(order: _Order, row: Row[Any]) -> str:
    values = [row._mapping[f"_{number}"] for number in range(len(order.by))]
    said = orjson.dumps([order.name, order.down, *values])
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def _place(token: str, order: _Order) -> list[Any]:
    """Return the values of a place in a list. Raises Invalid when it is none of this list."""
    try:
        data = token.encode("ascii")
        name, down, *values = orjson.loads(base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4)))
        if (name, down, len(values)) == (order.name, order.down, len(order.by)):
            return [_read(value, kind) for value, kind in zip(values, order.kinds, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        pass
    raise Invalid("after is no place in this list: take it from the answer before")


def _read(value: Any, kind: str) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    if kind == MOMENT:
        return datetime.datetime.fromisoformat(value)
    wanted = {KEY: whole, NUMBER: whole or isinstance(value, float)}
    if not wanted.get(kind, isinstance(value, str) and "\0" not in value):
        raise ValueError("not of this kind")
    return value
