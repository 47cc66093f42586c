"""Clients that publish and follow events over the wire, and go on whatever becomes of the server."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.controllers.kernelci.wire import Person

PATIENCE_S = 10
# What a client sees of a server that is killed.
BROKEN = (OSError, http.client.HTTPException, ValueError)


class Client(threading.Thread):
    """One client of the server at a port, until it is told to stop."""

    def __init__(self, port: int, who: Person, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.who, self.stop = port, who, stop

    def work(self) -> None:
        """Do what it is for until something breaks."""
        raise NotImplementedError

    def run(self) -> None:
        """Do it again and again."""
        while not self.stop.is_set():
            try:
                self.work()
            except BROKEN:
                self.stop.wait(0.05)

    @contextmanager
    def asked(self, method: str, path: str, body: Any = None, **headers: str) -> Iterator[http.client.HTTPResponse]:
        """Send a request on a connection of its own; anything but a 200 is an error like any other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        said = {"Authorization": f"Bearer {self.who.token}", **headers}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), said)
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError(answer.status)
            yield answer
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the JSON that it is answered with."""
        with self.asked(method, path, body) as answer:
            return json.loads(answer.read())


class Writer(Client):
    """Publishes one thing after the other, each once: what was not answered may have been kept or not."""

    def __init__(self, port: int, who: Person, stop: threading.Event, name: str) -> None:
        super().__init__(port, who, stop)
        self.called, self.number, self.answered = name, 0, list[str]()

    def work(self) -> None:
        """Publish the next."""
        self.number += 1
        said = f"{self.called}-{self.number}"
        self.ask("POST", "/latest/publish/c", {"data": said})
        self.answered.append(said)
        self.stop.wait(0.01)


class Listener(Client):
    """Follows the channel; ``heard`` are the places and the data of what it got, each place once."""

    def __init__(self, port: int, who: Person, stop: threading.Event) -> None:
        super().__init__(port, who, stop)
        self.heard: list[tuple[str, str]] = []

    @property
    def last(self) -> str:
        """The place of what it got last."""
        return self.heard[-1][0] if self.heard else ""

    def take(self, event: Any) -> None:
        """Note an event; one that comes again, because it was not known that it had come, is no news."""
        if event["data"] != "BEEP" and event["sequence"] > self.last:
            self.heard.append((event["sequence"], event["data"]))


class Durable(Listener):
    """Subscribes with an id, and again after every error, as the services of KernelCI's pipeline do."""

    def work(self) -> None:
        """Listen until something breaks."""
        number = self.ask("POST", "/latest/subscribe/c?subscriber_id=durable&promisc=true")["id"]
        while not self.stop.is_set():
            self.take(json.loads(self.ask("GET", f"/latest/listen/{number}")["data"]))


class Steering(Listener):
    """Subscribes once, and says with every listen what it has."""

    number = 0

    def work(self) -> None:
        """Listen until something breaks."""
        self.number = self.number or self.ask("POST", "/latest/subscribe/c?promisc=true")["id"]
        while not self.stop.is_set():
            query = f"?ack={self.last}" if self.last else ""
            self.take(json.loads(self.ask("GET", f"/latest/listen/{self.number}{query}")["data"]))


class Streaming(Listener):
    """Reads the stream, and goes on behind the last event that it has read."""

    def work(self) -> None:
        """Read until something breaks."""
        known = {"Last-Event-ID": self.last} if self.last else {}
        with self.asked("GET", "/latest/events/stream?topics=c&after=0", **known) as answer:
            while not self.stop.is_set():
                line = answer.readline()
                if not line:
                    return
                if line.startswith(b"data: "):
                    self.take(json.loads(line[6:]))


def started(*clients: Client) -> None:
    """Start clients."""
    for client in clients:
        client.start()
