"""``/metrics`` of real servers: the workers of one add up, whoever is asked, and nothing is left of them."""

import glob
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.processes import alive, children, environment, open_place
from tests.waiting import until
from tests.web.test_metrics import samples

ROOT = Path(__file__).parents[1]
WORKERS = 2
GUNICORN = ("gunicorn", "-c", str(ROOT / "gunicorn_config.py"), "paddles.wsgi:application")
UP = ("paddles.commands.up", "--port", "{port}", "--workers", str(WORKERS))


class Server:
    """A server on a port of its own, and the pattern of the directory in which its workers count."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, counts: str) -> None:
        self.process, self.port, self.counts = process, port, counts

    def ask(self, path: str) -> str:
        """Return an answer, whatever its status; a connection of its own for each, so that any worker may give it."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def value(self, name: str, **labels: str) -> float:
        """Return what ``/metrics`` says of one sample."""
        return samples(self.ask("/metrics")).get((name, frozenset(labels.items())), 0)

    def counted(self) -> float:
        """Return how many questions for runs were counted."""
        return self.value("paddles_requests_total", face="results", route="/runs/", method="GET", status="200")

    def counting(self) -> set[int]:
        """Return the processes that counted anything."""
        return {int(Path(path).stem.rpartition("_")[2]) for path in glob.glob(f"{self.counts}/gauge_livesum_*.db")}

    def workers(self) -> set[int]:
        """Return the workers once all have begun to count, and so can answer."""
        found = children(self.process.pid) & self.counting()
        return found if len(found) == WORKERS else set()


@pytest.fixture
def start(database: Database, settings: Settings) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server on the database of this process; it is gone at the end."""
    started: list[subprocess.Popen[bytes]] = []
    with open_place() as place:
        (place / "config.py").write_text("app = {'root': 'paddles.controllers.root.Root', 'modules': ['paddles']}\n")

        def start_one(command: tuple[str, ...], **changes: str) -> Server:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            own = {"PADDLES_SERVER_PORT": str(port), "PADDLES_WORKER_COUNT": str(WORKERS), "TMPDIR": str(place)}
            process = subprocess.Popen(
                [sys.executable, "-m", *(word.format(port=port) for word in command)],
                cwd=place,
                env=environment(DATABASE_URL=settings.database_url, **own, **changes),
                stdout=subprocess.DEVNULL,
            )
            started.append(process)
            server = Server(process, port, changes.get("PROMETHEUS_MULTIPROC_DIR", f"{place}/paddles-metrics-*"))
            until(lambda: server.ask("/healthz"))
            until(server.workers)
            return server

        yield start_one
        for process in started:
            family = children(process.pid)
            process.kill()
            process.wait()
            until(lambda family=family: not any(alive(pid) for pid in family))


def fill(server: Server, number: int) -> None:
    """Ask for runs so often that both workers have answered."""
    for _ in range(number):
        assert server.ask("/runs/") == "[]"


@pytest.mark.parametrize("command", [GUNICORN, UP], ids=["gunicorn", "up"])
def test_workers_add_up_whoever_is_asked(start: Callable[..., Server], command: tuple[str, ...]) -> None:
    """Every request is counted once, and each answer says the same; at the end no file is left."""
    server = start(command)

    fill(server, 40)

    assert {40.0} == {server.counted() for _ in range(10)}
    assert 2 * 20 == server.value("paddles_pool_connections_limit", pool="read")
    assert 1 == server.value("paddles_database_up")
    assert 0 == server.value("paddles_pool_connections_used", pool="write")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert [] == glob.glob(server.counts)


def test_what_a_killed_worker_counted_stays(start: Callable[..., Server]) -> None:
    """What it held is forgotten: the limits are those of the workers that live."""
    server = start(GUNICORN)
    fill(server, 20)

    victim = min(server.workers())
    os.kill(victim, signal.SIGKILL)
    until(lambda: (found := server.workers()) and victim not in found)

    until(lambda: 2 * 20 == server.value("paddles_pool_connections_limit", pool="read"))
    assert 20 == server.counted()


def test_reloading_keeps_what_was_counted(start: Callable[..., Server]) -> None:
    """SIGHUP replaces the workers."""
    server = start(GUNICORN)
    fill(server, 20)
    old = server.workers()

    server.process.send_signal(signal.SIGHUP)
    until(lambda: (found := server.workers()) and not found & old)

    assert 20 == until(server.counted)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert [] == glob.glob(server.counts)


def test_a_start_begins_with_nothing(start: Callable[..., Server], tmp_path: Path) -> None:
    """In a directory that the operator names, what an earlier server left is removed, and nothing else."""
    (tmp_path / "counter_1.db").write_bytes(b"old")
    (tmp_path / "mine").write_text("kept")

    server = start(GUNICORN, PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    fill(server, 4)

    assert 4 == server.counted()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert not (tmp_path / "counter_1.db").exists()
    assert (tmp_path / "mine").read_text() == "kept"
