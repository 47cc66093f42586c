"""What signals add up to: counts by what one likes, and what is out of the ordinary. All of it is counted in SQL."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Double, Row, Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.telemetry.models import RESULTS
from paddles.telemetry.signals import LIMIT_S, TABLE, Filter

# By what signals are counted, together or each alone.
GROUPS = (*("runtime", "lab", "device_type", "device_id", "job_name", "tree", "branch", "arch", "kind", "error_type"),)
WINDOWS = {f"{hours}h": datetime.timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 48)}
SCOPES = {
    "device_type": ("runtime", "lab", "device_type"),
    "device": ("runtime", "lab", "device_type", "device_id"),
}
# So many groups are shown at the most: the largest, or the worst.
MOST_GROUPS = 1000

_AT = TABLE.c.at
_TOTAL = func.count()
_COUNTS = {
    "total": _TOTAL,
    **{result: func.count().filter(TABLE.c.result == result) for result in RESULTS},
    "infra_error": func.count().filter(TABLE.c.is_infra_error),
}
_FAILED = _COUNTS["fail"] + _COUNTS["incomplete"]
_FAIL_RATE = cast(_FAILED, Double) / _TOTAL
_INFRA_RATE = cast(_COUNTS["infra_error"], Double) / _TOTAL


@dataclass(frozen=True)
class Suspicion:
    """What is out of the ordinary: of what one ``scope`` names, ``min_total`` results or more since a moment, of which
    this part (``threshold``, 0 to 1) or more failed, or were errors of the lab itself."""

    since: datetime.datetime
    threshold: float
    min_total: int
    scope: str


def by(session: Session, names: Sequence[str], wanted: Filter) -> Sequence[Row[Any]]:
    """Return the signals that match counted by some of ``GROUPS``, the largest first: these, then ``total``, one count
    for each result, and ``infra_error``.

    Raises:
        Invalid: there is no such group, or none is named; or it would take too long.
    """
    if not names or not set(names) <= set(GROUPS):
        raise Invalid(f"group_by is a list of {', '.join(GROUPS)}")
    columns = [TABLE.c[name] for name in dict.fromkeys(names)]
    query = select(*columns, *_labelled()).where(*wanted.conditions).group_by(*columns)
    query = query.order_by(_TOTAL.desc(), *columns).limit(MOST_GROUPS)
    found: Sequence[Row[Any]] = limits.within(session, query, LIMIT_S).all()
    return found


def failing(session: Session, suspicion: Suspicion) -> Sequence[Row[Any]]:
    """Return what fails more than it may, the worst first: what it is, counts, rates, when it was last heard of, and
    its newest error.

    ``fail_rate`` counts what failed and what was not completed; ``constant_failure`` is that nothing else happened.

    Raises:
        Invalid: it would take too long.
    """
    columns = [TABLE.c[name] for name in SCOPES[suspicion.scope]]
    query = select(
        *columns,
        *_labelled(),
        _INFRA_RATE.label("infra_rate"),
        _FAIL_RATE.label("fail_rate"),
        (_FAILED == _TOTAL).label("constant_failure"),
        (_COUNTS["infra_error"] == _TOTAL).label("constant_infra_failure"),
        func.max(_AT).label("last_seen"),
        _newest("error_type"),
        _newest("error_msg"),
    )
    query = query.where(_AT >= suspicion.since, TABLE.c.result.is_not(None)).group_by(*columns)
    bad = or_(_INFRA_RATE >= suspicion.threshold, _FAIL_RATE >= suspicion.threshold)
    query = query.having(_TOTAL >= suspicion.min_total, bad)
    query = query.order_by(func.greatest(_INFRA_RATE, _FAIL_RATE).desc(), _TOTAL.desc(), *columns).limit(MOST_GROUPS)
    found: Sequence[Row[Any]] = limits.within(session, query, LIMIT_S).all()
    return found


def errors(session: Session, suspicion: Suspicion) -> Sequence[Row[Any]]:
    """Return the errors without a result that came ``min_total`` times or more: ``runtime``, ``error_type``, ``count``,
    the most frequent first.

    Raises:
        Invalid: it would take too long.
    """
    columns = (TABLE.c.runtime, TABLE.c.error_type)
    query = select(*columns, _TOTAL.label("count")).group_by(*columns)
    query = query.where(_AT >= suspicion.since, TABLE.c.result.is_(None), TABLE.c.error_type.is_not(None))
    query = query.having(_TOTAL >= suspicion.min_total).order_by(_TOTAL.desc(), *columns).limit(MOST_GROUPS)
    found: Sequence[Row[Any]] = limits.within(session, query, LIMIT_S).all()
    return found


def _labelled() -> list[Any]:
    return [counted.label(name) for name, counted in _COUNTS.items()]


def _newest(name: str) -> Any:
    column = TABLE.c[name]
    newest_first = aggregate_order_by(column, _AT.desc(), TABLE.c.id.desc())
    found = func.array_agg(newest_first, type_=ARRAY(Text)).filter(column.is_not(None))
    # The first of them; PostgreSQL takes no subscript behind FILTER.
    return func.array_to_string(func.trim_array(found, func.cardinality(found) - 1), "").label(f"latest_{name}")
