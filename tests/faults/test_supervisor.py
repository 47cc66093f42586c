"""The production set-up: ``supervisord_paddles.conf`` as it stands, with gunicorn and the sweep as real processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from paddles.db import embedded, migrations
from tests.faults.load import load
from tests.processes import ROOT, alive, children, environment, open_place
from tests.waiting import until

STOPPED = embedded.Status(guard=None, postmaster=None, ready=False)
PROGRAMS = {"gunicorn", "pecan"}
PROGRAM_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
WORKERS = 2
JOBS = "/runs/hello-2026-01-01_00:00:00-smoke-main-distro-default-mylab/jobs/"


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a directory with what an operator has in theirs, and a database that has been migrated."""
    with open_place() as directory:
        for name in ("gunicorn_config.py", "supervisord_paddles.conf"):
            shutil.copy(ROOT / name, directory / name)
        shutil.copy(ROOT / "config.py.in", directory / "config.py")
        migrations.upgrade(embedded.acquire(directory / "home").url)
        assert embedded.release(directory / "home")
        yield directory
        until(lambda: embedded.status(directory / "home") == STOPPED)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def supervisor(place: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Return a supervisord in the operator's directory; at the end nothing of it is left."""
    settings = {"PADDLES_HOME": str(place / "home"), "PADDLES_SERVER_PORT": str(port), "PATH": PROGRAM_PATH}
    with (place / "output").open("w") as output:
        process = subprocess.Popen(
            ["supervisord", "-n", "-c", "supervisord_paddles.conf"],
            cwd=place,
            env=environment(**settings),
            stdout=output,
            stderr=output,
            text=True,
        )
    yield process
    family = descendants(process.pid)
    process.terminate()
    process.wait(60)
    until(lambda: not any(alive(pid) for pid in family))


def descendants(pid: int) -> set[int]:
    found = children(pid)
    return found.union(*(descendants(child) for child in found))


def program(supervisor: subprocess.Popen[str], name: str) -> int:
    """Return the process id of one of the programs, 0 while it does not run."""
    for child in children(supervisor.pid):
        if any(word.endswith(f"/{name}") for word in command_line(child)):
            return child
    return 0


def command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def answers(port: int, body: bytes | None = None) -> bytes:
    """Return what the service answers about its first job, empty while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{JOBS}", body, timeout=30) as answer:
            return answer.read()
    except OSError:
        return b""


def workers(supervisor: subprocess.Popen[str]) -> set[int]:
    """Return the workers of the web server, once all are there."""
    found = {
        child for child in children(program(supervisor, "gunicorn")) if "gunicorn" in " ".join(command_line(child))
    }
    return found if len(found) == WORKERS else set()


def test_supervisor_keeps_the_service_running(supervisor: subprocess.Popen[str], place: Path, port: int) -> None:
    """A killed worker, web server or sweep comes back, no job is lost, and TERM ends everything cleanly."""
    assert until(lambda: answers(port, b'{"job_id": 1, "status": "pass"}')) == b'{"job_id":"1"}'
    until(lambda: all(program(supervisor, name) for name in PROGRAMS))

    victim = min(until(lambda: workers(supervisor)))
    os.kill(victim, signal.SIGKILL)
    until(lambda: (found := workers(supervisor)) and victim not in found)
    assert b'"job_id":"1"' in until(lambda: answers(port))

    for name in sorted(PROGRAMS):
        killed = program(supervisor, name)
        os.kill(killed, signal.SIGKILL)
        until(lambda killed=killed, name=name: program(supervisor, name) not in (0, killed))
    assert b'"job_id":"1"' in until(lambda: answers(port))

    family = descendants(supervisor.pid)
    supervisor.terminate()
    assert supervisor.wait(60) == 0
    until(lambda: not any(alive(pid) for pid in family))
    until(lambda: embedded.status(place / "home") == STOPPED)
    assert "Traceback" not in (place / "output").read_text()


def control(place: Path, *words: str) -> str:
    """Return what supervisorctl says."""
    command = ["supervisorctl", "-c", "supervisord_paddles.conf", *words]
    done = subprocess.run(
        command, cwd=place, env=environment(PATH=PROGRAM_PATH), capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_restart_under_load_fails_no_request(supervisor: subprocess.Popen[str], place: Path, port: int) -> None:
    """While web server and sweep are ended and started anew, clients wait, and each gets its answer."""
    until(lambda: answers(port, b'{"job_id": 1, "status": "pass"}'))
    until(lambda: all(program(supervisor, name) for name in PROGRAMS))

    with load(port) as clients:
        old = {program(supervisor, name) for name in PROGRAMS}
        said = control(place, "restart", "web", "sweep")
        assert {"web: stopped", "web: started", "sweep: stopped", "sweep: started"} == set(said.splitlines())
        assert not old & {program(supervisor, name) for name in PROGRAMS}
        clients.goes_on()
        assert [] == clients.wrong()


def test_a_listener_that_is_killed_costs_no_request(supervisor: subprocess.Popen[str], place: Path, port: int) -> None:
    """The server keeps the socket; what comes back waits for its turn, and serves after the next restart."""
    until(lambda: answers(port, b'{"job_id": 1, "status": "pass"}'))
    (listener,) = listeners(supervisor)

    with load(port) as clients:
        os.kill(listener, signal.SIGKILL)
        until(lambda: listeners(supervisor) - {listener})
        clients.goes_on()
        assert [] == clients.wrong()

    control(place, "restart", "web")
    assert b'"job_id":"1"' in until(lambda: answers(port))


def listeners(supervisor: subprocess.Popen[str]) -> set[int]:
    """Return what holds the listening socket besides the server."""
    return {child for child in children(supervisor.pid) if "paddles.commands.listener" in command_line(child)}
