"""Statements that each connection parses once and plans seldom.

A short statement costs PostgreSQL more to understand than to execute: of a report's 1.1 ms in the server, 0.45 ms went
into parsing and planning the same two texts again. Those marked here are prepared by the connection that first uses
them. What a connection keeps is lost behind a pooler that gives each transaction another: there they run as they are.
"""

import functools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, make_url, text

# Where a connection keeps how it calls what it has prepared, by the text.
KEPT = "paddles_prepared"
# feature_not_supported: what a prepared statement answers when a migration gave one of its columns another type.
STALE = "0A000"
DIALECT = make_url("postgresql+psycopg2://").get_dialect()()


@dataclass(frozen=True)
class Hot:
    """A statement to be prepared, with values by name as ``sqlalchemy.text`` has them; blank ``columns``: its own."""

    text: str
    columns: tuple[str, ...] = ()


def hot(sql: str, columns: str = "") -> Hot:
    """Return the statement ``sql``, to be prepared where connections are our own.

    For statements that find their rows by key, where one plan does for all values. ``columns`` names what it returns,
    in order, separated by blanks; with it the result needs no description of its own at every use.
    """
    return Hot(sql, tuple(columns.split()))


def enable(connections: Engine) -> None:
    """Have the connections of an engine prepare what is marked."""
    event.listen(connections, "connect", _keep)


@functools.lru_cache(maxsize=1024)
def driver_text(sql: str) -> str:
    """Return a statement as the driver takes it."""
    return str(text(sql).compile(dialect=DIALECT))


def call(sql: str, name: str) -> tuple[str, str]:
    """Return what prepares a statement under a name, and what calls it then, which takes the same values."""
    numbers = _Numbers()
    prepare = f"PREPARE {name} AS {driver_text(sql) % numbers}"
    arguments = ", ".join(f"%({parameter})s" for parameter in numbers)
    return prepare, f"EXECUTE {name}({arguments})" if numbers else f"EXECUTE {name}"


class _Numbers(dict[str, str]):
    """The places ``$1``, ``$2``... of parameters, in the order in which they are met."""

    def __missing__(self, name: str) -> str:
        place = self[name] = f"${len(self) + 1}"
        return place


def _keep(_connection: Any, record: Any) -> None:
    record.info[KEPT] = {}
