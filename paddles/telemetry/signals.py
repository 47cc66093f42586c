"""Signals taken in, found and forgotten."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, func, select, text

from paddles.db import limits
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.telemetry.models import Signal

# How many seconds of the server a question may take, and how many signals may come at once.
LIMIT_S = 15.0
MOST_AT_ONCE = 10_000

TABLE = Signal.__table__
# What is said of a signal by name, and what each is in the database.
TEXTS = (
    *("kind", "runtime", "lab", "device_type", "device_id", "job_name", "test_name", "job_id", "node_id"),
    *("tree", "branch", "arch", "result", "error_type", "error_msg"),
)
SAID = {
    "at": "timestamptz",
    **dict.fromkeys(TEXTS, "text"),
    "is_infra_error": "boolean",
    "retry": "integer",
    "extra": "jsonb",
}
# By which signals are looked for.
EXACT = tuple(name for name in TEXTS if name != "error_msg")

_NAMES = ", ".join(SAID)
INSERT = text(f"""
    INSERT INTO signals ({_NAMES}) SELECT {_NAMES}
    FROM json_to_recordset(CAST(:rows AS json)) AS new ({", ".join(f"{name} {kind}" for name, kind in SAID.items())})
""")
FORGET = text("""
    DELETE FROM signals WHERE id IN (SELECT id FROM signals WHERE at < :before ORDER BY at LIMIT :limit)
""")


@dataclass(frozen=True)
class Filter:
    """Which signals: of ``EXACT`` fields the values, from ``since`` to ``until``, both included."""

    exact: Mapping[str, str] = field(default_factory=dict)
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    is_infra_error: bool | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """What the database is asked."""
        wanted = [TABLE.c[name] == value for name, value in self.exact.items()]
        if self.since is not None:
            wanted.append(TABLE.c.at >= self.since)
        if self.until is not None:
            wanted.append(TABLE.c.at <= self.until)
        if self.is_infra_error is not None:
            wanted.append(TABLE.c.is_infra_error.is_(self.is_infra_error))
        return wanted


def add(session: Session, told: Sequence[Mapping[str, Any]], now: datetime.datetime) -> int:
    """Keep signals, each a mapping of names in ``SAID``, one without a moment as of ``now``; return how many.

    Raises:
        Invalid: there are none, or more than ``MOST_AT_ONCE``.
    """
    if not 0 < len(told) <= MOST_AT_ONCE:
        raise Invalid(f"between 1 and {MOST_AT_ONCE} events are taken at once")
    rows = [{"is_infra_error": False, "retry": 0, **each, "at": each.get("at") or now} for each in told]
    session.execute(INSERT, {"rows": orjson.dumps(rows).decode()})
    return len(rows)


def find(session: Session, wanted: Filter, page: Page) -> Sequence[Row[Any]]:
    """Return a page of the signals that match, the oldest first.

    Raises:
        Invalid: it would take too long.
    """
    query = select(TABLE).where(*wanted.conditions).order_by(TABLE.c.at, TABLE.c.id)
    found: Sequence[Row[Any]] = limits.within(session, query.limit(page.limit).offset(page.offset), LIMIT_S).all()
    return found


def count(session: Session, wanted: Filter) -> int:
    """Return how many signals match. Raises Invalid as :func:`find`."""
    query = select(func.count()).select_from(TABLE).where(*wanted.conditions)
    return int(limits.within(session, query, LIMIT_S).scalar())


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` signals of before that moment and return how many there were."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)
