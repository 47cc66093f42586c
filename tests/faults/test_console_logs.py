"""Runs that say what they do to a server whose workers are killed: every byte is in the log, once and in order."""

import http.client
import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from paddles.db import engine
from paddles.db.engine import Database
from paddles.settings import load
from tests.faults.servers import WORKERS, Server, served
from tests.projects.held import Held, held
from tests.waiting import until

RUNNERS, KILLS, PATIENCE_S = 3, 4, 10
FIRST = b"# Run sent to worker: w1\n"


class Runner(threading.Thread):
    """One run that says something new without a pause, and again whatever was not answered with yes."""

    def __init__(self, port: int, job: Held, stop: threading.Event, *, counts: bool) -> None:
        super().__init__(daemon=True)
        self.port, self.job, self.stop, self.counts = port, job, stop, counts
        self.said: list[bytes] = []
        self.sent = 0
        self.wrong: list[int] = []

    def run(self) -> None:
        """Say the next thing until told to stop; what was begun is said to its end."""
        while not self.stop.is_set():
            piece = b"<%d:%s>" % (len(self.said), random.randbytes(random.randint(1, 3000)).hex().encode())
            while not self.heard(piece):
                self.stop.wait(0.02)
            self.said.append(piece)
            self.sent += len(piece)

    def heard(self, piece: bytes) -> bool:
        """Say it, and whether that was answered with yes."""
        headers = {**self.job.headers, **({"X-Log-Offset": str(self.sent)} if self.counts else {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("POST", self.job.path, piece, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if status not in (200, 503):
            self.wrong.append(status)
        return status == 200


@pytest.fixture
def database(own_url: str) -> Iterator[Database]:
    """The database of the server."""
    made = engine.connect(load(database_url=own_url))
    yield made
    made.dispose()


def kill_one(server: Server) -> None:
    """Kill a worker, and wait until there are as many as before."""
    before = server.workers()
    os.kill(random.choice(sorted(before)), signal.SIGKILL)
    until(lambda: len(server.workers()) == WORKERS and server.workers() != before, 60)


def pieces(text: bytes) -> list[bytes]:
    """Return what was said, by the log."""
    assert text.startswith(FIRST)
    return [b"<" + part for part in text.removeprefix(FIRST).split(b"<")[1:]]


def test_every_byte_is_there_once_whoever_is_killed(place: Path, own_url: str, database: Database) -> None:
    """In its order, where the run counts what it sends. Where it does not, what was said again may be there again."""
    stop = threading.Event()
    with served(place, own_url, PADDLES_FILES_DIR=str(place / "files")) as server:
        runners = [Runner(server.port, held(database), stop, counts=number > 0) for number in range(RUNNERS)]
        for runner in runners:
            runner.start()
        try:
            for _ in range(KILLS):
                so_far = [len(runner.said) for runner in runners]
                until(lambda so_far=so_far: all(len(r.said) > n for r, n in zip(runners, so_far, strict=True)), 60)
                kill_one(server)
        finally:
            stop.set()
            for runner in runners:
                runner.join(60)
        logs = [server.send("GET", f"{runner.job.path}console.log")[2] for runner in runners]

    assert [[] for _ in runners] == [runner.wrong for runner in runners]
    for runner, text in zip(runners, logs, strict=True):
        said = pieces(text)
        if not runner.counts:
            said = [piece for at, piece in enumerate(said) if at == 0 or piece != said[at - 1]]
        assert runner.said == said
