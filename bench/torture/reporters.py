"""The load: each reporter creates jobs, pops others, reports on what it owns, and locks machines in between.

A job has one writer at a time. Every write carries a tag of its own in several fields, so that whoever reads the job
knows which write is stored, and whether all of it is.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from bench.torture.history import Client, Entry, History

QUEUE = "torture"
MACHINE_TYPE = "torture"
FINAL = ("pass", "fail", "dead")
TAGS = 60
HEARTBEATS = 3
PAUSE_S = 0.06


class Reporter(threading.Thread):
    """One client of the service, for as long as it is not told to stop."""

    def __init__(self, number: int, seed: int, history: History, url: str, lease_s: float) -> None:
        super().__init__(daemon=True, name=f"r{number}")
        self.run_name = f"torture-2026-01-01_00:00:00-smoke-main-distro-default-r{number}"
        self.client = Client(history, self.name, url)
        self.random = random.Random(f"{seed}/{number}")
        self.lease_s = lease_s
        self.stopping = threading.Event()
        self.jobs = self.tags = 0

    def run(self) -> None:
        """Live one short life after the other."""
        while not self.stopping.is_set():
            self.random.choice((self._own_job, self._own_job, self._queue_job, self._popped_job, self._machines))()
        self._free()

    def _own_job(self) -> None:
        subject = self._create("waiting")
        if subject:
            self._live(subject)

    def _queue_job(self) -> None:
        self._create("queued", queue=QUEUE)

    def _popped_job(self) -> None:
        popped = self.client.send("pop", QUEUE, "GET", f"/queue/pop_queue?queue={QUEUE}")
        self._pause()
        if not popped.acknowledged or popped.answer is None:
            return
        subject = f"{popped.answer['name']}/{popped.answer['job_id']}"
        # Where the lease may be over, somebody else may have the job: it is theirs, then.
        mine_until = popped.sent + self.lease_s / 2
        self._live(subject, lambda: time.monotonic() < mine_until)

    def _live(self, subject: str, mine: Callable[[], bool] = lambda: True) -> None:
        if not self._insist(lambda: self._report(subject, "running"), mine):
            return
        for _ in range(self.random.randrange(HEARTBEATS)):
            self._report(subject, "running")
            if self.random.random() < 0.5:
                self._read(subject)
        final = self.random.choice(FINAL)
        self._insist(lambda: self._report(subject, final))

    def _create(self, status: str, **more: Any) -> str:
        """Create a job; return what it is called once it is there, blank when that is not known."""
        self.jobs += 1
        subject = f"{self.run_name}/{self.jobs}"

        while not self.stopping.is_set():
            body = self._document(status) | more | {"job_id": str(self.jobs)}
            said = {"tag": body["owner"], "status": status}
            entry = self.client.send("create", subject, "POST", f"/runs/{self.run_name}/jobs/", body, said)
            self._pause()
            # After a try that was not answered the next one may hear that the job exists.
            if entry.acknowledged or "already exists" in str(entry.answer):
                return subject
        return ""

    def _report(self, subject: str, status: str) -> Entry:
        run, _, key = subject.rpartition("/")
        body = self._document(status)
        said = {"tag": body["owner"], "status": status}
        entry = self.client.send("report", subject, "PUT", f"/runs/{run}/jobs/{key}/", body, said)
        self._pause()
        return entry

    def _read(self, subject: str) -> None:
        run, _, key = subject.rpartition("/")
        self.client.send("read", subject, "GET", f"/runs/{run}/jobs/{key}/")

    def _document(self, status: str) -> dict[str, Any]:
        self.tags += 1
        tag = f"{self.name}-{self.tags}"
        return {
            "name": self.run_name,
            "status": status,
            "owner": tag,
            "archive_path": f"/archive/{tag}",
            "description": f"smoke/{tag}",
            "overrides": {"tags": [tag] * TAGS},
        }

    def _machines(self) -> None:
        """Lock some machines, keep them a moment, give them back."""
        body = {"count": self.random.randint(1, 3), "locked_by": self.name, "machine_type": MACHINE_TYPE}
        locked = self.client.send("lock", self.name, "POST", "/nodes/lock_many/", {**body, "description": None})
        self._pause()
        if locked.acknowledged:
            self._unlock([machine["name"] for machine in locked.answer])
        elif locked.status == 0 or "only" not in str(locked.answer):
            self._free()

    def _unlock(self, names: list[str]) -> Entry:
        body = {"names": names, "locked_by": self.name}
        return self.client.send("unlock", self.name, "POST", "/nodes/unlock_many/", body, {"names": names})

    def _free(self) -> None:
        """Give back whatever is locked for this reporter, those machines too of which no answer told."""
        while True:
            path = f"/nodes/?locked=1&locked_by={self.name}"
            held = self.client.send("held", self.name, "GET", path)
            names = [machine["name"] for machine in held.answer] if held.acknowledged else []
            if held.acknowledged and (not names or self._unlock(names).acknowledged):
                return
            self._pause()

    def _insist(self, act: Callable[[], Entry], mine: Callable[[], bool] = lambda: True) -> bool:
        while mine() and not self.stopping.is_set():
            if act().acknowledged:
                return True
        return False

    def _pause(self) -> None:
        time.sleep(self.random.uniform(0, PAUSE_S))
