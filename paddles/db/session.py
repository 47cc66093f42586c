"""What a unit of work speaks to the database with: one connection, and on a writer's one transaction.

Statements that are text go straight to the driver, as few journeys to the server as they need: the transaction begins
with the first of them, and what nobody reads an answer of (``later``) goes along with the next one, or with the commit.
What is composed (``select()``) goes through SQLAlchemy, whose own way costs twice the driver's.
"""

import functools
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, cast

import psycopg2
from psycopg2 import extensions
from sqlalchemy import CursorResult, Engine, Executable, Row, TextClause
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError, NoResultFound

from paddles.db.prepared import KEPT, STALE, Hot, call, driver_text

log = logging.getLogger(__name__)

BEGIN, COMMIT, ROLLBACK = b"BEGIN", b"COMMIT", b"ROLLBACK"


class Rows:
    """What a statement has returned, to be taken once."""

    def __init__(self, answer: extensions.cursor, columns: tuple[str, ...] = ()) -> None:
        self._cursor, self._columns = answer, columns

    @property
    def rowcount(self) -> int:
        """How many rows it returned or changed."""
        return self._cursor.rowcount

    def first(self) -> Row[Any] | None:
        """Return the first row, None when there is none."""
        values = self._cursor.fetchone()
        return None if values is None else self._maker()(values)

    def one(self) -> Row[Any]:
        """Return the first row. Raises NoResultFound."""
        row = self.first()
        if row is None:
            raise NoResultFound("no row was found")
        return row

    def all(self) -> list[Row[Any]]:
        """Return all rows."""
        return list(map(self._maker(), self._cursor.fetchall()))

    def scalar(self) -> Any:
        """Return the first column of the first row, None when there is none."""
        values = self._cursor.fetchone()
        return None if values is None else values[0]

    def scalars(self) -> list[Any]:
        """Return the first column of all rows."""
        return [values[0] for values in self._cursor.fetchall()]

    def __iter__(self) -> Iterator[Row[Any]]:
        return iter(self.all())

    def _maker(self) -> Callable[[tuple[Any, ...]], Row[Any]]:
        return _maker(self._columns or tuple([column.name for column in self._cursor.description or ()]))


@functools.lru_cache(maxsize=1024)
def _maker(names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Row[Any]]:
    """Return what makes rows of these columns."""
    return result_tuple(names)


class Session:
    """A connection, taken from its pool and given back at the end; one that ``writes`` undoes what was not committed.

    A result is to be read before the next statement. ``info`` is kept for as long as the session.
    """

    def __init__(self, engine: Engine, *, writes: bool = False) -> None:
        self._engine, self._pool = engine, engine.pool
        self._connection = engine.connect()
        self._driver = cast("extensions.connection", self._connection.connection.dbapi_connection)
        # What a connection has prepared; None where it is not to.
        self._kept: dict[str, str] | None = self._connection.info.get(KEPT)
        self._writes = writes
        self._due: list[bytes] = []
        self.info: dict[str, Any] = {}
        if writes:
            # Transactions are begun and ended here: the driver would do both in journeys of their own.
            self._driver.autocommit = True
            self._due.append(BEGIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, statement: Executable | Hot, values: Mapping[str, Any] | None = None) -> Rows | CursorResult[Any]:
        """Execute a statement, behind what is due, and return its rows. Raises DBAPIError."""
        if isinstance(statement, Hot):
            return Rows(self._send(self._filled(statement, values), statement.text), statement.columns)
        if isinstance(statement, TextClause) and not statement.get_execution_options():
            return Rows(self._send(self._filled(statement, values), statement.text))
        log.debug("%s", statement)
        if self._due:
            self._send()
        return self._connection.execute(statement, values)

    def scalar(self, statement: Executable | Hot, values: Mapping[str, Any] | None = None) -> Any:
        """Return the first column of the first row, None when there is none."""
        return self.execute(statement, values).scalar()

    def scalars(self, statement: Executable | Hot, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Return the first column of all rows."""
        return list(self.execute(statement, values).scalars())

    def tuples(self, statement: TextClause | Hot, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows, their columns without names."""
        return self._send(self._filled(statement, values), statement.text).fetchall()

    def later(self, statement: TextClause | Hot, values: Mapping[str, Any] | None = None) -> None:
        """Have a statement executed before any other and before the commit; what it answers is not asked for.

        Where it fails it is the other one, or the commit, that raises.
        """
        filled = self._filled(statement, values)
        self._due.append(filled)

    def begin(self) -> None:
        """Begin the transaction if anything is due in it and nothing was sent yet.

        A connection that died in the pool shows itself here, while nothing can have been committed.
        """
        if self._due[:1] == [BEGIN] and len(self._due) > 1:
            self._send()

    def commit(self) -> None:
        """Commit, what is due included; nothing happens when nothing was sent."""
        self._end(COMMIT)

    def rollback(self) -> None:
        """Undo what was sent, and forget what is due."""
        self._due = [BEGIN] if self._due[:1] == [BEGIN] else []
        self._end(ROLLBACK)

    def close(self) -> None:
        """Give the connection back, with what is not committed undone."""
        if self._writes and not self._driver.closed:
            if self._driver.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE:
                self._undo()
            # Undoing it may have shown that the server is gone.
            if not self._driver.closed:
                self._driver.autocommit = False
        self._connection.close()

    def _end(self, how: bytes) -> None:
        if self._due[:1] != [BEGIN]:
            self._send(how)
        self._due = [BEGIN]

    def _undo(self) -> None:
        try:
            self._driver.cursor().execute(ROLLBACK)
        except psycopg2.Error as error:
            self._connection.invalidate(error)

    def _filled(self, statement: TextClause | Hot, values: Mapping[str, Any] | None) -> bytes:
        """Return a statement with its values, as it is sent."""
        log.debug("%s", statement.text)
        kept = self._kept if isinstance(statement, Hot) else None
        call = driver_text(statement.text) if kept is None else self._call(statement.text, kept)
        return self._driver.cursor().mogrify(call, values or {})

    def _call(self, sql: str, kept: dict[str, str]) -> str:
        """Return what calls a statement that this connection prepares when it first meets it."""
        known = kept.get(sql)
        if known is None:
            prepare, known = call(sql, f"paddles_{len(kept)}")
            self._send(prepare.encode(), sql)
            kept[sql] = known
        return known

    def _send(self, statement: bytes = b"", sql: str = "") -> extensions.cursor:
        """Send what is due, and behind it a statement, as one; return the cursor that has the answer to the last."""
        sent = b";\n".join((*self._due, statement) if statement else self._due)
        self._due = []
        answer = self._driver.cursor()
        try:
            answer.execute(sent)
        except psycopg2.Error as error:
            raise self._failure(error, sent, sql) from error
        return answer

    def _failure(self, error: psycopg2.Error, sent: bytes, sql: str) -> BaseException:
        """Return the driver's error as SQLAlchemy's; a connection that is of no more use goes, and all of its age."""
        stale = error.pgcode == STALE and b"EXECUTE " in sent
        useless = stale or self._engine.dialect.is_disconnect(cast("Any", error), cast("Any", self._driver), None)
        if useless:
            self._connection.invalidate(error)
            # Others who found the same have a new pool already.
            if self._engine.pool is self._pool:
                self._engine.dispose()
        return DBAPIError.instance(
            sql, None, error, psycopg2.Error, hide_parameters=True, connection_invalidated=useless
        )
