"""What open pages cost those who report: rates of job updates alone and beside many streams, and a restart.

    python -m bench.tabs http://127.0.0.1:8080 [--tabs 300] [--jobs 2000] [--clients 8] [--rounds 3] [--pid PID]

Speaks to a running service. Each round puts the same updates on it twice, once with nobody listening and once with
``--tabs`` streams of ``/events/stream`` that follow the run which changes, in turns which comes first; the slowdown is
that of the medians. With ``--pid``, gunicorn's master, every process is replaced at the end while updates go on: each
stream connects again with the last id it was told, and must have heard of the last change when all is over.

Prints one line of JSON; exit code 1 when the slowdown is above a tenth, a stream missed something, or an update failed.
The machine must be at rest, and the service is to keep as many connections: ``live_connections`` in each process.
"""

import argparse
import http.client
import json
import os
import selectors
import signal
import socket
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from bench.loads.clients import Client, Counted, share, together
from bench.loads.scenarios import document

STREAM = "GET /events/stream?topics={} HTTP/1.1\r\nHost: x\r\n{}\r\n"
READ = 65536
# As the service says to clients, and for how long what happened last may be on its way.
RETRY_S, PATIENCE_S = 2.0, 30.0
MOST_SLOWER = 10.0


@dataclass(eq=False)
class Tab:
    """One stream: what of it is not a whole event yet, the last id, and when it may connect again."""

    sock: socket.socket | None = None
    rest: bytes = b""
    place: str = ""
    changes: int = 0
    connected: int = 0
    due: float = 0.0


class Tabs(threading.Thread):
    """Streams of a topic that one thread reads, each connected again when it ends, until they are to ``stop``."""

    def __init__(self, url: str, topic: str, many: int) -> None:
        super().__init__(daemon=True)
        address = urlsplit(url)
        self.to = (address.hostname or "", address.port or 80)
        self.topic, self.tabs = topic, [Tab() for _ in range(many)]
        self.selector = selectors.DefaultSelector()
        self.stopped = threading.Event()

    def run(self) -> None:
        """Read what comes."""
        while not self.stopped.is_set():
            now = time.monotonic()
            for tab in [tab for tab in self.tabs if tab.sock is None and tab.due <= now]:
                self._connect(tab)
            for key, _ in self.selector.select(0.1):
                self._read(key.data)
        for tab in self.tabs:
            if tab.sock:
                tab.sock.close()

    def stop(self) -> None:
        """Close all of them, and wait until that is done."""
        self.stopped.set()
        self.join()

    def open(self) -> int:
        """Return how many are connected, and were told the place up to which they know everything."""
        return sum(tab.sock is not None and bool(tab.place) for tab in self.tabs)

    def _connect(self, tab: Tab) -> None:
        tab.due = time.monotonic() + RETRY_S
        last = f"Last-Event-ID: {tab.place}\r\n" if tab.place else ""
        try:
            made = socket.create_connection(self.to, timeout=10)
            made.sendall(STREAM.format(quote(self.topic, safe=""), last).encode())
            made.setblocking(False)
        except OSError:
            return
        tab.sock, tab.rest = made, b""
        tab.connected += 1
        self.selector.register(made, selectors.EVENT_READ, tab)

    def _read(self, tab: Tab) -> None:
        assert tab.sock is not None
        try:
            came = tab.sock.recv(READ)
        except OSError:
            came = b""
        if not came:
            self.selector.unregister(tab.sock)
            tab.sock.close()
            tab.sock, tab.due = None, time.monotonic() + RETRY_S
            return
        *whole, tab.rest = (tab.rest + came).split(b"\n\n")
        for event in whole:
            tab.changes += b"event: changed" in event
            for line in event.split(b"\n"):
                tab.place = line[4:].decode() if line.startswith(b"id: ") else tab.place


def posted(url: str, run: str, jobs: int, clients: int) -> None:
    """Make the jobs of a run."""
    requests = [("POST", f"/runs/{run}/jobs/", document(key, "queued")) for key in range(jobs)]
    found = sent(url, requests, clients)
    if found.errors:
        raise ConnectionError(found.errors[0])


def updates(url: str, run: str, jobs: int, clients: int, status: str) -> Counted:
    """Report on each job of a run once."""
    requests = [("PUT", f"/runs/{run}/jobs/{key}/", document(key, status)) for key in range(jobs)]
    return sent(url, requests, clients)


def sent(url: str, requests: list[tuple[str, str, bytes]], clients: int) -> Counted:
    """Send requests, each client its share of them, one after the other."""

    def work(client: Client, at: int) -> None:
        for method, path, body in share(requests, at, clients):
            try:
                client.send(method, path, body)
            except (OSError, http.client.HTTPException):
                # A process that is replaced closes kept connections; all of these may be said twice.
                client = Client(url, client.counted)
                client.send(method, path, body)

    return together(url, clients, work)


def listening(url: str, run: str, many: int) -> Tabs:
    """Open so many streams, and wait until each has begun."""
    tabs = Tabs(url, f"run:{run}", many)
    tabs.start()
    until = time.monotonic() + PATIENCE_S
    while tabs.open() < many:
        if time.monotonic() > until:
            tabs.stop()
            raise ConnectionError(f"{tabs.open()} of {many} streams began: is live_connections large enough?")
        time.sleep(0.05)
    return tabs


def last_place(url: str, run: str) -> str:
    """Return the place of the last change of a run, as who was away for a minute is told; blank: nobody says it."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=30)
    place = ""
    try:
        connection.request("GET", f"/events/stream?topics={quote(f'run:{run}', safe='')}&age=60")
        for line in connection.getresponse():
            if line.startswith(b"event: changed"):
                return place
            place = line[4:].decode().strip() if line.startswith(b"id: ") else place
    except (OSError, http.client.HTTPException):
        # The process that was to say it is being replaced.
        pass
    finally:
        connection.close()
    return ""


def rounds(url: str, run: str, said: argparse.Namespace) -> tuple[list[float], list[float], list[str]]:
    """Return rates of updates alone, rates beside the streams, and what failed."""
    alone: list[float] = []
    beside: list[float] = []
    errors: list[str] = []

    def one(rates: list[float], tabs: int, status: str) -> None:
        crowd = listening(url, run, tabs) if tabs else None
        found = updates(url, run, said.jobs, said.clients, status)
        if crowd:
            crowd.stop()
        rates.append(len(found.seconds) / found.wall_s)
        errors.extend(found.errors)

    # The first one warms everything up, and is not counted.
    one([], 0, "running")
    for number in range(said.rounds):
        turns = [(alone, 0), (beside, said.tabs)]
        for at, (rates, tabs) in enumerate(turns if number % 2 == 0 else turns[::-1]):
            one(rates, tabs, ("waiting", "running")[at])
    return alone, beside, errors


def restarted(url: str, run: str, said: argparse.Namespace) -> dict[str, Any]:
    """Replace every process while updates go on; return who connected again, and who missed the end."""
    tabs = listening(url, run, said.tabs)
    restart = threading.Timer(1.0, os.kill, (said.pid, signal.SIGHUP))
    restart.start()
    found = updates(url, run, said.jobs, said.clients, "pass")
    restart.join()
    until, wanted = time.monotonic() + PATIENCE_S, ""
    while time.monotonic() < until:
        wanted = last_place(url, run)
        if wanted and all(tab.place >= wanted and tab.connected > 1 for tab in tabs.tabs):
            break
        time.sleep(0.5)
    tabs.stop()
    return {
        "connected_again": sum(tab.connected > 1 for tab in tabs.tabs),
        "missed": sum(not wanted or tab.place < wanted for tab in tabs.tabs),
        "failed": len(found.errors),
    }


def measure(said: argparse.Namespace) -> dict[str, Any]:
    """Return the figures."""
    run = f"bench-tabs-{int(time.time())}"
    posted(said.url, run, said.jobs, said.clients)
    alone, beside, errors = rounds(said.url, run, said)
    before, after = statistics.median(alone), statistics.median(beside)
    found: dict[str, Any] = {
        "tabs": said.tabs,
        "alone_per_s": [round(each, 1) for each in alone],
        "beside_per_s": [round(each, 1) for each in beside],
        "slower_percent": round(100 * (1 - after / before), 1),
        "failed": len(errors),
    }
    return found | ({"restart": restarted(said.url, run, said)} if said.pid else {})


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    for name, usual in (("tabs", 300), ("jobs", 2000), ("clients", 8), ("rounds", 3), ("pid", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    found = measure(parser.parse_args())
    print(json.dumps(found))
    restart = found.get("restart", {"missed": 0, "failed": 0, "connected_again": found["tabs"]})
    lost = restart["missed"] + restart["failed"] + found["failed"] + found["tabs"] - restart["connected_again"]
    return 1 if lost or found["slower_percent"] > MOST_SLOWER else 0


if __name__ == "__main__":
    sys.exit(main())
