"""The processes of the service under torture: kept running as a supervisor would, and found to be killed."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from paddles.db import embedded

ROOT = Path(__file__).parents[2]
# As an operator's supervisor: the next try follows soon, and there is always a next one.
RESTART_S = 0.5
END_S = 60
WORKERS = 2


class Service:
    """``./dev up`` on a port and a data directory, started again whenever its master has ended."""

    def __init__(self, home: Path, port: int, log: Path, lease_s: int) -> None:
        self.home, self.port, self.log, self.lease_s = home, port, log, lease_s
        self.url = f"http://127.0.0.1:{port}"
        self.ending = threading.Event()
        self.process = self._start()
        self.keeper = threading.Thread(target=self._keep, daemon=True)
        self.keeper.start()

    def environment(self) -> dict[str, str]:
        """Return the environment of the service and its commands: this checkout, and nothing of the caller's."""
        mine = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PADDLES_", "DATABASE_")) or name.startswith("PADDLES_PG_")
        }
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        more = {
            "PADDLES_HOME": str(self.home),
            "PADDLES_HAND_OVER_LEASE_S": str(self.lease_s),
            "MALLOC_ARENA_MAX": "2",
            # A master that is killed does not remove a temporary one.
            "PROMETHEUS_MULTIPROC_DIR": str(self.log.with_name("metrics")),
        }
        return mine | more | {"PYTHONPATH": os.pathsep.join(paths)}

    def end(self) -> None:
        """End the service and its database, cleanly."""
        self.ending.set()
        self.keeper.join()
        self.process.terminate()
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def victims(self, kind: str) -> list[int]:
        """Return the processes of one kind that live at this moment."""
        master = self.process.pid
        status = embedded.status(self.home)
        family = [pid for pid in children(master) if pid != status.guard]
        if kind == "worker":
            return [pid for pid in family if session(pid) != pid]
        if kind == "sweeper":
            return [pid for pid in family if session(pid) == pid]
        if kind == "backend":
            return [pid for pid in children(status.postmaster or 0) if b"postgres: paddles paddles" in command(pid)]
        single = {"master": master, "guard": status.guard, "postmaster": status.postmaster}[kind]
        return [single] if single and alive(single) else []

    def whole(self) -> bool:
        """Say whether every process that belongs there is there, and the database takes connections."""
        if not embedded.status(self.home).ready:
            return False
        kinds = {"master": 1, "guard": 1, "postmaster": 1, "sweeper": 1, "worker": WORKERS}
        return all(len(self.victims(kind)) == number for kind, number in kinds.items())

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``pecan`` with a command and its arguments."""
        config = self.log.with_name("config.py")
        shutil.copy(ROOT / "config.py.in", config)
        pecan = Path(sys.executable).with_name("pecan")
        arguments = [str(pecan), words[0], str(config), *words[1:]]
        return subprocess.run(arguments, env=self.environment(), capture_output=True, text=True, check=False)

    def _start(self) -> subprocess.Popen[bytes]:
        arguments = ["--data", str(self.home), "--port", str(self.port), "--workers", str(WORKERS)]
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "paddles.commands.up", *arguments],
                cwd=self.log.parent,
                env=self.environment(),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _keep(self) -> None:
        while not self.ending.wait(0.05):
            if self.process.poll() is not None:
                self.ending.wait(RESTART_S)
                self.process = self._start()


def children(pid: int) -> list[int]:
    """Return the living children of a process."""
    numbers = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return sorted(number for number in numbers if pid and parent(number) == pid and alive(number))


def parent(pid: int) -> int:
    """Return the process that a process is a child of, 0 when it has ended."""
    return int((state(pid) + ["0"] * 2)[1])


def session(pid: int) -> int:
    """Return the session that a process belongs to, 0 when it has ended."""
    return int((state(pid) + ["0"] * 4)[3])


def alive(pid: int) -> bool:
    """Return whether a process lives; a zombie does not."""
    return state(pid)[:1] not in ([], ["Z"])


def state(pid: int) -> list[str]:
    """Return what /proc says behind a process's name: state, parent, group, session and so on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def command(pid: int) -> bytes:
    """Return the command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def until(condition: Callable[[], bool], limit_s: float) -> float:
    """Wait for a condition, up to a limit, and return how long it took; more than the limit when it never came."""
    begun = time.monotonic()
    while not condition() and time.monotonic() - begun <= limit_s:
        time.sleep(0.05)
    return time.monotonic() - begun
