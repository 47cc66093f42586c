"""Who follows events: woken at once, given everything once and in order whatever is killed, at no cost while idle."""

import json
import os
import resource
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from paddles import settings as configuration
from paddles.db import engine
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.events import log, subscriptions
from tests.controllers.kernelci.wire import Person, make_person
from tests.faults.listeners import Durable, Listener, Steering, Streaming, Writer, started
from tests.faults.servers import THREADS, WORKERS, Server, served
from tests.units import events_of
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120
KILLS = 5


@pytest.fixture
def own(own_url: str) -> Iterator[Database]:
    """A database of this test alone."""
    made = engine.connect(configuration.load(database_url=own_url))
    yield made
    made.dispose()


@pytest.fixture
def ann(own: Database) -> Person:
    """A user."""
    return make_person(own, configuration.load(database_url=own.url), "ann")


@pytest.fixture
def server(own: Database, own_url: str, place: Path) -> Iterator[Server]:
    """A server on that database."""
    with served(place, own_url) as running:
        yield running


def ask(server: Server, who: Person, path: str, method: str = "GET", more: str = "") -> socket.socket:
    """Send a request, and return the connection on which the answer comes."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {who.token}\r\nConnection: close\r\n{more}\r\n"
    )
    connection.sendall(head.encode())
    return connection


def answer(connection: socket.socket) -> Any:
    """Return the JSON that comes on a connection, until its end."""
    with connection, connection.makefile("rb") as lines:
        return json.loads(lines.read().partition(b"\r\n\r\n")[2])


def subscribe(server: Server, who: Person, channel: str = "c") -> int:
    """Subscribe, and return the number."""
    return int(answer(ask(server, who, f"/latest/subscribe/{channel}", "POST"))["id"])


def happen(database: Database, data: Any, channel: str = "c") -> None:
    """Let something happen, unknown to the server."""
    transact(database, lambda s: log.append(s, channel, "t", "s", data))


def data_of(message: Any) -> Any:
    """Return what the event in a listener's answer says."""
    return json.loads(message["data"])["data"]


def test_listeners_hold_no_threads_and_are_woken(server: Server, own: Database, ann: Person) -> None:
    """Far more wait than there are threads, everybody else is answered, and each gets what happens."""
    numbers = [subscribe(server, ann) for _ in range(8 * WORKERS * THREADS)]
    waiting = [ask(server, ann, f"/latest/listen/{number}") for number in numbers]

    assert server.all_threads_answer()
    happen(own, {"n": 1})

    assert [{"n": 1}] * len(waiting) == [data_of(answer(each)) for each in waiting]


def test_nobody_is_woken_for_nothing(server: Server, own: Database, ann: Person) -> None:
    """What happens elsewhere, or is somebody else's, leaves a listener where it is; a beep comes in the end."""
    waiting = ask(server, ann, f"/latest/listen/{subscribe(server, ann)}")
    assert server.all_threads_answer()
    happen(own, {}, "d")
    transact(own, lambda s: log.append(s, "c", "t", "s", {}, owner="bob"))

    assert not select.select([waiting], [], [], 1)[0]
    server.process.terminate()
    assert "BEEP" == data_of(answer(waiting))


def test_a_listener_that_left_takes_nothing(server: Server, own: Database, ann: Person) -> None:
    """What comes after a client has hung up is for its next listen; so is an item of a list for the next taker."""
    number = subscribe(server, ann)
    for path in (f"/latest/listen/{number}", "/latest/pop/l"):
        for connection in [ask(server, ann, path) for _ in range(4)]:
            connection.close()
    happen(own, {"n": 1})
    length = 'Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data": 1}'
    answer(ask(server, ann, "/latest/push/l", "POST", length.removesuffix("\r\n")))

    assert {"n": 1} == data_of(answer(ask(server, ann, f"/latest/listen/{number}")))
    assert 1 == answer(ask(server, ann, "/latest/pop/l"))["data"]


def test_a_taker_is_woken(server: Server, ann: Person) -> None:
    """Of two who wait for a list each gets one item."""
    takers = [ask(server, ann, "/latest/pop/l") for _ in "12"]
    assert server.all_threads_answer()
    for data in "12":
        body = json.dumps({"data": data})
        answer(ask(server, ann, "/latest/push/l", "POST", f"Content-Length: {len(body)}\r\n\r\n{body}"))

    assert ["1", "2"] == sorted(answer(each)["data"] for each in takers)


def test_a_later_listen_overtakes_one_that_waits(server: Server, own: Database, ann: Person) -> None:
    """The older one is told so when it is woken, and takes nothing."""
    number = subscribe(server, ann)
    older = ask(server, ann, f"/latest/listen/{number}")
    assert server.all_threads_answer()
    newer = ask(server, ann, f"/latest/listen/{number}")
    assert server.all_threads_answer()
    happen(own, {"n": 1})

    assert ["BEEP", {"n": 1}] == [data_of(answer(each)) for each in (older, newer)]


@contextmanager
def streams(server: Server, who: Person, count: int = 1, query: str = "") -> Iterator[list[Any]]:
    """Read so many streams from their beginning; their heads have come."""
    connections = [ask(server, who, f"/latest/events/stream?topics=c{query}") for _ in range(count)]
    files = [each.makefile("rb") for each in connections]
    try:
        for lines in files:
            while lines.readline() != b"\r\n":
                pass
            assert b"retry: 2000\n" == lines.readline()
        yield files
    finally:
        for each in (*files, *connections):
            each.close()


def events(lines: Any, count: int) -> list[Any]:
    """Return the data of the next so many events of a stream."""
    found: list[Any] = []
    while len(found) < count:
        line = lines.readline()
        assert line, "the stream has ended"
        if line.startswith(b"data: "):
            found.append(json.loads(line[6:])["data"])
    return found


def test_streams_hold_no_threads(server: Server, own: Database, ann: Person) -> None:
    """Many clients are sent the same as it happens, whatever the threads do."""
    with streams(server, ann, 8 * WORKERS * THREADS) as many:
        assert server.all_threads_answer()
        for n in range(3):
            happen(own, {"n": n})

        assert [[{"n": 0}, {"n": 1}, {"n": 2}]] * len(many) == [events(each, 3) for each in many]


def test_a_stream_that_is_behind_catches_up(server: Server, own: Database, ann: Person) -> None:
    """More than it is given at once comes page by page, then what happens, in order and once."""
    many = 1700
    transact(own, lambda s: [log.append(s, "c", "t", "s", {"n": n}) for n in range(many)])
    with streams(server, ann, query="&after=0") as (lines,):
        happen(own, {"n": many})

        assert [{"n": n} for n in range(many + 1)] == events(lines, many + 1)


def test_a_slow_client_holds_nobody_up(server: Server, own: Database, ann: Person) -> None:
    """One that takes nothing is waited for by nobody, and little is kept for it; what it missed it is given later."""
    big = {"x": "x" * 200_000}
    warm, count = 30, 150
    with streams(server, ann, 2) as (slow, quick):
        for _ in range(warm):
            happen(own, big)
        assert [big] * warm == events(quick, warm)
        begun = resident(server)
        for _ in range(count):
            happen(own, big)
        assert [big] * count == events(quick, count)
        assert resident(server) - begun < count * 200_000 / 2

        assert [big] * (warm + count) == events(slow, warm + count)


def resident(server: Server) -> int:
    """Return how much memory the workers have, in bytes."""
    status = [Path(f"/proc/{pid}/statm").read_text().split() for pid in server.workers()]
    return sum(int(pages[1]) for pages in status) * resource.getpagesize()


def test_streams_end_with_the_server(server: Server, ann: Person) -> None:
    """A server that stops does not wait for them."""
    with streams(server, ann) as (lines,):
        begun = time.monotonic()

        server.process.terminate()

        assert b"" == lines.read().strip(b":\n")
    server.process.wait(PATIENCE_S)
    assert time.monotonic() - begun < 10


def kill(server: Server) -> None:
    """Kill the server and all its workers with SIGKILL."""
    for pid in (server.process.pid, *server.workers()):
        os.kill(pid, signal.SIGKILL)
    server.process.wait(PATIENCE_S)


def test_everything_is_heard_once_and_in_order(own: Database, own_url: str, place: Path, ann: Person) -> None:
    """While four write and three listen the server is killed five times; nobody misses or mistakes anything."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    writing, listening = threading.Event(), threading.Event()
    writers = [Writer(port, ann, writing, name) for name in "abcd"]
    listeners: list[Listener] = [made(port, ann, listening) for made in (Durable, Steering, Streaming)]
    began = False
    for _ in range(KILLS):
        with served(place, own_url, PADDLES_SERVER_PORT=str(port)) as server:
            if not began:
                subscribed(server, own, listeners)
                started(*writers)
                began = True
            more = len(events_of(own, "c")) + 50
            until(lambda more=more: len(events_of(own, "c")) >= more, PATIENCE_S)
            kill(server)
    with served(place, own_url, PADDLES_SERVER_PORT=str(port)) as server:
        writing.set()
        for writer in writers:
            writer.join(PATIENCE_S)
        said = [json.loads(event.data) for event in events_of(own, "c")][1:]
        until(lambda: all(len(each.heard) >= len(said) + 1 for each in listeners), PATIENCE_S)
        listening.set()
        assert all([data for _, data in each.heard][1:] == said for each in listeners)
    assert len(said) == len(set(said)) >= KILLS * 50
    assert {each for writer in writers for each in writer.answered} <= set(said)


def subscribed(server: Server, database: Database, listeners: list[Listener]) -> None:
    """Start listeners and wait until all of them follow the channel."""
    started(*listeners)
    until(lambda: len(read(database, subscriptions.listed)) == 2, PATIENCE_S)
    happen(database, "begin")
    until(lambda: all(each.heard for each in listeners), PATIENCE_S)
    assert server.answers()
