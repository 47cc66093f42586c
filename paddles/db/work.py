"""The unit of work: the only place that begins, commits, rolls back or repeats a transaction."""

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from paddles.db import statsd
from paddles.db.engine import Database
from paddles.db.prepared import STALE
from paddles.db.session import Session
from paddles.errors import Unavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

ATTEMPTS = 5
# For how long a replica that did not answer is left alone, in seconds.
AWAY_S = 5.0
RETRYABLE = {"40001": "serialization failure", "40P01": "deadlock"}
# Conditions of the server that pass, by SQLSTATE: class 08 and 57 (connection, shutdown, cancel), 53 (resources:
# disk or connections exhausted), 25006 (read-only, as a standby is), 55P03 (lock not available), 42P01 and 42703 (a
# table or column is not there: the schema is not this version's, yet or any more).
PASSING = ("08", "53", "57", "25006", "55P03", "42P01", "42703")

TRIED, UNDO = text("SAVEPOINT tried"), text("ROLLBACK TO SAVEPOINT tried")


def transact(database: Database, work: Callable[[Session], T]) -> T:
    """Return ``work(session)``, run in one READ COMMITTED transaction and committed.

    The whole of ``work`` runs again on a fresh session when PostgreSQL asks for it (SQLSTATE 40001, 40P01) or when
    the connection turned out to be dead before the commit: it must have no effect outside its session and must not
    change what it was given.

    Raises:
        Unavailable: the database cannot be reached or refuses for now. When the connection is lost during the commit
            itself, whether the work was kept is not known; the caller hears an error, never a success.
    """
    for attempt in range(1, ATTEMPTS + 1):
        committing = False
        try:
            with Session(database.writer, writes=True) as session:
                result = work(session)
                session.begin()
                committing = True
                session.commit()
                statsd.tell(session, database.statsd)
                return result
        except (DBAPIError, PoolTimeout) as error:
            _wait_or_raise(error, attempt, again=not committing)
    raise AssertionError("unreachable")


def read(database: Database, work: Callable[[Session], T]) -> T:
    """Return ``work(session)`` on a connection that cannot write and commits nothing: each statement for itself.

    Raises:
        Unavailable: as :func:`transact`.
    """
    return _read(database.reader, work)


def browse(database: Database, work: Callable[[Session], T]) -> T:
    """Do what :func:`read` does, on the replica where there is one: ``work`` may see the database a moment late.

    A replica that does not answer is left alone for a while; what it would have read is read from the database.

    Raises:
        Unavailable: as :func:`transact`.
    """
    replica = database.replica
    if replica is None or time.monotonic() < replica.away_until:
        return read(database, work)
    try:
        return _read(replica.engine, work)
    except Unavailable:
        replica.away_until = time.monotonic() + AWAY_S
        log.warning("the replica is left alone for %d s", AWAY_S)
        return read(database, work)


def _read(engine: Engine, work: Callable[[Session], T]) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with Session(engine) as session:
                return work(session)
        except (DBAPIError, PoolTimeout) as error:
            _wait_or_raise(error, attempt, again=True)
    raise AssertionError("unreachable")


def tentatively(session: Session, work: Callable[[], T], *, keep: Callable[[T], bool]) -> T:
    """Return ``work()``; what it did, the locks it took included, is undone unless ``keep`` says otherwise."""
    session.later(TRIED)
    result = work()
    if not keep(result):
        session.later(UNDO)
    return result


def _wait_or_raise(error: DBAPIError | PoolTimeout, attempt: int, *, again: bool) -> None:
    """Return after a short pause when the work should be repeated, else raise what the caller is to hear."""
    reason = RETRYABLE.get(_sqlstate(error))
    # One repetition is enough for a dead connection: all of the pool is replaced when one is found dead.
    again = again or _sqlstate(error) == STALE
    repeat = reason is not None or (again and _is_dead(error) and attempt == 1)
    if repeat and attempt < ATTEMPTS:
        log.info("unit of work repeated after %s (attempt %d of %d)", reason or "a lost connection", attempt, ATTEMPTS)
        time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads competitors, hides nothing
        return
    if reason is None and not _is_passing(error):
        raise error
    log.warning("database unavailable: %s", str(error).splitlines()[0])
    raise Unavailable("the database is unavailable, please retry") from error


def _is_dead(error: DBAPIError | PoolTimeout) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _is_passing(error: DBAPIError | PoolTimeout) -> bool:
    state = _sqlstate(error)
    # Without a state the connection could not be made or was cut.
    no_answer = (
        not state
        and isinstance(error, DBAPIError)
        and type(error).__name__
        in (
            "OperationalError",
            "InterfaceError",
        )
    )
    return isinstance(error, PoolTimeout) or _is_dead(error) or no_answer or state.startswith(PASSING)


def _sqlstate(error: DBAPIError | PoolTimeout) -> str:
    return getattr(getattr(error, "orig", None), "pgcode", None) or ""
