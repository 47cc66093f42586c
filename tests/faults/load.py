"""Clients that report without a pause while something is done to the service, and keep what went wrong."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.waiting import until

# On all servers together.
CLIENTS = 4
# On a busy machine a restart takes as long as half a minute.
PATIENCE_S = 90


class Reporter(threading.Thread):
    """One client, with a run of its own."""

    def __init__(self, port: int, number: int, stop: threading.Event) -> None:
        super().__init__()
        self.port, self.path, self.stop = port, f"/runs/load{port}x{number}/jobs/", stop
        self.done = 0
        self.wrong: list[str] = []
        # Half of the clients keep their connection, the others come anew each time.
        self.keeps = number % 2 == 0

    def run(self) -> None:
        """Create a job, report on it and look at it, again and again, until told to stop."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        while not self.stop.is_set():
            key = str(self.done)
            self._send(connection, "POST", self.path, {"job_id": key, "status": "running"})
            self._send(connection, "PUT", f"{self.path}{key}/", {"status": "pass"})
            self._send(connection, "GET", f"{self.path}{key}/", None)
            self.done += 1
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, method: str, path: str, body: object) -> None:
        try:
            connection.request(method, path, body and json.dumps(body))
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                self.wrong.append(f"{method} {path}: {answer.status} {said!r}")
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{method} {path}: {error!r}")
            connection.close()
        if not self.keeps:
            connection.close()


class Load:
    """Reporters at work on the servers at ``ports``."""

    def __init__(self, *ports: int) -> None:
        self.stop = threading.Event()
        self.reporters = [
            Reporter(port, number, self.stop) for port in ports for number in range(CLIENTS // len(ports))
        ]

    def goes_on(self) -> None:
        """Wait until every reporter has done something from beginning to end."""
        before = [reporter.done for reporter in self.reporters]
        until(lambda: all(r.done > was + 1 for r, was in zip(self.reporters, before, strict=True)), PATIENCE_S)

    def wrong(self) -> list[str]:
        """Return every request that failed, and why."""
        return [wrong for reporter in self.reporters for wrong in reporter.wrong]


@contextmanager
def load(*ports: int) -> Iterator[Load]:
    """Give reporters at work; at the end each of their jobs is there, as the last word on it was."""
    made = Load(*ports)
    for reporter in made.reporters:
        reporter.start()
    try:
        made.goes_on()
        yield made
        made.goes_on()
    finally:
        made.stop.set()
        for reporter in made.reporters:
            reporter.join()
    for reporter in made.reporters:
        assert {"pass": reporter.done} == passed(reporter)


def passed(reporter: Reporter) -> dict[str, int]:
    """Return how many jobs of a reporter there are, by status."""
    connection = http.client.HTTPConnection("127.0.0.1", reporter.port, timeout=PATIENCE_S)
    connection.request("GET", f"{reporter.path}?fields=status")
    jobs = json.loads(connection.getresponse().read())
    connection.close()
    return {status: sum(job["status"] == status for job in jobs) for status in {job["status"] for job in jobs}}
