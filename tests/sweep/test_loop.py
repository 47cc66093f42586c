"""The loop that sweeps: in turns, batch by batch, and until told to end, whatever the database does."""

import logging
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url, text

from paddles import settings as configuration
from paddles.db import engine, migrations
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import loop, tasks
from paddles.sweep.tasks import Errand, Periodic
from tests.conftest import maintain
from tests.processes import environment
from tests.units import at, job_of, rows, submit
from tests.waiting import until

LATE = at(99 * 86400)
# As the service's own, but due all the time.
OFTEN = tuple(Periodic(each.name, 0, each.task) for each in tasks.TASKS)
FILL = text("""
    INSERT INTO events (at, channel, type, subject, data)
    SELECT :at, 'c', 't', 's', '{}' FROM generate_series(1, :many)
""")


def left(database: Database) -> int:
    """Return how many events are left."""
    return int(rows(database, "SELECT count(*) AS n FROM events")[0].n)


def fill(database: Database, many: int) -> None:
    """Add events that are due to be forgotten."""
    transact(database, lambda s: s.execute(FILL, {"at": at(-91 * 86400), "many": many}))


@contextmanager
def sweeping(settings: Settings, swept: tuple[Periodic | Errand, ...] = OFTEN) -> Iterator[threading.Thread]:
    """A thread that sweeps, told to end afterwards; it must do so within seconds."""
    stop = threading.Event()
    thread = threading.Thread(target=lambda: loop.run(settings, stop=stop, tasks=swept))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(timeout=30)
    assert not thread.is_alive()


def test_everything_due_is_swept_batch_by_batch(database: Database, settings: Settings) -> None:
    """A backlog of several batches is worked off at once, and the number of rows returned."""
    submit(database, status="running")
    fill(database, 2 * tasks.BATCH + 7)

    handled = loop.once(database, settings, at(3600))

    assert (1 + 2 * tasks.BATCH + 7, "dead") == (handled, job_of(database).status)
    assert 5 == left(database), "the events of the job and of its run are young"


def test_each_batch_is_a_transaction(database: Database, settings: Settings) -> None:
    """A sweep that breaks keeps what it had done."""

    def breaks(session: Session, now: object, limit: int, settings: Settings) -> int:
        if session.scalar(text("SELECT count(*) FROM events")) <= tasks.BATCH:
            raise ZeroDivisionError
        return tasks.forget_events(session, at(0), limit, settings)

    fill(database, 2 * tasks.BATCH)

    with pytest.raises(ZeroDivisionError):
        loop.once(database, settings, LATE, [Periodic("breaks", 1, breaks)])

    assert tasks.BATCH == left(database)


def test_two_sweepers_take_turns(database: Database, settings: Settings) -> None:
    """Who asks for one round waits for the other's batch, and then finds what is left to do."""
    fill(database, 3)
    with ThreadPoolExecutor(1) as threads, Session(database.writer, writes=True) as other:
        assert other.scalar(loop.TURN)
        round_ = threads.submit(loop.once, database, settings, LATE)
        until(lambda: rows(database, "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
        other.rollback()

        assert 3 == round_.result(timeout=30)


def test_a_round_is_noted_with_its_work(database: Database, settings: Settings) -> None:
    """Each task with the moment and all it handled; not by what breaks."""

    def breaks(_session: Session, _now: object, _limit: int, _settings: Settings) -> int:
        raise ZeroDivisionError

    def noted() -> list[tuple[str, object, int]]:
        return [tuple(row) for row in rows(database, "SELECT task, at, handled FROM sweeps ORDER BY task")]

    fill(database, tasks.BATCH + 7)
    with pytest.raises(ZeroDivisionError):
        loop.once(database, settings, LATE, [Periodic("breaks", 1, breaks)])
    assert [] == noted()

    for moment in (at(0), at(9)):
        loop.once(database, settings, moment)

    idle = dict.fromkeys({each.name for each in tasks.ALL} - {"administrator"}, 0)
    expected = dict(sorted({**idle, "events": tasks.BATCH + 7}.items()))
    assert [(task, at(9), handled) for task, handled in expected.items()] == noted()


def test_nobody_keeps_the_turn(database: Database, settings: Settings) -> None:
    """After a sweep, one that broke too, no lock is left."""

    def breaks(_session: Session, _now: object, _limit: int, _settings: Settings) -> int:
        raise ZeroDivisionError

    loop.once(database, settings, LATE)
    with pytest.raises(ZeroDivisionError):
        loop.once(database, settings, LATE, [Periodic("breaks", 1, breaks)])

    here = "SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE locktype = 'advisory'"
    assert [] == rows(database, f"{here} AND datname = current_database()")


def test_two_loops_sweep_everything_once(database: Database, settings: Settings) -> None:
    """Any number of sweepers do the work of one."""
    with sweeping(settings), sweeping(settings):
        fill(database, 3 * tasks.BATCH)
        until(lambda: left(database) == 0)


def test_the_loop_ends_when_told(settings: Settings) -> None:
    """A loop that was told to end before it began does nothing and returns."""
    stop = threading.Event()
    stop.set()

    assert loop.run(settings, stop=stop) is None


def test_a_signal_between_two_tasks_ends_the_loop(settings: Settings) -> None:
    """The process ends, whatever it was doing when it was told to."""
    program = f"""
import os, signal
from paddles import settings
from paddles.sweep import loop
from paddles.sweep.tasks import Errand, Periodic

def told(session, now, limit, settings):
    os.kill(os.getpid(), signal.SIGTERM)
    return 0

configured = settings.load(database_url={settings.database_url!r}, database_pooler={settings.database_pooler!r})
loop.run(configured, tasks=[Periodic(name, 0, told) for name in "ab"])
"""

    done = subprocess.run([sys.executable, "-c", program], env=environment(), timeout=60, check=False)

    assert 0 == done.returncode


def test_an_error_does_not_end_the_loop(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A task that breaks is logged with its traceback; the others are done, and it is tried again."""
    tried = []

    def breaks(_session: Session, _now: object, _limit: int, _settings: Settings) -> int:
        tried.append(1)
        raise ZeroDivisionError("on purpose")

    fill(database, 3)
    with caplog.at_level(logging.INFO, "paddles"), sweeping(settings, (Periodic("breaks", 0, breaks), *OFTEN)):
        until(lambda: left(database) == 0 and len(tried) > 1)

    assert "breaks: not swept" in caplog.text
    assert "on purpose" in caplog.text


@pytest.fixture
def absent(server_url: str) -> Iterator[Settings]:
    """Settings for a database that is not there yet, and is gone afterwards."""
    name = f"paddles_away_{uuid.uuid4().hex[:12]}"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    yield configuration.load(database_url=url)
    maintain(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_a_database_that_is_away_does_not_end_the_loop(
    absent: Settings, server_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each task says that it could not be done; once the database is there, all goes on by itself."""
    with caplog.at_level(logging.WARNING, "paddles"), sweeping(absent) as thread:
        until(lambda: all(f"{each.name}: not swept" in caplog.text for each in OFTEN))
        assert thread.is_alive()

        maintain(server_url, f'CREATE DATABASE "{make_url(absent.database_url).database}"')
        migrations.upgrade(absent.database_url)
        back = engine.connect(absent)
        fill(back, 3)
        until(lambda: left(back) == 0)
        back.dispose()


def test_a_restarted_database_does_not_end_the_loop(database: Database, settings: Settings) -> None:
    """With every connection cut the next sweep is done on new ones."""
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with sweeping(settings):
        for _ in range(2):
            fill(database, 3)
            until(lambda: left(database) == 0)
            maintain(database.url, f"{cut} AND pid <> pg_backend_pid()")
        fill(database, 3)
        until(lambda: left(database) == 0)


def test_jobs_do_not_wait_for_errands(database: Database, settings: Settings) -> None:
    """A mail server that does not answer holds up nothing else, and not the end for long."""
    called, leave = threading.Event(), threading.Event()

    def hangs(_database: Database, _settings: Settings, _now: object) -> int:
        called.set()
        leave.wait(60)
        return 0

    with sweeping(settings, (Errand("hangs", 0, hangs), *OFTEN)):
        assert called.wait(30)
        fill(database, 3)
        until(lambda: left(database) == 0)
        leave.set()
