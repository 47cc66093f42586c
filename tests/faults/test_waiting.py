"""Requests that wait: without a thread, answered when there is something, and given nothing once their client left."""

import json
import select
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.servers import THREADS, WORKERS, Server, served

ASK = "/boot.container/host/dc-1g-1?timeout={}"
JOB = {"suite": "nap", "testbox": "dc-1g"}


def ask(server: Server, timeout: int) -> socket.socket:
    """Ask for a job and return the connection on which the answer comes."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.sendall(f"GET {ASK.format(timeout)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    return connection


def answer(connection: socket.socket) -> Any:
    """Return the JSON that comes on a connection."""
    with connection, connection.makefile("rb") as lines:
        return json.loads(lines.read().partition(b"\r\n\r\n")[2])


def submit(server: Server) -> str:
    """Submit a job and return its number."""
    status, _, body = server.send("POST", "/scheduler/v1/jobs/submit", JOB)
    assert 200 == status
    return body.decode()


@pytest.fixture
def waiting(own_url: str, place: Path) -> Any:
    """A server on a database of its own."""
    with served(place, own_url) as server:
        yield server


def test_machines_that_wait_leave_the_threads_to_others(waiting: Server) -> None:
    """Far more machines than there are threads wait at the same time; everybody else is answered as ever."""
    machines = [ask(waiting, 60) for _ in range(8 * WORKERS * THREADS)]

    assert waiting.all_threads_answer()
    number = submit(waiting)
    (first, *_), _, _ = select.select(machines, [], [], 30)  # whoever is tried first takes it
    assert number == answer(first)["job"].rsplit("/", 2)[1]
    for connection in machines:
        connection.close()


def test_a_machine_that_waits_in_vain_is_told_so_in_the_end(waiting: Server) -> None:
    """After its own time, not before, the answer is that there is nothing."""
    begun = time.monotonic()

    assert {} == answer(ask(waiting, 1))
    assert time.monotonic() - begun >= 1


def test_a_machine_that_left_is_given_nothing(waiting: Server) -> None:
    """Its request is forgotten: a job that comes later is for somebody who is still there."""
    for connection in [ask(waiting, 60) for _ in range(8)]:
        connection.close()
    assert waiting.all_threads_answer()
    there = ask(waiting, 20)

    assert submit(waiting) == answer(there)["job"].rsplit("/", 2)[1]


def test_machines_that_wait_are_answered_when_the_server_ends(waiting: Server) -> None:
    """A worker that is replaced says that there is nothing yet, instead of breaking the connection."""
    machines = [ask(waiting, 300) for _ in range(4)]
    assert waiting.all_threads_answer()

    waiting.process.terminate()

    assert [{}] * 4 == [answer(each) for each in machines]
