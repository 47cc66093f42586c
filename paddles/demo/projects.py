"""Projects of JobServ, and a worker that only says that it executed their runs."""

import datetime
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from paddles.demo.wire import Wire

# Projects, and what their runs are called.
PROJECTS: Mapping[str, Sequence[str]] = {
    "demo-bootloader": ("build-arm64", "build-x86", "boot-qemu"),
    "demo-os": ("image-arm64", "image-x86", "selftest", "docs"),
    "demo-tools": ("unit", "lint"),
}
BUILDS = 6
# Nobody has this tag: what asks for it waits.
NOWHERE = "demo-riscv"
TESTS = ("test_boot", "test_network", "test_update", "test_rollback", "test_storage")
REASONS = ("refs/heads/main is new: Take the clock from the board", "refs/heads/main is new: Drop an old driver")
HOW_IT_IS = (
    "available_runners=2&mem_free=8000000000&disk_free=500000000000&load_avg_1=0.4&load_avg_5=0.3&load_avg_15=0.2"
)


def fill(wire: Wire, seed: int) -> int:
    """Make the projects, build them, and execute what they ask for; return how many builds there were not before.

    Needs the token of an administrator.
    """
    worker = Worker(wire, seed)
    if not worker.is_new:
        return 0
    made = 0
    for name, runs in PROJECTS.items():
        wire.added("POST", "/projects/", {"name": name}, as_admin=True)
        for place in range(BUILDS):
            _build(wire, name, place, [(run, worker.tag) for run in runs])
            worker.work()
        # The last one waits, in part for ever.
        _build(wire, name, BUILDS, [(runs[0], worker.tag), (f"{runs[0]}-riscv", NOWHERE)])
        worker.work()
        made += BUILDS + 1
    return made


def _build(wire: Wire, project: str, place: int, runs: Sequence[tuple[str, str]]) -> None:
    definition = {
        "timeout": 30,
        "description": "made by the demo",
        "scripts": {"check": "#!/bin/sh -e\nmake check\n"},
        "triggers": [
            {
                "name": "main",
                "type": "simple",
                "runs": [
                    {"name": name, "container": "debian:13", "host-tag": tag, "script": "check"} for name, tag in runs
                ],
            }
        ],
    }
    said = {"trigger-name": "main", "project-definition": definition, "reason": REASONS[place % len(REASONS)]}
    wire.send("POST", f"/projects/{quote(project)}/builds/", said, as_admin=True)


class Worker:
    """A build machine that pretends."""

    def __init__(self, wire: Wire, seed: int) -> None:
        """Register, and be enlisted, unless there is such a machine."""
        self.wire = wire
        self.rng = random.Random(f"worker {seed}")
        self.tag = f"demo-{seed}"
        self.path = f"/workers/{self.tag}-builder/"
        self.done = 0
        key = "".join(self.rng.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(32))
        self.shown = {"Authorization": f"Token {key}"}
        said = {
            "api_key": key,
            "distro": "Debian GNU/Linux 13",
            "mem_total": 16 * 2**30,
            "cpu_total": 8,
            "cpu_type": "x86_64",
            "concurrent_runs": 2,
            "host_tags": [self.tag],
        }
        self.is_new = wire.added("POST", self.path, said)
        if self.is_new:
            wire.send("POST", f"{self.path}enlist", as_admin=True)

    def work(self) -> None:
        """Ask for runs and execute them until there is none left."""
        while given := self._asked():
            for rundef in map(json.loads, given):
                self._execute(rundef)

    def _asked(self) -> Sequence[str]:
        answer = self.wire.send("GET", f"{self.path}?{HOW_IT_IS}", headers=self.shown)
        found: Sequence[str] = answer["data"]["worker"].get("run-defs") or ()
        return found

    def _execute(self, rundef: Mapping[str, Any]) -> None:
        """Say that a run was executed; one of somebody else's is given back."""
        run = urlsplit(rundef["run_url"]).path
        key = {"Authorization": f"Token {rundef['api_key']}"}
        if rundef["project"] not in PROJECTS:
            self.wire.send("POST", run, b"", headers={**key, "X-RUN-STATUS": "QUEUED"})
            return
        self.done += 1
        failed = ("selftest" in run and self.done % 3 == 0) or self.rng.random() < 0.08
        self.wire.send("POST", run, _log(rundef), headers={**key, "X-RUN-STATUS": "RUNNING"})
        if "selftest" in run or "boot" in run:
            self._tests(f"{run}tests/smoke", key, failed=failed)
        self._artifacts(run, key)
        last = b"== FAILED: make check: exit status 2\n" if failed else b"== PASSED\n"
        self.wire.send("POST", run, last, headers={**key, "X-RUN-STATUS": "FAILED" if failed else "PASSED"})

    def _tests(self, path: str, key: Mapping[str, str], *, failed: bool) -> None:
        bad = TESTS[self.done % len(TESTS)] if failed else ""
        results = [
            {
                "name": name,
                "status": "FAILED" if name == bad else "PASSED",
                "output": f"{name}: {self.rng.random():.3f} s",
            }
            for name in TESTS
        ]
        self.wire.send("POST", path, {"context": "boot", "status": "RUNNING", "results": results}, headers=key)
        self.wire.send("PUT", path, {"context": "boot", "status": "FAILED" if failed else "PASSED"}, headers=key)

    def _artifacts(self, run: str, key: Mapping[str, str]) -> None:
        """Upload what a run left behind."""
        files = {"image.txt": b"this would be an image\n" * 40, "report/index.html": b"<h1>all of it</h1>\n"}
        places = self.wire.send("POST", f"{run}create_signed", list(files), headers=key)["data"]["urls"]
        for name, place in places.items():
            found = urlsplit(place["url"])
            self.wire.send(
                "PUT",
                f"{found.path}?{found.query}" if found.query else found.path,
                files[name],
                headers={**key, "Content-Type": place["content-type"]},
            )


def _log(rundef: Mapping[str, Any]) -> bytes:
    began = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    lines = [f"== {began} {rundef['project']} in {rundef['container']}", "+ make check"]
    lines += [f"  CC      src/part{number:03}.o" for number in range(160)]
    lines += ["src/clock.c:118:9: warning: unused variable 'drift' [-Wunused-variable]", "  LD      image"]
    return ("\n".join(lines) + "\n").encode()
