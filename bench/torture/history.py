"""What was asked, when, and what came back: kept in memory for the checks and on disk, one JSON line each."""

import http.client
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

OK = 200


@dataclass(frozen=True)
class Entry:
    """One request. ``status`` is 0 when no whole answer came; ``error`` then says why. Times are monotonic seconds."""

    who: str
    kind: str
    subject: str
    sent: float
    got: float
    status: int
    said: Mapping[str, Any] = field(default_factory=dict)
    answer: Any = None
    error: str = ""

    @property
    def acknowledged(self) -> bool:
        """Whether the service said that it is done."""
        return self.status == OK


class History:
    """Every entry, in the order in which they ended."""

    def __init__(self, path: Path) -> None:
        self.entries: list[Entry] = []
        self.lock = threading.Lock()
        self.file = path.open("w")

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        line = json.dumps(asdict(entry))
        with self.lock:
            self.entries.append(entry)
            self.file.write(line + "\n")

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the file."""
        self.file.close()


class Client:
    """One connection at a time to the service; what goes wrong becomes an entry and never an exception."""

    TIMEOUT_S = 8.0

    def __init__(self, history: History, who: str, url: str) -> None:
        address = urlsplit(url)
        self.history = history
        self.who = who
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self.TIMEOUT_S)

    def send(
        self,
        kind: str,
        subject: str,
        method: str,
        path: str,
        body: Any = None,
        said: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Send a request, record it with its answer, and return both."""
        sent = time.monotonic()
        status, answer, error = 0, None, ""
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body))
            response = self.connection.getresponse()
            text = response.read()
            answer = json.loads(text)
            status = response.status
        except (OSError, http.client.HTTPException, ValueError) as problem:
            # Also an answer that was cut short: then nothing was acknowledged.
            error = f"{type(problem).__name__}: {problem}"
            self.connection.close()
        entry = Entry(self.who, kind, subject, sent, time.monotonic(), status, said or {}, answer, error)
        self.history.add(entry)
        return entry
