"""The machines: a folder for each, with the worker that the service gives, and the engine of the tests."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections import Counter

from expect import same
from server import Jobserv

HERE = pathlib.Path(__file__).resolve().parent
PAUSE_S, PATIENCE_S = 0.5, 60


class Machine:
    """One machine. It checks in more often than ``loop`` would, which costs the service and saves the story time."""

    def __init__(self, server: Jobserv, home: pathlib.Path, tags: str) -> None:
        """Download the worker, register it and have it enlisted."""
        self.server, self.home, self.name = server, home, home.name
        home.mkdir()
        self.script = home / "worker.py"
        self.script.write_bytes(server.load("/worker"))
        self.ended = threading.Event()
        self.codes: list[int] = []
        self.do("register", "--hostname", self.name, "--concurrent-runs", "2", server.url, tags)
        server.ask("POST", f"/workers/{self.name}/enlist")
        self.thread = threading.Thread(target=self.check, daemon=True)

    def environment(self) -> dict[str, str]:
        """What programs of the machine find."""
        path = os.pathsep.join([str(HERE), os.environ.get("PATH", os.defpath)])
        shim = {"DOCKER_SHIM": str(self.home / "engine"), "GIT_CONFIG_NOSYSTEM": "1"}
        return {"PATH": path, "HOME": str(self.home), "LC_ALL": "C.UTF-8", **shim}

    def do(self, *words: str) -> None:
        """Execute a command of the worker, which has to end well."""
        same(0, self.execute(*words), f"exit code of worker.py {' '.join(words)}: {self.log()}")

    def execute(self, *words: str) -> int:
        """Execute a command of the worker and return its exit code; what is said goes into a file."""
        with (self.home / "log").open("ab") as log:
            command = [sys.executable, str(self.script), *words]
            done = subprocess.run(
                command, env=self.environment(), stdout=log, stderr=log, check=False, timeout=PATIENCE_S
            )
        return done.returncode

    def check(self) -> None:
        """Check in again and again; a service that is being killed is no reason to stop."""
        while not self.ended.is_set():
            self.codes.append(self.execute("check"))
            self.ended.wait(PAUSE_S)

    def begin(self) -> None:
        """Go to work."""
        self.thread.start()

    def end(self) -> None:
        """Stop checking in, and kill all that belongs to the machine."""
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        for place in self.containers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(place.read_text()), signal.SIGKILL)

    def containers(self) -> list[pathlib.Path]:
        """The containers that run here; each is a file with the number of its first process."""
        return [place for place in (self.home / "engine" / "containers").glob("*") if place.read_text()]

    def held(self) -> pathlib.Path:
        """The shared volume by which runs are held."""
        return self.home / "shared-volumes" / "held"

    def processes(self) -> list[int]:
        """The worker's processes; these of runs outlive the check that began them."""
        found = []
        for place in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = place.read_bytes().split(b"\0")
            except OSError:
                continue
            if str(self.script).encode() in words:
                found.append(int(place.parent.name))
        return found

    def log(self) -> str:
        """What the worker said last."""
        place = self.home / "log"
        return place.read_text(errors="replace")[-3000:] if place.exists() else ""

    def executed(self) -> Counter[str]:
        """How often a container was begun here for each run, named by project, build and run."""
        place = self.home / "engine" / "begun"
        lines = place.read_text().splitlines() if place.exists() else []
        names = ("H_PROJECT", "H_BUILD", "H_RUN")
        return Counter("/".join(json.loads(line).get(name, "") for name in names) for line in lines)
