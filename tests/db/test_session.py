"""Sessions: statements that wait for the next one or for the commit happen in their order, whole or not at all."""

from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, NoResultFound, ProgrammingError

from paddles.db.engine import Database
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.db.work import read, tentatively, transact
from tests.conftest import maintain
from tests.units import rows

ADD = text("INSERT INTO queues (name) VALUES (:name)")
HOT_ADD = hot("INSERT INTO queues (name) VALUES (:name)")
NAMES = "SELECT name FROM queues ORDER BY id"


def names(database: Database) -> str:
    """Return the names of all queues, in the order in which they were made."""
    return "".join(row.name for row in rows(database, NAMES))


@pytest.mark.parametrize("add", [ADD, HOT_ADD])
def test_what_is_due_comes_first_and_in_order(database: Database, add: Any) -> None:
    """Statements happen in the order in which they were said, whichever of them were to wait, prepared or not."""

    def work(session: Session) -> list[str]:
        session.later(add, {"name": "a"})
        session.later(add, {"name": "b"})
        seen = session.scalars(text(NAMES))
        session.later(add, {"name": "c"})
        composed = session.scalars(select(text("name FROM queues WHERE name = 'c'")))
        session.later(add, {"name": "d"})
        return [*seen, *composed]

    for _ in range(2):  # the second time everything is prepared already
        assert list("abc") == transact(database, work)
        assert "abcd" == names(database)
        transact(database, lambda s: s.later(text("DELETE FROM queues")))


@pytest.mark.parametrize("add", [ADD, HOT_ADD])
def test_what_is_due_fails_with_the_commit(database: Database, add: Any) -> None:
    """Nothing of a unit of work is kept when what waited for the commit fails, and its caller hears why."""

    def work(session: Session) -> None:
        session.execute(add, {"name": "a"})
        session.later(add, {"name": "b"})
        session.later(add, {"name": "a"})

    with pytest.raises(IntegrityError):
        transact(database, work)
    assert "" == names(database)


def test_what_is_due_fails_with_the_next_statement(database: Database) -> None:
    """The next statement raises what the one before it met."""
    with Session(database.writer, writes=True) as session:
        session.later(text("INSERT INTO nothing VALUES (:name)"), {"name": "a"})
        with pytest.raises(ProgrammingError, match="nothing"):
            session.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    "wrong", [lambda session: session.rollback(), lambda session: session.close(), lambda session: None]
)
def test_what_is_due_is_forgotten_with_its_transaction(database: Database, wrong: Callable[[Session], None]) -> None:
    """Without a commit neither what was sent nor what was due is there."""
    with Session(database.writer, writes=True) as session:
        session.execute(ADD, {"name": "a"})
        session.later(ADD, {"name": "b"})
        wrong(session)

    assert "" == names(database)


def test_a_session_goes_on_after_its_commit(database: Database) -> None:
    """The next statement begins the next transaction."""
    with Session(database.writer, writes=True) as session:
        session.later(ADD, {"name": "a"})
        session.begin()
        session.commit()
        session.execute(ADD, {"name": "b"})
        session.rollback()
        session.commit()
        assert ["a"] == session.scalars(text(NAMES))


def test_a_dead_connection_is_noticed_before_the_commit(database: Database) -> None:
    """A unit of work all of which waits for the commit is repeated too when its connection died in the pool."""
    pid = transact(database, lambda s: s.scalar(text("SELECT pg_backend_pid()")))
    begun = 0

    def work(session: Session) -> None:
        nonlocal begun
        begun += 1
        session.later(ADD, {"name": "a"})

    maintain(database.url, f"SELECT pg_terminate_backend({pid}, 10000)")
    transact(database, work)

    assert (2, "a") == (begun, names(database))


@pytest.mark.parametrize(("keep", "expected"), [(True, "abc"), (False, "ac")])
def test_what_is_tried_is_undone_alone(database: Database, keep: bool, expected: str) -> None:
    """Undone is what was tried, due or not, and nothing before or after it."""

    def work(session: Session) -> None:
        session.later(ADD, {"name": "a"})
        tentatively(session, lambda: session.later(ADD, {"name": "b"}), keep=lambda _: keep)
        session.later(ADD, {"name": "c"})

    transact(database, work)
    assert expected == names(database)


def test_a_connection_comes_back_as_it_was(database: Database) -> None:
    """Who takes a connection from the pool after a session finds no transaction open, and none begun for him."""
    with Session(database.writer, writes=True) as session:
        session.execute(ADD, {"name": "a"})
    with database.writer.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        assert not driver.autocommit
        assert psycopg2.extensions.TRANSACTION_STATUS_IDLE == driver.get_transaction_status()


def test_the_ways_to_take_what_was_returned(database: Database) -> None:
    """Rows by number and by name, one or all of them, or their first columns; a per cent sign means itself."""
    many = text("SELECT n, n || '%' AS share FROM generate_series(1, CAST(:most AS int)) AS n")

    def taken(session: Session) -> list[Any]:
        def found(most: int) -> Any:
            return session.execute(many, {"most": most})

        return [
            [tuple(row) for row in found(2)],
            [row.share for row in found(2).all()],
            found(2).first().n,
            found(0).first(),
            found(2).scalar(),
            found(0).scalar(),
            session.scalars(many, {"most": 2}),
            found(2).rowcount,
        ]

    assert [[(1, "1%"), (2, "2%")], ["1%", "2%"], 1, None, 1, None, [1, 2], 2] == read(database, taken)
    with pytest.raises(NoResultFound):
        read(database, lambda s: s.execute(many, {"most": 0}).one())


def test_a_server_that_is_gone_before_the_end_hides_nothing(database: Database) -> None:
    """What went wrong before is what is said, not that there is nobody to undo it."""
    gone = text("SELECT pg_terminate_backend(:pid, 10000)")

    def work(session: Session) -> None:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        assert read(database, lambda other: other.scalar(gone, {"pid": pid}))
        raise LookupError("first")

    with pytest.raises(LookupError, match="first"):
        transact(database, work)
    assert 1 == transact(database, lambda session: session.scalar(text("SELECT 1")))
