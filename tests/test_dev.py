"""The two commands: what ``./dev`` decides by itself, and the service that ``./dev up`` runs, as real processes."""

import ast
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from paddles.db import embedded
from paddles.db.layout import Layout
from tests.processes import ROOT, alive, children, environment, open_place
from tests.waiting import until

DEV = ROOT / "dev"
# Two workers, the sweeper and the guard of the database.
FAMILY = 4
STOPPED = embedded.Status(guard=None, postmaster=None, ready=False)
# A build backend of a few lines, so that pip can install a checkout without asking anybody for anything.
BACKEND = """
import pathlib, zipfile
HERE = pathlib.Path(__file__).parent

def build_editable(directory, config_settings=None, metadata_directory=None):
    with (HERE / "builds.log").open("a") as log:
        log.write("built\\n")
    name = "paddles-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory) / name, "w") as wheel:
        extras = "Provides-Extra: embedded\\nProvides-Extra: test\\n"
        wheel.writestr("paddles-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: paddles\\nVersion: 1\\n" + extras)
        wheel.writestr("paddles-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("paddles-1.dist-info/RECORD", "")
    return name
"""

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


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    """Return ``./dev`` as a module."""
    loader = SourceFileLoader("dev", str(DEV))
    spec = spec_from_loader("dev", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


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


def test_dev_alone_explains_itself() -> None:
    """No argument: every command, and nothing happens."""
    said = subprocess.run([sys.executable, DEV], capture_output=True, text=True, check=True).stdout

    for command in ("./dev up", "./dev test", "./dev venv", "--port", "--data", "--workers", "DATABASE_URL"):
        assert command in said


def test_an_unknown_command_is_refused_in_one_line() -> None:
    """Exit code 2, as for every misuse of a command."""
    process = subprocess.run([sys.executable, DEV, "upp"], capture_output=True, text=True, check=False)

    assert process.returncode == 2
    assert process.stderr == "paddles: no command 'upp'; ./dev alone says which there are\n"


def test_an_old_python_is_refused_in_one_line(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has to get as far as saying so: the file itself uses nothing that is new."""
    ast.parse(DEV.read_text(), feature_version=(3, 6))
    monkeypatch.setattr(dev, "OLDEST", (99, 0))

    assert dev.main(["up"]) == 1
    assert re.fullmatch(r"paddles: needs Python 3.11 or newer, and \S+ is 3\S+\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("command", "environ", "extras"),
    [
        ("up", {}, {"embedded"}),
        ("up", {"DATABASE_URL": "postgresql:///x"}, set()),
        ("up", {"PADDLES_DATABASE_URL": "postgresql:///x"}, set()),
        ("up", {"DATABASE_URL": ""}, {"embedded"}),
        ("test", {"DATABASE_URL": "postgresql:///x"}, {"embedded", "test"}),
        ("venv", {}, {"embedded", "test"}),
    ],
)
def test_what_a_command_needs(dev: ModuleType, command: str, environ: dict[str, str], extras: set[str]) -> None:
    """The embedded server is not installed for whoever serves from a server of their own."""
    assert dev.needed(command, environ) == extras


def test_a_virtualenv_is_up_to_date_or_not(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same inputs, same Python, at least these extras; one made for the tests serves too."""
    monkeypatch.setattr(dev, "PYTHON", sys.executable)
    stamp = {"inputs": "a", "python": sys.version, "extras": ["embedded", "test"]}

    assert dev.holds(stamp, "a", {"embedded"})
    assert dev.holds(stamp, "a", set())
    assert not dev.holds(stamp, "b", {"embedded"})
    assert not dev.holds({**stamp, "python": "3.11.0"}, "a", {"embedded"})
    assert not dev.holds({**stamp, "extras": ["embedded"]}, "a", {"test"})
    monkeypatch.setattr(dev, "PYTHON", "/none")
    assert not dev.holds(stamp, "a", set())


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of something that pip installs without a network."""
    directory = tmp_path / "checkout"
    directory.mkdir()
    shutil.copy(DEV, directory / "dev")
    (directory / "backend.py").write_text(BACKEND)
    (directory / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "paddles"\nversion = "1"\noptional-dependencies = { embedded = [], test = [] }\n'
    )
    (directory / "setup.py").write_text("")
    (directory / "constraints.txt").write_text("")
    return directory


def venv(checkout: Path) -> subprocess.CompletedProcess[str]:
    # The Python below this virtualenv has what made it: ensurepip, or pip.
    python = getattr(sys, "_base_executable", sys.executable)
    kept = environment(PIP_NO_INDEX="1", PYTHONPATH="")
    return subprocess.run([python, checkout / "dev", "venv"], capture_output=True, text=True, env=kept, check=False)


def builds(checkout: Path) -> int:
    return (checkout / "builds.log").read_text().count("built")


def test_the_virtualenv_is_made_once_and_when_its_list_changes(checkout: Path) -> None:
    """Two at once install once; a change of what is pinned installs again; a failure leaves nothing to rely on."""
    with ThreadPoolExecutor() as pool:
        said = list(pool.map(venv, [checkout, checkout]))
    assert {(process.returncode, process.stdout) for process in said} == {(0, f"{checkout}/.venv\n")}, said
    assert builds(checkout) == 1
    assert venv(checkout).stderr == ""
    assert builds(checkout) == 1

    (checkout / "constraints.txt").write_text("# newer\n")
    assert venv(checkout).returncode == 0
    assert builds(checkout) == 2

    (checkout / "constraints.txt").write_text("no requirement at all\n")
    failed = venv(checkout)
    assert failed.returncode == 1
    assert failed.stderr.endswith("paddles: the installation failed; what pip said stands above\n")
    assert venv(checkout).returncode == 1


def test_pip_may_stand_outside_the_virtualenv(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without ensurepip makes a virtualenv without pip, and the pip beside that Python installs into it."""
    python = next(each for each in (sys.executable, sys._base_executable) if has_pip(each))
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    inside = str(tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(dev, "PYTHON", inside)
    monkeypatch.setattr(dev.sys, "executable", python)

    assert dev.pip() == [python, "-m", "pip", "--python", inside]

    monkeypatch.setattr(dev.sys, "executable", inside)
    with pytest.raises(dev.InstallError, match="no pip"):
        dev.pip()


def has_pip(python: str) -> bool:
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def test_up_answers_and_its_first_job_is_taken(up: Up, place: Path) -> None:
    """The greeting names address and data, and its curl line reports a job that is then there."""
    service = up()

    assert str(place / "home") in service.greeting[2]
    assert service.first_job() == b'{"job_id":"1"}'
    assert b"my first job" in service.get("/runs/hello-2026-01-01_00:00:00-smoke-main-distro-default-mylab/jobs/1/")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_ends_cleanly_and_keeps_its_data(up: Up, place: Path, number: signal.Signals) -> None:
    """Ctrl-C goes to all of the terminal's processes; exit code 0, no process left, all data at the next start."""
    service = up()
    service.first_job()
    family = until(lambda: len(found := children(service.pid)) == FAMILY and found)
    assert family

    os.killpg(service.pid, number)

    assert service.process.wait(30) == 0
    assert gone(service, family)
    assert embedded.status(place / "home") == STOPPED
    assert service.process.communicate() == ("", "")
    assert b"hello-2026" in up().get("/runs/")


def test_kill_9_of_the_master_leaves_nothing_behind(up: Up, place: Path) -> None:
    """Workers and sweeper end with it, then PostgreSQL with its last user, cleanly."""
    service = up()
    family = until(lambda: len(found := children(service.pid)) == FAMILY and found)
    assert family

    service.process.kill()

    until(lambda: gone(service, family))
    assert embedded.status(place / "home") == STOPPED
    assert "database system is shut down" in Layout(place / "home").log.read_text()


def test_whatever_child_is_killed_comes_back(up: Up, place: Path) -> None:
    """Each worker, the sweeper, the guard; the service answers again after each."""
    service = up()
    for victim in until(lambda: len(found := children(service.pid)) == FAMILY and found) or ():
        os.kill(victim, signal.SIGKILL)

        until(lambda gone=victim: len(found := children(service.pid)) == FAMILY and gone not in found)
        until(lambda: embedded.status(place / "home").ready)
        assert service.get("/runs/") == b"[]"


def test_a_signal_while_it_starts_ends_it_too(start: Callable[..., subprocess.Popen[str]], place: Path) -> None:
    """Before there is any worker: exit code 0 and nothing left."""
    process = start("--port", "0", "--data", str(place / "home"))
    until(lambda: embedded.status(place / "home").guard)

    process.terminate()

    assert process.wait(30) == 0
    assert process.communicate() == ("", "")
    until(lambda: embedded.status(place / "home") == STOPPED)


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
