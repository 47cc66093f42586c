"""Hot statements: prepared once a connection, and replaced when a migration makes them stale."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db import engine
from paddles.db.engine import Database
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.settings import Settings

DOUBLE = hot("SELECT CAST(:number AS bigint) * 2 AS double, 'a b' AS text, '50%' AS share, :number + 0 AS same")
VALUE = hot("SELECT value FROM prepared_example WHERE id = :id", "value")
BARE = hot("SELECT 1")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :like AND name LIKE 'paddles%'")


@pytest.fixture
def example(database: Database) -> Iterator[Database]:
    """A database with one more table, of one row: id 1, value 7."""
    with database.writer.begin() as session:
        session.execute(text("CREATE TABLE prepared_example (id bigint, value integer)"))
        session.execute(text("INSERT INTO prepared_example VALUES (1, 7)"))
    yield database
    with database.writer.begin() as session:
        session.execute(text("DROP TABLE prepared_example"))


def own(database: Database, pooler: bool) -> Database:
    """Return connections of the test's own to the same database."""
    return engine.connect(Settings(database_url=database.url, database_pooler=pooler))


def prepared(session: Session, like: str) -> Any:
    """Return how many statements this connection keeps that look like this."""
    return session.scalar(PREPARED, {"like": like})


@pytest.mark.parametrize("number", [3, -4, 2**40])
def test_a_hot_statement_says_what_it_always_said(database: Database, number: int) -> None:
    """Values keep their places however often a name stands in the text; a per cent sign stays one."""
    for _ in range(7):  # beyond the fifth execution, where PostgreSQL may keep one plan for all values
        row = read(database, lambda s: s.execute(DOUBLE, {"number": number}).one())
        assert (2 * number, "a b", "50%", number) == tuple(row)


def test_a_statement_without_values_is_called_without(database: Database) -> None:
    """No parentheses stand where there is nothing to put into them."""
    assert [1, 1] == [read(database, lambda s: s.scalar(BARE)) for _ in range(2)]


@pytest.mark.parametrize(("pooler", "kept"), [(False, 1), (True, 0)])
def test_a_connection_prepares_a_hot_statement_once(example: Database, pooler: bool, kept: int) -> None:
    """Once, however often it is executed; never behind a pooler, where the next transaction has another connection."""
    database = own(example, pooler)

    def work(session: Session) -> Any:
        values = {session.scalar(VALUE, {"id": 1}) for _ in range(3)}
        return values, prepared(session, "%prepared_example%")

    assert ({7}, kept) == transact(database, work)
    database.dispose()


def test_a_migration_under_prepared_statements_is_not_noticed(example: Database) -> None:
    """When a result's column gets another type, every connection prepares anew and the unit of work is repeated."""
    database = own(example, pooler=False)
    for unit in (transact, read):
        assert 7 == unit(database, lambda s: s.scalar(VALUE, {"id": 1}))
    with example.writer.begin() as session:
        session.execute(text("ALTER TABLE prepared_example ALTER value TYPE bigint"))

    for unit in (transact, read):
        assert 7 == unit(database, lambda s: s.scalar(VALUE, {"id": 1}))
    database.dispose()


def test_rows_are_named_with_and_without_columns_given(example: Database) -> None:
    """The names of a result are those of the statement, or those that it was declared with."""
    row = read(example, lambda s: s.execute(DOUBLE, {"number": 1}).one())
    assert ("double", "text", "share", "same") == tuple(row._mapping)
    assert ("value",) == tuple(read(example, lambda s: s.execute(VALUE, {"id": 1}).one())._mapping)
