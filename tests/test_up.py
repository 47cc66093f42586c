"""The service that ``./dev up`` runs, as real processes: it answers, it ends cleanly, it leaves nothing behind."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from paddles.db import embedded
from paddles.db.layout import Layout
from tests.processes import alive, children, environment, open_place
from tests.waiting import until

# Two workers, the sweeper and the guard of the database.
FAMILY = 4
STOPPED = embedded.Status(guard=None, postmaster=None, ready=False)

Up = Callable[..., "Service"]


class Service:
    """A running ``./dev up`` and what it said when it was ready."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = process.pid
        assert process.stdout
        self.greeting = [process.stdout.readline() for _ in range(4)]
        found = re.search(r"http://[^/]+", self.greeting[1])
        assert found, process.communicate()
        self.url = found[0]

    def get(self, path: str) -> bytes:
        """Return what the service answers."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read()

    def first_job(self) -> bytes:
        """Do what the printed curl line does, form content type included."""
        words = shlex.split(self.greeting[3].split("first job", 1)[1])
        assert words[:3] == ["curl", "-X", "POST"]
        assert words[4] == "-d"
        with urllib.request.urlopen(words[3], words[5].encode(), timeout=30) as answer:
            return answer.read()


@pytest.fixture
def place() -> Iterator[Path]:
    with open_place() as directory:
        yield directory


@pytest.fixture
def start(place: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts what ``./dev up`` runs; at the end nothing of it is left."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*options: str, **changes: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "paddles.commands.up", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=place,
            env=environment(**changes),
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()
    until(lambda: embedded.status(place / "home") == STOPPED)


@pytest.fixture
def up(place: Path, start: Callable[..., subprocess.Popen[str]]) -> Up:
    """Return a function that starts the service on a free port, with its data in ``place / "home"``."""

    def up_one(*options: str, **changes: str) -> Service:
        return Service(start("--port", "0", "--data", str(place / "home"), *options, **changes))

    return up_one


def gone(service: Service, family: set[int]) -> bool:
    return service.process.poll() is not None and not any(alive(pid) for pid in family)


def test_up_answers_and_its_first_job_is_taken(up: Up, place: Path) -> None:
    """The greeting names address and data, and its curl line reports a job that is then there."""
    service = up()

    assert str(place / "home") in service.greeting[2]
    assert service.first_job() == b'{"job_id":"1"}'
    assert b"my first job" in service.get("/runs/hello-2026-01-01_00:00:00-smoke-main-distro-default-mylab/jobs/1/")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_ends_cleanly(up: Up, place: Path, number: signal.Signals) -> None:
    """Ctrl-C goes to all of the terminal's processes; exit code 0 and no process left."""
    service = up()
    family = until(lambda: len(found := children(service.pid)) == FAMILY and found)
    assert family

    os.killpg(service.pid, number)

    assert service.process.wait(30) == 0
    assert gone(service, family)
    assert embedded.status(place / "home") == STOPPED
    assert service.process.communicate() == ("", "")


def test_the_next_start_has_all_data(up: Up) -> None:
    """What was acknowledged is there, after a clean end and after none."""
    service = up()
    service.first_job()
    for number in (signal.SIGTERM, signal.SIGKILL):
        service.process.send_signal(number)
        service.process.wait(30)

        service = up()

        assert b"hello-2026" in service.get("/runs/")


def test_kill_9_of_the_master_leaves_nothing_behind(up: Up, place: Path) -> None:
    """Workers and sweeper end with it, then PostgreSQL with its last user, cleanly."""
    service = up()
    family = until(lambda: len(found := children(service.pid)) == FAMILY and found)
    assert family

    service.process.kill()

    until(lambda: gone(service, family))
    until(lambda: embedded.status(place / "home") == STOPPED)
    assert "database system is shut down" in Layout(place / "home").log.read_text()


def test_whatever_child_is_killed_comes_back(up: Up, place: Path) -> None:
    """Each worker, the sweeper, the guard; the service answers again after each."""
    service = up()
    for victim in until(lambda: len(found := children(service.pid)) == FAMILY and found) or ():
        os.kill(victim, signal.SIGKILL)

        until(lambda gone=victim: len(found := children(service.pid)) == FAMILY and gone not in found)
        until(lambda: embedded.status(place / "home").ready)
        assert service.get("/runs/") == b"[]"


def test_a_demo_beside_it_needs_no_token(up: Up, place: Path) -> None:
    """What ``./dev demo`` runs makes one in the same data, and fills projects; the database ends with the service."""
    service = up()
    words = ("demo", "--own", service.url, "--data", str(place / "home"), "--days", "3", "--runs", "1")
    command = [sys.executable, "-m", "paddles.commands.program", *words]

    subprocess.run(command, cwd=place, env=environment(), check=True, timeout=120)

    assert b"demo-bootloader" in service.get("/projects/")
    service.process.send_signal(signal.SIGINT)
    assert 0 == service.process.wait(30)
    until(lambda: embedded.status(place / "home") == STOPPED)


def test_a_signal_while_it_starts_ends_it_too(start: Callable[..., subprocess.Popen[str]], place: Path) -> None:
    """While its database starts: exit code 0 and nothing left."""
    process = start("--port", "0", "--data", str(place / "home"))
    until(lambda: embedded.status(place / "home").guard)

    process.terminate()

    assert process.wait(30) == 0
    assert process.communicate() == ("", "")
    until(lambda: embedded.status(place / "home") == STOPPED)


def test_an_early_ctrl_c_ends_it_without_a_traceback(start: Callable[..., subprocess.Popen[str]], place: Path) -> None:
    """The port listens before anything is imported; whoever is that quick sees nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    process = start("--port", str(address[1]), "--data", str(place / "home"))
    until(lambda: listens(address))

    process.send_signal(signal.SIGINT)

    assert process.wait(30) == 0
    assert process.communicate() == ("", "")


def listens(address: tuple[str, int]) -> bool:
    with socket.socket() as client:
        return client.connect_ex(address) == 0


def test_a_port_in_use_is_one_clear_line(start: Callable[..., subprocess.Popen[str]], place: Path) -> None:
    """Said before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--port", str(port), "--data", str(place / "home"))

        assert process.communicate(timeout=60) == (
            "",
            f"paddles: cannot listen on 127.0.0.1 port {port}: Address already in use; choose another --port\n",
        )
    assert process.returncode == 1
    assert not (place / "home").exists()


def test_data_that_cannot_be_served_is_one_clear_line(start: Callable[..., subprocess.Popen[str]], place: Path) -> None:
    """What the guard says reaches the terminal."""
    data = Layout(place / "home").data
    data.mkdir(parents=True)
    (place / "home").chmod(0o711)
    (data / "thesis.txt").write_text("mine")

    process = start("--port", "0", "--data", str(place / "home"))

    assert process.communicate(timeout=60) == (
        "",
        f"paddles: {data} holds something that is not a PostgreSQL database\n",
    )
    assert process.returncode == 1


def test_a_server_of_your_own_is_used(up: Up, place: Path) -> None:
    """``DATABASE_URL`` in its common spelling; it runs on when the service ends."""
    mine = place / "mine"
    url = embedded.acquire(mine, fast=True).url.replace("postgresql+psycopg2://", "postgres://")
    try:
        service = up(DATABASE_URL=url)
        assert service.first_job() == b'{"job_id":"1"}'
        assert "DATABASE_URL" in service.greeting[2]
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(30) == 0
        assert embedded.status(mine).ready
    finally:
        assert embedded.release(mine)
    assert not (place / "home").exists()


def test_a_server_that_does_not_answer_is_one_clear_error(
    start: Callable[..., subprocess.Popen[str]], place: Path
) -> None:
    """No traceback, and no embedded server behind the operator's back."""
    process = start("--port", "0", DATABASE_URL=f"postgresql://nobody@/none?host={place}")

    out, error = process.communicate(timeout=60)

    assert process.returncode == 1
    assert out == ""
    assert error.startswith("paddles: connection to server on socket")
    assert "Traceback" not in error
