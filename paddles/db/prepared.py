"""Statements that each connection parses once and plans seldom.

A short statement costs PostgreSQL more to understand than to execute: of a report's 1.1 ms in the server, 0.45 ms went
into parsing and planning the same two texts again. Those marked here are prepared by the connection that first uses
them. What a connection keeps is lost behind a pooler that gives each transaction another: there they run as they are.
"""

from typing import Any

from sqlalchemy import Engine, TextClause, column, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.sql.selectable import TextualSelect

OPTION = "paddles_prepared"
# feature_not_supported: what a prepared statement answers when a migration gave one of its columns another type.
STALE = "0A000"


def hot(sql: str, columns: str = "") -> TextClause | TextualSelect:
    """Return the statement ``sql``, to be prepared where connections are our own.

    For statements that find their rows by key, where one plan does for all values. ``columns`` names what it returns,
    in order, separated by blanks; with it the result needs no description of its own at every use.
    """
    statement = text(sql)
    described = statement.columns(*(column(name) for name in columns.split())) if columns else statement
    return described.execution_options(**{OPTION: True})


def enable(connections: Engine) -> None:
    """Have the connections of an engine prepare what is marked."""
    event.listen(connections, "before_cursor_execute", _call, retval=True)
    event.listen(connections, "handle_error", _replace_stale)


class _Numbers(dict[str, str]):
    """The places ``$1``, ``$2``... of parameters, in the order in which they are met."""

    def __missing__(self, name: str) -> str:
        place = self[name] = f"${len(self) + 1}"
        return place


def _call(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> tuple[str, Any]:
    if executemany or not context.execution_options.get(OPTION):
        return statement, parameters
    known: dict[str, str] = connection.info.setdefault(OPTION, {})
    call = known.get(statement)
    if call is None:
        numbers = _Numbers()
        name = f"paddles_{len(known)}"
        cursor.execute(f"PREPARE {name} AS {statement % numbers}")
        arguments = ", ".join(f"%({parameter})s" for parameter in numbers)
        call = known[statement] = f"EXECUTE {name}({arguments})" if numbers else f"EXECUTE {name}"
    return call, parameters


def _replace_stale(failure: ExceptionContext) -> None:
    # All that the pool keeps was prepared before the same migration.
    if getattr(failure.original_exception, "pgcode", None) == STALE and failure.statement is not None:
        failure.is_disconnect = failure.is_disconnect or "EXECUTE" in failure.statement
