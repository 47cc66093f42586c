"""A build machine for tests: a folder, the tests' container engine in front of PATH, and the downloaded runner."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from paddles.projects import downloads
from tests.agents.peer import KEY, Peer
from tests.processes import ROOT

ENGINE = ROOT / "tests" / "clients" / "jobserv"
# What imports the runner from its archive and executes a run, as a worker does; 75 stands for a reboot.
EXECUTE = """
import importlib, json, sys
with open(sys.argv[3]) as file:
    rundef = json.load(file)
handler = importlib.import_module("jobserv_runner.handlers." + rundef["trigger_type"]).handler
try:
    passed = handler.execute(sys.argv[1], sys.argv[2], rundef)
except handler.RebootAndContinue as error:
    sys.exit(76 if error.cold else 75)
sys.exit(0 if passed else 1)
"""
PASSED, FAILED, REBOOTING, COLD = 0, 1, 75, 76
PATIENCE_S = 60


class Machine:
    """A machine on which one run is executed."""

    def __init__(self, home: Path, peer: Peer) -> None:
        """Set up the machine in ``home``, with the runner as it is downloaded."""
        self.home, self.peer = home, peer
        self.run_dir = home / "run-folder"
        self.run_dir.mkdir(mode=0o700)
        (home / "runner.zip").write_bytes(downloads.runner())

    def environment(self) -> dict[str, str]:
        """Return what the machine's programs find in their environment."""
        path = os.pathsep.join([str(ENGINE), os.environ.get("PATH", os.defpath)])
        git = {"GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
        return {
            "PATH": path,
            "HOME": str(self.home),
            "DOCKER_SHIM": str(self.home / "engine"),
            "PYTHONPATH": str(self.home / "runner.zip"),
            "LC_ALL": "C.UTF-8",
            **git,
        }

    def rundef(self, script: str | None = None, **changes: Any) -> dict[str, Any]:
        """Return a run definition with every key, of a shell script."""
        found: dict[str, Any] = dict.fromkeys(
            ["container-auth", "container-user", "container-entrypoint", "cap-add", "cap-drop", "console-progress"]
        )
        found |= {"persistent-volumes": None, "shared-volumes": None, "test-grepping": None, "privileged": False}
        found |= {"project": "factory/app", "timeout": 5, "api_key": KEY, "run_url": self.peer.run_url}
        found |= {"frontend_url": self.peer.run_url, "runner_url": f"{self.peer.url}/runner", "host-tag": "amd64"}
        found |= {"trigger_type": "simple", "container": "alpine:3", "secrets": {}}
        found["env"] = {"H_PROJECT": "factory/app", "H_BUILD": "1", "H_RUN": "unit"}
        if script is not None:
            found["script"] = f"#!/bin/sh -e\n{script}\n"
        return found | changes

    def start(self, rundef: dict[str, Any]) -> "subprocess.Popen[bytes]":
        """Start to execute a run definition."""
        place = self.home / "rundef.json"
        place.write_text(json.dumps(rundef))
        command = [sys.executable, "-c", EXECUTE, str(self.home), str(self.run_dir), str(place)]
        return subprocess.Popen(command, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def execute(self, rundef: dict[str, Any]) -> int:
        """Execute a run definition and return how that ended."""
        return self.end(self.start(rundef))

    def end(self, process: "subprocess.Popen[bytes]") -> int:
        """Wait for the end of an execution and return how it ended."""
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode in (PASSED, FAILED, REBOOTING, COLD), said.decode()
        assert b"" == said, said.decode()
        return process.returncode

    def run(self, script: str, **changes: Any) -> int:
        """Execute a shell script and return how that ended."""
        return self.execute(self.rundef(script, **changes))

    def calls(self) -> list[dict[str, Any]]:
        """Return each call of the container engine, with its arguments and its environment."""
        place = self.home / "engine" / "calls"
        return [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []

    def call(self, command: str) -> list[str]:
        """Return the arguments of the last call of one command of the engine."""
        return next(call["argv"] for call in reversed(self.calls()) if call["argv"][0] == command)


def said(peer: Peer) -> list[str]:
    """Return the lines of the log that the script printed."""
    lines = peer.log.decode(errors="replace").splitlines()
    begun = next(at for at, line in enumerate(lines) if "INFO  " in line and " run --rm " in line)
    ended = next((at for at, line in enumerate(lines) if "The script ended" in line), len(lines))
    return lines[begun + 1 : ended]
