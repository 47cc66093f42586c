"""Queries that may not take longer than they are given: the server itself ends them."""

from typing import Any

from sqlalchemy import Engine, Executable, event
from sqlalchemy.exc import DBAPIError

from paddles.db.session import Session
from paddles.errors import Invalid

OPTION, SORTS = "paddles_limit_ms", "paddles_sorts"
# A query that sorts a hundred thousand rows is to do so without a disk; to compile it takes longer than to execute it.
ROOM = "SET LOCAL work_mem = '32MB'; SET LOCAL jit = off; "
# What PostgreSQL answers when it ends a statement, and for a pattern that is none or is more than it takes.
CANCELLED = "57014"
BAD_PATTERN = ("2201B", "54001", "54000")


def within(session: Session, statement: Executable, seconds: float, *, sorts: bool = False) -> Any:
    """Return the result of a query that takes at most so many seconds of the server; one that ``sorts`` much gets room.

    Raises:
        Invalid: it would have taken longer, or holds a pattern that PostgreSQL does not understand.
    """
    limited = statement.execution_options(**{OPTION: int(seconds * 1000), SORTS: sorts})
    try:
        return session.execute(limited)
    except DBAPIError as error:
        state = getattr(error.orig, "pgcode", None)
        if state == CANCELLED:
            raise Invalid(f"this takes longer than {seconds:g} s: ask for less") from None
        if state in BAD_PATTERN:
            raise Invalid(str(error.orig).splitlines()[0]) from None
        raise


def enable(connections: Engine) -> None:
    """Have the connections of an engine keep the limits of such queries."""
    event.listen(connections, "before_cursor_execute", _limit, retval=True)


def _limit(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, context: Any, _executemany: bool
) -> tuple[str, Any]:
    # Sent together, all are one transaction: the settings end with the query, behind a pooler as well.
    limit = context.execution_options.get(OPTION)
    room = ROOM if context.execution_options.get(SORTS) else ""
    return (f"SET LOCAL statement_timeout = {limit:d}; {room}{statement}" if limit else statement), parameters
