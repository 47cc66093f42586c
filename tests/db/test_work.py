"""Units of work: whole or not at all, repeated when the database asks for it, and never a connection lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, ProgrammingError

from paddles import settings as configuration
from paddles.db import engine, work
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import NotFound, Unavailable
from tests.conftest import maintain
from tests.units import rows

KILL = text("SELECT pg_terminate_backend(pg_backend_pid())")
ADD = text("INSERT INTO queues (name) VALUES (:name)")
# A trigger that does something at the very moment of the commit.
AT_COMMIT = """
    CREATE TEMPORARY TABLE last_word (id int) ON COMMIT DROP;
    CREATE FUNCTION pg_temp.speak() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act}; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER speak AFTER INSERT ON last_word DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION pg_temp.speak();
    INSERT INTO last_word VALUES (1)"""


def error(state: str) -> str:
    """Return SQL that fails with a SQLSTATE."""
    return f"RAISE EXCEPTION 'made up' USING ERRCODE = '{state}'"


def fail(session: Session, state: str) -> None:
    """Fail in SQL with a SQLSTATE."""
    session.execute(text(f"DO $$ BEGIN {error(state)}; END $$"))


def raising(problem: BaseException) -> Callable[[Session], None]:
    """Return what goes wrong without the database."""

    def wrong(_session: Session) -> None:
        raise problem

    return wrong


@pytest.fixture
def idle(database: Database) -> Iterator[Database]:
    """A database of which every connection must be back in its pool in the end, and be good for the next."""
    yield database
    for sessions in (database.writer, database.reader):
        assert 0 == sessions.pool.checkedout()
    assert 1 == transact(database, lambda s: s.scalar(text("SELECT 1")))
    assert 2 == read(database, lambda s: s.scalar(text("SELECT 2")))


class Work:
    """A unit of work that adds a queue, counts how often it was begun, and goes wrong as told the first few times."""

    def __init__(self, wrong: Callable[[Session], Any], times: int) -> None:
        self.wrong, self.times, self.begun = wrong, times, 0

    def __call__(self, session: Session) -> str:
        """Add a queue named by the attempt, then go wrong or not."""
        self.begun += 1
        session.execute(ADD, {"name": f"attempt {self.begun}"})
        if self.begun <= self.times:
            self.wrong(session)
        return f"attempt {self.begun}"


def queues(database: Database) -> list[str]:
    """Return the names of all queues."""
    return [row.name for row in rows(database, "SELECT name FROM queues ORDER BY name")]


def test_what_was_done_is_kept_and_returned(idle: Database) -> None:
    """A unit of work is committed once."""
    assert "attempt 1" == transact(idle, Work(raising(ValueError()), 0))
    assert ["attempt 1"] == queues(idle)


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_work_is_repeated_when_the_database_asks_for_it(idle: Database, state: str, times: int) -> None:
    """After a serialization failure or a deadlock the whole work is done again; only the last attempt is kept."""
    done = Work(lambda session: fail(session, state), times)

    assert f"attempt {times + 1}" == transact(idle, done)

    assert times + 1 == done.begun
    assert [f"attempt {times + 1}"] == queues(idle)


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_work_is_repeated_when_the_commit_asks_for_it(idle: Database, state: str) -> None:
    """A commit that fails so has kept nothing: the work is done again."""
    done = Work(lambda session: session.execute(text(AT_COMMIT.format(act=error(state)))), 2)

    assert "attempt 3" == transact(idle, done)
    assert ["attempt 3"] == queues(idle)


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_repetition_ends(idle: Database, state: str) -> None:
    """What fails so five times is given up as unavailable; nothing of it is kept."""
    done = Work(lambda session: fail(session, state), 99)

    with pytest.raises(Unavailable):
        transact(idle, done)

    assert work.ATTEMPTS == done.begun
    assert [] == queues(idle)


@pytest.mark.parametrize(
    ("wrong", "raised"),
    [
        (lambda session: fail(session, "23505"), IntegrityError),
        (lambda session: fail(session, "40002"), DBAPIError),
        (lambda session: fail(session, "P0001"), InternalError),
        (lambda session: fail(session, "22000"), DBAPIError),
        (lambda session: session.execute(text("SELECT FROM WHERE")), ProgrammingError),
        (lambda session: session.execute(ADD, {"name": "attempt 1"}), IntegrityError),
        (raising(ValueError()), ValueError),
        (raising(NotFound("gone")), NotFound),
        (raising(KeyboardInterrupt()), KeyboardInterrupt),
    ],
)
def test_other_errors_are_the_callers(
    idle: Database, wrong: Callable[[Session], Any], raised: type[BaseException]
) -> None:
    """They come out as they are, after one attempt, with nothing kept."""
    done = Work(wrong, 99)

    with pytest.raises(raised):
        transact(idle, done)

    assert 1 == done.begun
    assert [] == queues(idle)


def test_work_is_repeated_on_a_new_connection(idle: Database) -> None:
    """A connection that dies in the middle costs one repetition and nothing else."""
    done = Work(lambda session: session.execute(KILL), 1)

    assert "attempt 2" == transact(idle, done)
    assert ["attempt 2"] == queues(idle)


def test_a_pool_of_dead_connections_costs_one_repetition(idle: Database) -> None:
    """All idle connections cut, as a restarted server does: each unit of work is done, reads too."""
    for number in range(3):
        sessions = [idle.writer.connect(), idle.writer.connect(), idle.reader.connect(), idle.reader.connect()]
        pids = [session.scalar(text("SELECT pg_backend_pid()")) for session in sessions]
        for session in sessions:
            session.close()
        maintain(idle.url, f"SELECT pg_terminate_backend(pid) FROM unnest(ARRAY{pids}) AS pid")

        assert 1 == read(idle, lambda s: s.scalar(text("SELECT 1")))
        transact(idle, lambda s, number=number: s.execute(ADD, {"name": str(number)}))

    assert ["0", "1", "2"] == queues(idle)


def test_a_connection_that_dies_again_and_again_is_given_up(idle: Database) -> None:
    """Twice is enough to call the database unavailable."""
    done = Work(lambda session: session.execute(KILL), 99)

    with pytest.raises(Unavailable):
        transact(idle, done)

    assert 2 == done.begun
    assert [] == queues(idle)


def test_a_connection_that_dies_at_the_commit_is_no_success(idle: Database) -> None:
    """Whether the work was kept is not known: it is not done again, and its caller hears of it."""
    kill = AT_COMMIT.format(act="PERFORM pg_terminate_backend(pg_backend_pid())")
    done = Work(lambda session: session.execute(text(kill)), 99)

    with pytest.raises(Unavailable):
        transact(idle, done)

    assert 1 == done.begun
    assert [] == queues(idle)


@pytest.mark.parametrize(
    "state",
    ["08006", "08P01", "53000", "53100", "53200", "53300", "57014", "57P01", "57P02", "57P03", "25006", "55P03"],
)
@pytest.mark.parametrize("do", [transact, read])
def test_what_passes_by_itself_is_unavailable(
    idle: Database, do: Callable[[Database, Callable[[Session], Any]], Any], state: str
) -> None:
    """Lost, full, shutting down, cancelled, read-only, locked: the same request may succeed later."""
    with pytest.raises(Unavailable):
        do(idle, lambda session: fail(session, state))


@pytest.mark.parametrize(
    "statements",
    [
        ["SET LOCAL statement_timeout = 10", "SELECT pg_sleep(20)"],
        ["SET LOCAL lock_timeout = 10", "LOCK TABLE runs"],
        ["SET TRANSACTION READ ONLY", "DELETE FROM queues"],
    ],
    ids=["a statement that takes too long", "a lock that takes too long", "a server that only reads"],
)
def test_limits_of_the_server_are_unavailable(idle: Database, statements: list[str]) -> None:
    """What an operator limits, and what a standby refuses, is no fault of the service."""

    def run(session: Session) -> None:
        for statement in statements:
            session.execute(text(statement))

    with idle.writer.connect() as other:
        other.execute(text("LOCK TABLE runs IN SHARE MODE"))
        with pytest.raises(Unavailable):
            transact(idle, run)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"port": 1}, "refused"),
        ({"host": "name.invalid"}, "could not translate host name"),
        ({"database": "paddles_no_such_database"}, "does not exist"),
    ],
)
def test_a_database_that_cannot_be_reached_is_unavailable(
    database_url: str, changes: dict[str, Any], said: str
) -> None:
    """Nobody there, no such name, no such database: unavailable, for reading and writing, with the cause kept."""
    url = make_url(database_url).set(**changes)
    if "port" in changes or "host" in changes:
        url = url.difference_update_query(["host", "port"]).set(host=changes.get("host", "127.0.0.1"))
    away = engine.connect(configuration.load(database_url=url.render_as_string(hide_password=False)))

    for do in (transact, read):
        with pytest.raises(Unavailable) as caught:
            do(away, lambda session: session.scalar(text("SELECT 1")))
        assert said in str(caught.value.__cause__)
        assert said not in str(caught.value)
    away.dispose()


@pytest.fixture
def crowded(database_url: str, server_url: str) -> Iterator[Database]:
    """A database whose user may not connect any more."""
    role = f"{make_url(database_url).database}_crowd"
    maintain(server_url, f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0 PASSWORD 'crowd'")
    url = make_url(database_url).set(username=role, password="crowd")
    made = engine.connect(configuration.load(database_url=url.render_as_string(hide_password=False)))
    yield made
    made.dispose()
    maintain(server_url, f"DROP ROLE {role}")


def test_too_many_connections_are_unavailable(crowded: Database) -> None:
    """A server that takes no more connections passes."""
    for do in (transact, read):
        with pytest.raises(Unavailable) as caught:
            do(crowded, lambda session: session.scalar(text("SELECT 1")))
        assert "too many connections" in str(caught.value.__cause__)


def test_a_pool_in_use_is_unavailable(database_url: str) -> None:
    """Who waits for a connection in vain hears that it may be free later."""
    made = create_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    full = Database(writer=made, reader=made, url=database_url)
    with full.writer.connect() as session:
        session.execute(text("SELECT 1"))
        for do in (transact, read):
            with pytest.raises(Unavailable):
                do(full, lambda session: session.scalar(text("SELECT 1")))

    assert 1 == transact(full, lambda session: session.scalar(text("SELECT 1")))
    made.dispose()


def test_reading_is_repeated_too(idle: Database) -> None:
    """A reader whose connection dies reads on a new one."""
    begun = []

    def work(session: Session) -> int:
        begun.append(session.scalar(text("SELECT pg_backend_pid()")))
        if len(begun) == 1:
            session.execute(KILL)
        return len(begun)

    assert 2 == read(idle, work)
    assert begun[0] != begun[1]
