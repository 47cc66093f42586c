"""How soon an event reaches those who wait for it: many server-sent event streams, and one who publishes at a rate.

    python -m bench.listeners http://127.0.0.1:8080 --token TOKEN [--listeners 100] [--rate 50] [--seconds 20]

Speaks to a running service; the token may publish (KernelCI's ``POST /latest/publish/<channel>``). Run other load
beside it to see what each costs the other. Prints one line of JSON, times in milliseconds from before an event is sent
to when a listener has read it; exit code 1 when an event did not come to each listener once and in order.
"""

import argparse
import http.client
import json
import selectors
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

CHANNEL = "bench"
STREAM = "GET /latest/events/stream?topics={} HTTP/1.1\r\nHost: x\r\n\r\n"
# For so long what was published last may be on its way.
PATIENCE_S = 10
READ = 65536


@dataclass
class Listener:
    """One stream: what of it is not a whole event yet, and the number of each event that came."""

    socket: socket.socket
    rest: bytes = b""
    numbers: list[int] = field(default_factory=list)


class Crowd:
    """Streams that one thread reads, and how long each event was on its way to each of them, in seconds."""

    def __init__(self, address: SplitResult, many: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.delays: list[float] = []
        self.listeners = [self._open(address) for _ in range(many)]

    def _open(self, address: SplitResult) -> Listener:
        listener = Listener(socket.create_connection((address.hostname or "", address.port or 80)))
        listener.socket.sendall(STREAM.format(CHANNEL).encode())
        # The head of the answer: the stream has begun when it is there.
        listener.rest = listener.socket.recv(READ)
        listener.socket.setblocking(False)
        self.selector.register(listener.socket, selectors.EVENT_READ, listener)
        return listener

    def read(self, wait_s: float) -> None:
        """Read what has come."""
        for key, _ in self.selector.select(wait_s):
            listener: Listener = key.data
            came = listener.socket.recv(READ)
            if not came:
                raise ConnectionError("a stream was closed")
            now = time.time()
            *whole, listener.rest = (listener.rest + came).split(b"\n\n")
            for each in whole:
                self._note(listener, each, now)

    def _note(self, listener: Listener, event: bytes, now: float) -> None:
        for line in event.split(b"\n"):
            if line.startswith(b"data: "):
                said = json.loads(line[6:])["data"]
                listener.numbers.append(said["number"])
                self.delays.append(now - said["at"])


class Publisher(threading.Thread):
    """Publishes events, each with its number and the moment, so many a second."""

    def __init__(self, address: SplitResult, token: str, rate: float, many: int) -> None:
        super().__init__()
        self.address, self.token, self.rate, self.many = address, token, rate, many
        self.sent = 0

    def run(self) -> None:
        """Publish them all, as if each request began when it should have."""
        client = http.client.HTTPConnection(self.address.hostname or "", self.address.port or 80, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        begun = time.time()
        for number in range(self.many):
            time.sleep(max(0.0, begun + number / self.rate - time.time()))
            body = json.dumps({"data": {"number": number, "at": time.time()}})
            client.request("POST", f"/latest/publish/{CHANNEL}", body, headers)
            answer = client.getresponse()
            if answer.status >= 300:
                raise ConnectionError(f"{answer.status} {answer.read()[:200]!r}")
            answer.read()
            self.sent += 1


def measure(address: SplitResult, token: str, listeners: int, rate: float, seconds: float) -> dict[str, float]:
    """Return how many events went out and came in, and the delays."""
    crowd = Crowd(address, listeners)
    publisher = Publisher(address, token, rate, int(rate * seconds))
    publisher.start()
    until = time.time() + seconds + PATIENCE_S
    while time.time() < until and (publisher.is_alive() or len(crowd.delays) < publisher.sent * listeners):
        crowd.read(0.1)
    publisher.join()
    delays = sorted(crowd.delays) or [0.0]
    wrong = sum(each.numbers != list(range(publisher.many)) for each in crowd.listeners)
    found: dict[str, float] = {
        "listeners": listeners,
        "sent": publisher.sent,
        "received": len(crowd.delays),
        "listeners_that_missed": wrong,
    }
    for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99), ("max_ms", 1.0)):
        found[name] = round(1000 * delays[min(len(delays) - 1, int(share * len(delays)))])
    return found


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--token", required=True)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    said = parser.parse_args()
    found = measure(urlsplit(said.url), said.token, said.listeners, said.rate, said.seconds)
    print(json.dumps(found))
    return 1 if found["listeners_that_missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
