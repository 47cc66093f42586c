"""What is done to the service, by a seeded hand: processes killed, the disk filled; and how soon it recovers."""

import contextlib
import os
import random
import signal
import time

from bench.torture.disks import full
from bench.torture.history import Client, Entry, History
from bench.torture.processes import Service, alive, until

KILLS = ("worker", "worker", "backend", "backend", "sweeper", "guard", "postmaster", "master")
# What dies while it cannot write what it would like to.
WHILE_FULL = ("postmaster", "backend", "worker")
FULL_S = 4.0
CANARY = "torture-2026-01-01_00:00:00-smoke-main-distro-default-canary"
# How long a recovery is watched beyond what is allowed, so that the report can say how long it took.
PATIENCE_S = 60


class Tormentor:
    """Does one fault after the other, each when the service has recovered from the one before."""

    def __init__(self, service: Service, history: History, seed: int, *, disk: bool) -> None:
        self.service = service
        self.history = history
        self.probe = Client(history, "canary", service.url)
        self.random = random.Random(seed)
        self.kinds = [*KILLS, *(["disk"] if disk else [])]
        self.recoveries: list[tuple[str, float]] = []

    def torment(self, until_time: float) -> None:
        """Go on until a moment of the monotonic clock, each kind of fault as often as the others."""
        bag: list[str] = []
        while time.monotonic() < until_time:
            bag = bag or self.random.sample(self.kinds, len(self.kinds))
            self._fault(bag.pop())
            time.sleep(self.random.uniform(0.5, 1.5))

    def answers(self) -> bool:
        """Say whether a write is acknowledged, on a connection of its own."""
        self.probe.connection.close()
        body = {"job_id": "1", "status": "running"}
        entry = self.probe.send("canary", CANARY, "PUT", f"/runs/{CANARY}/jobs/1/", body)
        if entry.status == 404:
            entry = self.probe.send("canary", CANARY, "POST", f"/runs/{CANARY}/jobs/", body)
        return entry.acknowledged

    def recovered(self, killed: int = 0) -> bool:
        """Say whether all is there again and answers."""
        return not alive(killed) and self.service.whole() and self.answers()

    def _fault(self, kind: str) -> None:
        begun = time.monotonic()
        killed = self._fill() if kind == "disk" else self._kill(kind)
        ended = time.monotonic()
        took = until(lambda: self.recovered(killed), PATIENCE_S)
        self.recoveries.append((kind, took))
        self.history.add(Entry("tormentor", "fault", kind, begun, ended, 0, {"pid": killed, "recovered_s": took}))

    def _kill(self, kind: str) -> int:
        """Kill a process of a kind without warning; return it, 0 when there is none at this moment."""
        victims = self.service.victims(kind)
        if not victims:
            return 0
        killed = self.random.choice(victims)
        with contextlib.suppress(ProcessLookupError):
            os.kill(killed, signal.SIGKILL)
        return killed

    def _fill(self) -> int:
        """Leave no space for a while, in which something is killed too; return what was."""
        with full(self.service.home):
            time.sleep(FULL_S / 2)
            killed = self._kill(self.random.choice(WHILE_FULL))
            time.sleep(FULL_S / 2)
        return killed
