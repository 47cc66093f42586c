"""Clients that ask at the same time, each on one kept connection."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Counted:
    """What was measured: seconds of each request, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    def figures(self) -> dict[str, Any]:
        """Return requests per second, the median and the 99th percentile in milliseconds, and how many failed."""
        times = sorted(self.seconds) or [0.0]
        return {
            "per_s": round(len(self.seconds) / self.wall_s, 1) if self.wall_s else 0.0,
            "p50_ms": round(1000 * times[len(times) // 2], 1),
            "p99_ms": round(1000 * times[int(len(times) * 0.99)], 1),
            "failed": len(self.errors),
        }


class Client:
    """One connection to the service."""

    def __init__(self, url: str, counted: Counted) -> None:
        address = urlsplit(url)
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        self.counted = counted

    def send(self, method: str, path: str, body: Any = None, *, expected: tuple[int, ...] = (200,)) -> Any:
        """Send a request, count it and return its JSON, None when it was refused."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        begun = time.perf_counter()
        self.connection.request(method, path, data)
        answer = self.connection.getresponse()
        said = answer.read()
        self.counted.seconds.append(time.perf_counter() - begun)
        if answer.status not in expected:
            self.counted.errors.append(f"{method} {path}: {answer.status} {said[:200]!r}")
        return json.loads(said) if answer.status == 200 else None


def together(url: str, number: int, work: Callable[[Client, int], None]) -> Counted:
    """Have so many clients do ``work(client, number of the client)`` at the same time, and return what was measured."""
    counted = Counted()

    def one(at: int) -> None:
        try:
            work(Client(url, counted), at)
        except (OSError, http.client.HTTPException) as error:
            counted.errors.append(repr(error))

    threads = [threading.Thread(target=one, args=(at,)) for at in range(number)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted.wall_s = time.perf_counter() - begun
    return counted


def share(all_of_it: list[Any], at: int, number: int) -> Iterator[Any]:
    """Yield the part of a list that is the work of one of so many clients."""
    return iter(all_of_it[at::number])
