"""The service under test: ``./dev up`` with data of its own, as a process that answers over HTTP."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

from expect import BrokenError, same, until

ROOT = pathlib.Path(__file__).resolve().parents[3]
START_S, STOP_S = 90, 60
OTHERS = ("PADDLES_", "DATABASE_", "SCHED_", "OS_HTTP_", "INITRD_HTTP_")
# Nothing stands between a client and this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Service:
    """The service on a port of 127.0.0.1, with its data in ``home``."""

    def __init__(self, home: pathlib.Path, port: int) -> None:
        self.home = home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.master = 0

    @contextlib.contextmanager
    def up(self, host: str, shelf_port: int) -> Iterator[None]:
        """Serve machines that reach this one as ``host``, where kernels and initrds are at ``shelf_port``."""
        # The account of PostgreSQL has to get through.
        self.home.mkdir(mode=0o711, exist_ok=True)
        command = [sys.executable, ROOT / "dev", "up", "--port", str(self.port), "--data", self.home / "data"]
        log = self.home / "log"
        with log.open("a") as output:
            environment = self.environment() | reached(host, self.port, shelf_port)
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        self.master = process.pid
        try:
            until(lambda: process.poll() is not None or self.ready(), "an answer of the service", START_S)
            if process.poll() is not None:
                raise BrokenError(f"the service ended: {log.read_text()}")
            yield
        finally:
            process.send_signal(signal.SIGINT)
            same(0, process.wait(STOP_S), "exit code of the service")

    def environment(self) -> dict[str, str]:
        """This environment, but for settings of another service."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
        own = {"PADDLES_HOME": str(self.home / "data"), "PADDLES_ACCESS_LOG": "true", "PADDLES_LOG_FORMAT": "json"}
        return kept | own

    def ready(self) -> bool:
        """Whether the service answers."""
        try:
            return self.code("/readyz") == 200
        except OSError:
            return False

    def workers(self) -> set[int]:
        """The processes that answer: the children that the master keeps in its session."""
        session = os.getsid(self.master)
        return {pid for pid in map(int, children(self.master)) if sid(pid) == session}

    def say(self, method: str, path: str, document: object = None) -> str:
        """Send a request and return the answer, which has to be 200."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, data=body, method=method)
        try:
            with OPENER.open(request, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise BrokenError(f"{method} {path}: {error.code} {error.read()!r}") from None

    def load(self, path: str) -> bytes:
        """The bytes at ``path``."""
        with OPENER.open(self.url + path, timeout=60) as answer:
            return bytes(answer.read())

    def get(self, path: str) -> object:
        """The document at ``path``."""
        return json.loads(self.say("GET", path))

    def code(self, path: str) -> int:
        """The status code of ``path``."""
        try:
            with OPENER.open(self.url + path, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def submit(self, job: dict) -> str:
        """Submit a job and return its number."""
        number = self.say("POST", "/scheduler/v1/jobs/submit", job)
        same(True, number.isascii() and number.isdigit(), f"{number!r} is a number")
        return number

    def pecan(self, *words: str) -> str:
        """Run one of the service's commands, which has to end well, and return what it prints."""
        command = [ROOT / ".venv" / "bin" / "pecan", words[0], ROOT / "config.py.in", *words[1:]]
        done = subprocess.run(command, env=self.environment(), check=False, capture_output=True, text=True, timeout=60)
        same(0, done.returncode, f"pecan {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout


def reached(host: str, port: int, shelf_port: int) -> dict[str, str]:
    """The settings that say how machines reach the service, the kernels and the initrds."""
    found = {"SCHED_HOST": host, "SCHED_PORT": str(port)}
    for name in ("OS", "INITRD"):
        found |= {f"{name}_HTTP_HOST": host, f"{name}_HTTP_PORT": str(shelf_port)}
    return found


def children(pid: int) -> list[str]:
    """The processes that ``pid`` started."""
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def sid(pid: int) -> int:
    """The session of a process, 0 when there is no such process any more."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0
