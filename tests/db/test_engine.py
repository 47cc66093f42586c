"""Two ways to one database: one that writes, one that cannot."""

import datetime
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import InternalError

from paddles.db import engine
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import Unavailable
from paddles.settings import Settings
from tests.conftest import maintain
from tests.units import rows


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO queues (name) VALUES ('q')",
        "UPDATE queues SET name = 'p'",
        "DELETE FROM queues",
        "CREATE TABLE more (id int)",
        "SELECT id FROM queues FOR UPDATE",
        "SELECT nextval(pg_get_serial_sequence('queues', 'id'))",
    ],
)
def test_a_reader_cannot_write(database: Database, statement: str) -> None:
    """PostgreSQL itself refuses, whatever the code says."""
    with database.reader.connect() as session, pytest.raises(InternalError, match="read-only transaction"):
        session.execute(text(statement))

    with pytest.raises(Unavailable):
        read(database, lambda s: s.execute(text(statement)))
    assert [] == rows(database, "SELECT FROM queues")


def test_a_reader_holds_nothing_between_statements(database: Database) -> None:
    """Each statement sees what was committed before it, and no transaction stays open after it."""
    state = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    with database.reader.connect() as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        assert 0 == session.scalar(text("SELECT count(*) FROM queues"))
        transact(database, lambda s: s.execute(text("INSERT INTO queues (name) VALUES ('q')")))
        assert 1 == session.scalar(text("SELECT count(*) FROM queues"))

        assert "idle" == transact(database, lambda s: s.scalar(state, {"pid": pid}))


def test_a_writer_works_in_transactions_that_see_what_others_commit(database: Database) -> None:
    """READ COMMITTED: the rules lock rows and never rely on a snapshot."""
    assert "read committed" == transact(database, lambda s: s.scalar(text("SHOW transaction_isolation")))
    assert "off" == transact(database, lambda s: s.scalar(text("SHOW transaction_read_only")))


@pytest.mark.parametrize("kind", ["json", "jsonb"])
@pytest.mark.parametrize("do", [transact, read])
def test_documents_are_read_as_bytes(database: Database, do: Any, kind: str) -> None:
    """JSON is not parsed on the way; no document is None."""
    cast = text(f"SELECT CAST(:given AS {kind})")

    assert '{"a": "ü"}'.encode() == do(database, lambda s: s.scalar(cast, {"given": '{"a": "ü"}'}))
    assert b"null" == do(database, lambda s: s.scalar(cast, {"given": "null"}))
    assert do(database, lambda s: s.scalar(cast, {"given": None})) is None


def test_json_keeps_the_order_of_its_keys(database: Database) -> None:
    """A document comes back letter by letter."""
    given = '{"z": 1,  "a": [2], "z": 3}'

    assert given.encode() == read(database, lambda s: s.scalar(text("SELECT CAST(:given AS json)"), {"given": given}))


def test_connections_say_whose_they_are(database: Database) -> None:
    """An operator finds the service's connections by name."""
    name = text("SHOW application_name")

    assert "paddles" == transact(database, lambda s: s.scalar(name)) == read(database, lambda s: s.scalar(name))


def test_behind_a_pooler_connections_ask_for_nothing(settings: Settings) -> None:
    """With a transaction pooler in between no start-up option is sent; reading and writing work."""
    pooled = engine.connect(settings.model_copy(update={"database_pooler": True}))

    assert "off" == read(pooled, lambda s: s.scalar(text("SHOW default_transaction_read_only")))
    assert 1 == transact(pooled, lambda s: s.scalar(text("SELECT 1")))
    pooled.dispose()


def test_behind_a_pooler_times_are_in_utc_too(settings: Settings, database_url: str) -> None:
    """Whatever zone the server has, every connection of both ways has its times in UTC."""
    name = make_url(database_url).database
    maintain(database_url, f"ALTER DATABASE {name} SET timezone TO 'Asia/Tokyo'")
    pooled = engine.connect(settings.model_copy(update={"database_pooler": True}))

    shown = [do(pooled, lambda s: s.scalar(text("SHOW timezone"))) for do in (transact, read)]

    pooled.dispose()
    maintain(database_url, f"ALTER DATABASE {name} RESET timezone")
    assert ["UTC", "UTC"] == shown


def test_errors_hold_no_values(database: Database) -> None:
    """What users send does not reach the log by way of an error's text."""
    with database.writer.connect() as session, pytest.raises(Exception) as caught:
        session.execute(text("SELECT CAST(:given AS int) / 0"), {"given": 4711})

    assert "division by zero" in str(caught.value)
    assert "parameters hidden" in str(caught.value)


def test_the_pool_is_as_large_as_set(settings: Settings) -> None:
    """As many connections are kept as the settings say, for each way, and all are closed in the end."""
    small = engine.connect(settings.model_copy(update={"pool_size": 2}))
    sessions: list[Session] = [small.writer.connect() for _ in range(4)]
    for session in sessions:
        session.execute(text("SELECT 1"))
    for session in sessions:
        session.close()

    pool = small.writer.pool
    assert (2, 2, 0) == (pool.size(), pool.checkedin(), pool.checkedout())
    small.dispose()
    assert 0 == small.writer.pool.checkedin()


def test_moments_come_back_as_they_went_in(database: Database) -> None:
    """To the microsecond, with their zone."""
    moment = datetime.datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=datetime.UTC)

    assert moment == read(database, lambda s: s.scalar(text("SELECT CAST(:moment AS timestamptz)"), {"moment": moment}))
