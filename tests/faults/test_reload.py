"""SIGHUP: new workers take over, and no client notices."""

import http.client
import json
import os
import signal
import threading
from pathlib import Path

from tests.faults.servers import WORKERS, Server, served
from tests.waiting import until

CLIENTS = 4
RELOADS = 3


class Load(threading.Thread):
    """A client that reports without a pause and keeps what went wrong."""

    def __init__(self, server: Server, number: int, stop: threading.Event) -> None:
        super().__init__()
        self.server, self.path, self.stop = server, f"/runs/load{number}/jobs/", stop
        self.done = 0
        self.wrong: list[str] = []
        # Half of the clients keep their connection, the others come anew each time.
        self.keeps = number % 2 == 0

    def run(self) -> None:
        """Report until told to stop."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        while not self.stop.is_set():
            try:
                connection.request("POST", self.path, json.dumps({"job_id": str(self.done)}))
                answer = connection.getresponse()
                if answer.status != 200:
                    self.wrong.append(f"{answer.status} {answer.read()!r}")
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(repr(error))
                connection.close()
            self.done += 1
            if not self.keeps:
                connection.close()
        connection.close()


def test_a_reload_under_load_fails_no_request(place: Path, own_url: str) -> None:
    """Whatever was sent while workers were replaced, again and again, was answered with 200."""
    with served(place, own_url) as server:
        stop = threading.Event()
        load = [Load(server, number, stop) for number in range(CLIENTS)]
        for client in load:
            client.start()
        try:
            for _ in range(RELOADS):
                old, done = server.workers(), [client.done for client in load]
                os.kill(server.process.pid, signal.SIGHUP)
                until(lambda old=old: len(new := server.workers()) == WORKERS and not new & old, 60)
                until(lambda done=done: all(client.done > before for client, before in zip(load, done, strict=True)))
        finally:
            stop.set()
            for client in load:
                client.join()

        assert [] == [wrong for client in load for wrong in client.wrong]
        for client in load:
            answer = json.loads(server.send("GET", f"{client.path}?fields=job_id")[2])
            assert client.done == len(answer)


def test_workers_without_a_master_leave_the_address(place: Path, own_url: str) -> None:
    """When the master is killed, its workers end although their clients go on asking, and a new master can listen."""
    with served(place, own_url) as server:
        kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        workers = server.workers()
        server.process.kill()
        server.process.wait()

        until(lambda: gone(kept) and not any(Path(f"/proc/{pid}/fd").exists() for pid in workers))
        kept.close()

        with served(place, own_url, PADDLES_SERVER_PORT=str(server.port)) as successor:
            assert successor.answers()
            server.process = successor.process


def gone(kept: http.client.HTTPConnection) -> bool:
    """Ask once more on a kept connection; say whether the workers have hung up."""
    try:
        kept.auto_open = 0
        kept.request("GET", "/healthz")
        return kept.getresponse().read() == b""
    except (OSError, http.client.HTTPException):
        return True
