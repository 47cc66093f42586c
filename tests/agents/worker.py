"""A build machine with a worker, for tests."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from paddles.projects import downloads
from tests.agents.machine import PATIENCE_S, Machine
from tests.agents.peer import Peer
from tests.waiting import until

HELD = "while [ ! -e /common/go ]; do sleep 0.05; done; echo went"


class Worker:
    """A machine with a worker of its own; what it starts is ended with the test."""

    def __init__(self, machine: Machine, peer: Peer) -> None:
        self.machine, self.peer, self.home = machine, peer, machine.home
        self.script = machine.home / "worker.py"
        self.script.write_bytes(downloads.worker().content)
        self.script.chmod(0o755)

    def do(self, *words: str, code: int = 0, said: bytes = b"") -> str:
        """Run a command of the worker, which has to end with this code, and return what it prints."""
        command = [sys.executable, str(self.script), *words]
        environment = {**self.machine.environment(), "PYTHONPATH": ""}
        # What a run's process writes goes elsewhere: it outlives the command.
        with (self.home / "output").open("w+b") as output:
            done = subprocess.run(
                command, env=environment, input=said, stdout=output, stderr=output, timeout=PATIENCE_S, check=False
            )
            output.seek(0)
            text = output.read().decode()
        assert code == done.returncode, text
        return text

    def register(self, *words: str) -> None:
        """Register as w1 with one slot."""
        self.do("register", "--hostname", "w1", *words, self.peer.url, "amd64,Docker")

    def runs(self) -> list[Path]:
        """Return the folders of the runs there are."""
        return list((self.home / "runs").glob("*"))

    def processes(self) -> set[int]:
        """Return the processes that execute runs."""
        held = set()
        for place in Path("/proc").glob("[0-9]*/cwd"):
            words = (place.parent / "cmdline").read_bytes().split(b"\0") if place.parent.exists() else []
            if str(self.script).encode() in words:
                held.add(int(place.parent.name))
        return held

    def metrics(self) -> list[dict[str, str]]:
        """Return what the worker said of its machine, each time that it asked for work."""
        paths = [path for _, path, _, _ in self.peer.workers if "available_runners" in path]
        return [dict(pair.split("=") for pair in path.partition("?")[2].split("&")) for path in paths]

    def available(self) -> list[str]:
        """Return how many runs the worker could take, each time that it asked."""
        return [each["available_runners"] for each in self.metrics()]


def shared(worker: Worker, script: str, **changes: Any) -> dict[str, Any]:
    """Return the definition of a run that shares a folder with the others and with the test."""
    return worker.machine.rundef(script, **{"shared-volumes": {"common": "/common"}, **changes})


def go(worker: Worker) -> None:
    """Have runs that are held go on."""
    place = worker.home / "shared-volumes" / "common"
    until(place.exists)
    (place / "go").touch()
