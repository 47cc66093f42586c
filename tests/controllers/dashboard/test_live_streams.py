"""What pages follow, as they are told over real connections."""

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.events import log
from paddles.web.pacing import AT_ONCE
from tests.faults.servers import PATIENCE_S, Server, served

MOST = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Server]:
    """A server of one process that keeps few connections."""
    settings = {"PADDLES_WORKER_COUNT": "1", "PADDLES_LIVE_CONNECTIONS": str(MOST)}
    with served(tmp_path_factory.mktemp("server"), database_url, **settings) as running:
        yield running


@contextmanager
def following(server: Server, topics: str, **headers: str) -> Iterator[Any]:
    """Follow topics; yield the lines of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", f"/events/stream?topics={topics}", headers=headers)
    answer = connection.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        connection.close()


def frames(lines: Any) -> Iterator[tuple[str, str]]:
    """Yield the place and the topic of each event."""
    place = ""
    for line in lines:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        place = value if name == "id" else place
        if name == "data" and value != "{}":
            yield place, json.loads(value)["topic"]


def happen(database: Database, channel: str, run: str, times: int = 1) -> None:
    """Let something happen to a run."""
    transact(database, lambda s: [log.append(s, channel, "t", "s", {"run": run}) for _ in range(times)])


def test_a_page_is_told_what_changes_and_where_it_was(server: Server, database: Database) -> None:
    """Each topic once however much happens, in time; who comes back is told what it missed."""
    with following(server, "run:a") as lines:
        told = frames(lines)
        happen(database, "job", "b", 500)
        happen(database, "job", "a", 500)
        place, topic = next(told)
        assert "run:a" == topic
        happen(database, "run", "a")
        assert "run:a" == next(told)[1]
    with following(server, "run:a,runs", **{"Last-Event-ID": place}) as lines:
        told = frames(lines)
        assert {"run:a", "runs"} == {next(told)[1] for _ in range(2)}


def test_who_is_told_later_is_told_all_the_same(server: Server, database: Database) -> None:
    """More listeners at once than there is room for: each hears of every change, in turn."""
    with ExitStack() as stack:
        told = [frames(stack.enter_context(following(server, "run:a"))) for _ in range(MOST)]
        for _ in range(1 + AT_ONCE // MOST):
            happen(database, "job", "a")
            assert ["run:a"] * MOST == [next(each)[1] for each in told]


def test_a_server_keeps_no_more_connections_than_it_may(server: Server, database: Database) -> None:
    """One more is told to come back later; when one has gone another is taken. Other streams are not counted."""
    with following(server, "runs") as first, following(server, "runs") as second:
        with following(server, "runs") as third, following(server, "runs") as beyond:
            happen(database, "run", "r")
            assert {"runs"} == {next(frames(each))[1] for each in (first, second, third)}
            assert (503, "2") == (beyond.status, beyond.headers["Retry-After"])
            assert "connections" in json.loads(beyond.read())["message"]
            with following(server, "run,job") as channels:
                assert 200 == channels.status
        assert b"retry: 2000\n" == taken(server)


def test_who_listens_is_told_that_the_connection_lives(server: Server) -> None:
    """Pages by an event, which their scripts see; other streams by a comment alone, as ever."""
    with following(server, "runs") as page, following(server, "run,job") as channels:
        begin = [page.readline() for _ in range(6)]
        assert [b"retry: 2000\n", b"\n", b"event: beat\n", b"data: {}\n", b"\n"] == begin[:2] + begin[3:]
        assert [b":\n", b"event: beat\n", b"data: {}\n", b"\n"] == [page.readline() for _ in range(4)]
        assert [b"retry: 2000\n", b"\n", b":\n", b"\n"] == [channels.readline() for _ in range(4)]


def taken(server: Server) -> bytes:
    """Return the first line of a stream as soon as there is room for it."""
    for _ in range(10 * PATIENCE_S):
        with following(server, "runs") as answer:
            if answer.status == 200:
                return bytes(answer.readline())
            server.send("GET", "/healthz")
    raise AssertionError("no connection was taken")
