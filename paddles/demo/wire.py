"""HTTP as clients speak it: connections that are kept, one for each thread; JSON there and back."""

import http.client
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

from paddles.errors import Invalid, Unavailable

TIMEOUT_S = 60
CONNECTIONS = 4
KINDS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
LONGEST_REASON = 300
# What says that somebody, an earlier demo perhaps, was here before.
THERE = ("already exists", "there is a")
Sent = TypeVar("Sent")


class Refused(Invalid):
    """The service said no; ``status`` is that of its answer, the message its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Wire:
    """The service at ``url``. ``token``, if there is one, is shown where a request asks for it."""

    def __init__(self, url: str, token: str = "") -> None:
        try:
            found = urlsplit(url if "://" in url else f"http://{url}")
            self.host, self.port = found.hostname or "", found.port
        except ValueError:
            raise Invalid(f"{url} is no address") from None
        if found.scheme not in KINDS or not self.host:
            raise Invalid(f"{url} is no http:// or https:// address")
        self.url = f"{found.scheme}://{found.netloc.rpartition('@')[2]}"
        self.base = found.path.rstrip("/")
        self.token = token
        self.kept = threading.local()
        self.pool = ThreadPoolExecutor(CONNECTIONS)
        self.kind = KINDS[found.scheme]

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        as_admin: bool = False,
    ) -> Any:
        """Send a request and return what it is answered: JSON decoded, else bytes. A body is JSON, or the bytes it is.

        Raises:
            Refused: the answer is not 2xx.
            Unavailable: nobody answers.
        """
        said = {"Authorization": f"Bearer {self.token}"} if as_admin else {}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if content is not None else {}
        try:
            status, answer = self._asked(method, path, content, {**kind, **said, **(headers or {})})
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"cannot reach {self.url}: {error}") from None
        if not 200 <= status < 300:
            raise Refused(status, f"{method} {path} answers {status}: {_reason(answer)}")
        return _decoded(answer)

    def added(self, method: str, path: str, body: Any = None, **how: Any) -> bool:
        """Send what adds something, and say whether it did: False where such a thing is there already."""
        try:
            self.send(method, path, body, **how)
        except Refused as error:
            if error.status in (400, 409) and any(words in str(error) for words in THERE):
                return False
            raise
        return True

    def each(self, work: Callable[[Sent], Any], things: Iterable[Sent]) -> list[Any]:
        """Do the same with all of some things, several at once, and return the results in their order."""
        return list(self.pool.map(work, things))

    def close(self) -> None:
        """Let go of threads and connections."""
        self.pool.shutdown(cancel_futures=True)

    def _asked(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = getattr(self.kept, "connection", None)
        if connection is not None:
            try:
                return self._answered(connection, method, path, content, headers)
            except (http.client.RemoteDisconnected, ConnectionError):
                # It was kept too long: a server closes what it has not heard of.
                connection.close()
        self.kept.connection = self.kind(self.host, self.port, timeout=TIMEOUT_S)
        return self._answered(self.kept.connection, method, path, content, headers)

    def _answered(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> tuple[int, bytes]:
        connection.request(method, self.base + path, content, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()


def _decoded(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return answer


def _reason(answer: bytes) -> str:
    said = _decoded(answer)
    words = said.get("message") or said.get("detail") if isinstance(said, dict) else answer.decode(errors="replace")
    return " ".join(str(words).split())[:LONGEST_REASON]
