"""What is told of the rows of a source, by groups: counted, added up and averaged in SQL, few rows a group."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, cast, func, literal, null, select, union_all

from paddles.dashboards import counting
from paddles.dashboards.cells import FAILED, PASSED, Counts
from paddles.dashboards.definitions import Group, Metric
from paddles.dashboards.folding import Counted, Level
from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.listing import search
from paddles.listing.fields import MOMENT, NUMBER, TEXT, WORD, Field, Source
from paddles.listing.search import LIMIT_S, Asked

MOST_GROUPS = 10_000
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
# What is told of a field: the value, and what it is of.
OF_FIELD: dict[str, Callable[[ColumnElement[Any]], tuple[Any, Any]]] = {
    "distinct": lambda column: (func.count(column.distinct()), null()),
    "sum": lambda column: (func.sum(column), null()),
    "avg": lambda column: (func.sum(column), func.count(column)),
    "min": lambda column: (func.min(column), null()),
    "max": lambda column: (func.max(column), null()),
}


def groups(session: Session, source: Source, asked: Asked, metric: Metric, by: Sequence[Group]) -> list[Counted]:
    """Return what a metric tells of the rows that match, by groups; of no groups there is one row.

    The value of an average and of a rate is what it has above its line, ``weight`` what is below.

    Raises:
        Invalid: a field is unknown or no number, there are more than ``MOST_GROUPS``, or it would take too long.
    """
    query, split = _query(source, asked, metric, by)
    found = limits.within(session, query.limit(MOST_GROUPS + 1), LIMIT_S).all()
    if len(found) > MOST_GROUPS:
        raise Invalid(f"there are more than {MOST_GROUPS} groups: ask for less")
    rows = [tuple(row) for row in found]
    if split is None:
        return [Counted(row[:-3], int(row[-3] or 0), _number(row[-2]), float(row[-1] or 0)) for row in rows]
    return list(_spread(rows, split, [group.field for group in by].index(source.outcome)))


def ended(session: Session, source: Source, asked: Asked, known: dict[Any, Counts]) -> Counts:
    """Return how many of the rows that match ended in which way, of a source that has counted them (``Source.tally``).

    It is asked once for all who have the same ``known``. Raises Invalid as :func:`groups`.
    """
    about = (source.name, tuple(asked.wanted), asked.since, asked.until)
    if about not in known:
        counted = counting.outcomes(source, asked)
        query = select(*counted.outcomes.values()).select_from(counted.table).where(*counted.conditions)
        numbers = limits.within(session, query, LIMIT_S).one() if counted.outcomes else ()
        known[about] = {word: int(n) for word, n in zip(counted.outcomes, numbers, strict=True) if n}
    return known[about]


def several(
    session: Session, source: Source, wanted: Mapping[str, Asked], by: Mapping[str, Group]
) -> dict[str, list[Counted]]:
    """Return how many rows there are by each of some fields, of those that are asked for of that field.

    Fields of text are counted together, in one statement. Raises Invalid as :func:`groups`.
    """
    parts, found = [], dict[str, list[Counted]]()
    for name, asked in wanted.items():
        query, split = _query(source, asked, Metric(), [by[name]])
        if split is None and source.one(name).kind in (TEXT, WORD):
            told = query.limit(MOST_GROUPS + 1).subquery()
            parts.append(select(literal(name), *list(told.c)[:2]))
            found[name] = []
        else:
            found[name] = groups(session, source, asked, Metric(), [by[name]])
    for name, key, count in limits.within(session, union_all(*parts), LIMIT_S) if parts else ():
        found[name].append(Counted((key,), int(count), int(count)))
    if any(len(rows) > MOST_GROUPS for rows in found.values()):
        raise Invalid(f"there are more than {MOST_GROUPS} groups: ask for less")
    return found


def levels(source: Source, by: Sequence[Group]) -> list[Level]:
    """Return how groups are folded: moments are shown in order, all of them."""
    return [Level(group.limit, group.other, source.one(group.field).kind == MOMENT) for group in by]


def _query(
    source: Source, asked: Asked, metric: Metric, by: Sequence[Group]
) -> tuple[Select[Any], tuple[str, ...] | None]:
    """Return what counts, and, where outcomes are in columns of their own, which."""
    outcome = [group.field for group in by if group.field == source.outcome]
    kept = [group for group in by if not (outcome and source.tally and group.field == source.outcome)]
    keys = [_key(source.one(group.field), group) for group in kept]
    names = tuple(group.field for group in kept)
    if metric.op == "count" and len(outcome) < 2 and source.tally and search.counts(source, asked, names):
        counted = counting.outcomes(source, asked, names)
        told = list(counted.outcomes.values()) if outcome else [counted.total, counted.total, literal(0)]
        query = select(*keys, *told).select_from(counted.table).where(*counted.conditions)
        return _grouped(query, keys), tuple(counted.outcomes) if outcome else None
    keys = [_key(source.one(group.field), group) for group in by]
    if metric.op == "pass_rate":
        return _rate(source, asked, tuple(group.field for group in by), keys), None
    told = [func.count(), *_value(source, metric)]
    query = select(*keys, *told).select_from(source.table).where(*search.conditions(source, asked))
    return _grouped(query, keys), None


def _grouped(query: Select[Any], keys: list[Any]) -> Select[Any]:
    return query.group_by(*keys) if keys else query


def _rate(source: Source, asked: Asked, names: tuple[str, ...], keys: list[Any]) -> Select[Any]:
    if not source.outcome:
        raise Invalid(f"{source.name} do not pass or fail")
    counted = counting.outcomes(source, asked, names)
    passed = sum((column for word, column in counted.outcomes.items() if word in PASSED), start=literal(0))
    failed = sum((column for word, column in counted.outcomes.items() if word in FAILED), start=literal(0))
    query = select(*keys, counted.total, passed, passed + failed).select_from(counted.table)
    return _grouped(query.where(*counted.conditions), keys)


def _value(source: Source, metric: Metric) -> tuple[Any, Any]:
    if metric.field is None:
        return func.count(), literal(0)
    field = source.one(metric.field)
    if metric.op == "distinct":
        return OF_FIELD["distinct"](field.column)
    if field.kind != NUMBER:
        raise Invalid(f"{metric.op} is of numbers, which {field.name} is not")
    if metric.op in PERCENTILES:
        value = cast(field.column, Float)
        return func.percentile_cont(PERCENTILES[metric.op]).within_group(value), null()
    return OF_FIELD[metric.op](field.column)


def _key(field: Field, group: Group) -> ColumnElement[Any]:
    if field.kind == MOMENT:
        # In the text of the statement: a parameter there, and another one behind GROUP BY, would be two expressions.
        moment: ColumnElement[Any] = func.date_trunc(
            literal(group.interval or "day", literal_execute=True), field.column
        )
        return moment
    if group.interval:
        raise Invalid(f"{field.name} is no moment, and has no interval")
    return field.column


def _spread(rows: list[tuple[Any, ...]], words: tuple[str, ...], place: int) -> Any:
    """Yield what is counted in a column for each word as a row for each."""
    for row in rows:
        keys, numbers = row[: -len(words)], row[-len(words) :]
        for word, number in zip(words, numbers, strict=True):
            if number:
                yield Counted((*keys[:place], word, *keys[place:]), int(number), int(number))


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, int | float):
        return value
    return float(value)
