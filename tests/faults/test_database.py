"""A database that refuses, stalls or hangs up: 503 with Retry-After, nothing half done, and no thread lost."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import make_url

from tests.conftest import maintain
from tests.faults.servers import JOBS, Answer, Server, served
from tests.waiting import until

WAITING = """SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'paddles' AND wait_event_type = 'Lock'"""
RETRY_AFTER = "2"


@contextmanager
def locked(url: str) -> Iterator[Any]:
    """Keep everybody else from the jobs; give a cursor on another connection that sees who waits."""
    parts = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(parts)) as holder, closing(psycopg2.connect(parts)) as watcher:
        watcher.autocommit = True
        holder.cursor().execute("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
        yield watcher.cursor()


def waiting(cursor: Any) -> list[int]:
    """Return the backends of the service that wait for a lock."""
    cursor.execute(WAITING)
    return [pid for (pid,) in cursor.fetchall()]


def job(server: Server, key: str) -> Answer:
    """Create a job."""
    return server.send("POST", JOBS, {"job_id": key})


def is_unavailable(answer: Answer) -> bool:
    """Say whether an answer is what a client may repeat after a while."""
    status, headers, body = answer
    said = body == b'{"message":"the database is unavailable, please retry"}'
    return status == 503 and headers.get("Retry-After") == RETRY_AFTER and said


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """Threads for requests that are to wait."""
    with ThreadPoolExecutor(16) as pool:
        yield pool


def test_a_read_only_database_refuses_writes_and_answers_reads(place: Path, own_url: str, server_url: str) -> None:
    """As a standby would; writing works again as soon as the database takes it."""
    name = make_url(own_url).database
    maintain(server_url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with served(place, own_url) as server:
        assert is_unavailable(job(server, "1"))
        assert 200 == server.send("GET", "/runs/")[0]
        assert server.all_threads_answer()

        maintain(server_url, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        maintain(server_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

        assert 200 == job(server, "1")[0]


def test_a_statement_that_takes_too_long_is_unavailable(place: Path, own_url: str, server_url: str) -> None:
    """``statement_timeout`` of the database ends a wait; later the same request succeeds."""
    maintain(server_url, f"ALTER DATABASE \"{make_url(own_url).database}\" SET statement_timeout = '300ms'")
    with served(place, own_url) as server:
        with locked(own_url):
            assert is_unavailable(job(server, "1"))

        assert 200 == job(server, "1")[0]
        assert server.all_threads_answer()


def terminated(cursor: Any) -> bool:
    """Cut off every backend that waits; say whether there was one."""
    pids = waiting(cursor)
    for pid in pids:
        cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
    return bool(pids)


def given_up(cursor: Any, asked: Future[Answer]) -> bool:
    """Cut off every backend that waits; say whether the request has been answered."""
    terminated(cursor)
    return asked.done()


def test_a_connection_lost_in_a_transaction_is_replaced_once(
    place: Path, own_url: str, other: ThreadPoolExecutor
) -> None:
    """One loss is not noticed; a second one is 503, and nothing of the request is kept."""
    with served(place, own_url) as server:
        with locked(own_url) as cursor:
            once = other.submit(job, server, "1")
            until(lambda: terminated(cursor))
            until(lambda: waiting(cursor))
        assert 200 == once.result()[0]

        with locked(own_url) as cursor:
            twice = other.submit(job, server, "2")
            until(lambda: given_up(cursor, twice))
            assert is_unavailable(twice.result())
        assert 404 == server.send("GET", f"{JOBS}2/")[0]
        assert server.all_threads_answer()


def test_a_pool_in_use_is_unavailable(place: Path, own_url: str, other: ThreadPoolExecutor) -> None:
    """More requests wait for the database than there are connections: some hear 503, the others are done."""
    settings = {"PADDLES_WORKER_COUNT": "1", "PADDLES_THREADS": "8", "PADDLES_POOL_SIZE": "1"}
    with served(place, own_url, **settings) as server:
        with locked(own_url):
            asked: list[Future[Answer]] = [other.submit(job, server, str(key)) for key in range(8)]
            until(lambda: any(answer.done() for answer in asked))
            refused = until(lambda: [a.result() for a in asked if a.done()])
            assert all(is_unavailable(answer) for answer in refused)
        answers = [answer.result() for answer in asked]
        assert {200, 503} == {status for status, _, _ in answers}
        assert server.all_threads_answer()


def test_a_server_that_is_full_is_unavailable(place: Path, own_url: str, server_url: str) -> None:
    """No connection is left for the service's user; when there is one, it is used."""
    role = f"{make_url(own_url).database}_crowd"
    maintain(server_url, f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'crowd'")
    # A superuser is never refused for the limit of its own role, but for that of being no superuser any more.
    maintain(server_url, f"ALTER ROLE {role} NOSUPERUSER CONNECTION LIMIT 0")
    url = make_url(own_url).set(username=role, password="crowd").render_as_string(hide_password=False)
    try:
        with served(place, url) as server:
            assert is_unavailable(server.send("GET", "/jobs/"))
            assert 503 == server.send("GET", "/readyz")[0]

            maintain(server_url, f"ALTER ROLE {role} SUPERUSER CONNECTION LIMIT -1")

            assert 200 == server.send("GET", "/readyz")[0]
            assert server.all_threads_answer()
    finally:
        maintain(server_url, f"DROP ROLE {role}")
