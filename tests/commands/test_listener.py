"""The listening socket that outlives its server: for its own account alone, given to a program as descriptor 3."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paddles.commands import listener
from tests.processes import environment
from tests.waiting import until

SAY = "import os, socket; s = socket.socket(fileno=3); print(s.getsockname()[1], os.environ['LISTEN_FDS'], os.getpid())"


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def door(tmp_path: Path, port: int) -> Iterator[Path]:
    """Where a listening socket is handed out."""
    path = tmp_path / "listener.sock"
    process = run(path, port)
    until(path.exists)
    yield path
    process.terminate()
    process.communicate()


def run(path: Path, port: int, *command: str) -> subprocess.Popen[str]:
    """Start the program."""
    return subprocess.Popen(
        [sys.executable, "-m", "paddles.commands.listener", str(path), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(PADDLES_SERVER_PORT=str(port)),
    )


def test_a_program_gets_the_socket_as_systemd_gives_it(door: Path, port: int) -> None:
    """Descriptor 3, LISTEN_FDS and its own process id; one program after the other the same one."""
    for _ in range(2):
        process = run(door, port, sys.executable, "-c", SAY)
        said, _ = process.communicate(timeout=60)
        assert f"{port} 1 {process.pid}\n" == said


def test_clients_wait_while_nobody_serves(door: Path, port: int) -> None:
    """They are connected, and answered by the next server."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        serve = "import socket; s = socket.socket(fileno=3); s.accept()[0].sendall(b'served')"
        run(door, port, sys.executable, "-c", serve).communicate(timeout=60)
        assert b"served" == client.recv(10)


def test_only_its_own_account_is_given_the_socket(door: Path) -> None:
    """And root, from whom nothing is kept."""
    assert stat.S_ISSOCK(door.stat().st_mode)
    assert os.geteuid() == door.stat().st_uid
    assert 0o600 == stat.S_IMODE(door.stat().st_mode)


def test_an_address_in_use_is_waited_for(tmp_path: Path) -> None:
    """What is there is said; once it is gone, the socket is handed out."""
    path = tmp_path / "listener.sock"
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = run(path, other.getsockname()[1])
        assert process.stdout
        assert "is in use; waiting for it" in process.stdout.readline()
        assert not path.exists()
    until(path.exists)
    process.terminate()
    process.communicate()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PORT", "many"), ("PORT", "70000"), ("HOST", "no.such.host.invalid"), ("HOST", "192.0.2.1")],
)
def test_an_impossible_address_is_refused(tmp_path: Path, variable: str, value: str) -> None:
    """With one line, and exit code 1."""
    done = subprocess.run(
        [sys.executable, "-m", "paddles.commands.listener", str(tmp_path / "listener.sock")],
        env=environment(**{f"PADDLES_SERVER_{variable}": value}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == done.returncode
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.startswith("paddles: ")


def test_a_server_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Where nobody hands out a socket, it says so."""
    with pytest.raises(TimeoutError, match="nobody hands out a listening socket at"):
        listener.received(tmp_path / "nobody.sock", 0.2)


def test_without_arguments_it_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2."""
    assert 2 == listener.main([])
    assert "outlives the server" in capsys.readouterr().err
