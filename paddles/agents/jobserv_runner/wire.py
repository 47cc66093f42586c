"""HTTP as the runner speaks it: one request, one answer. Nothing is followed, and no status is an exception."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import IO, Any, NamedTuple

TIMEOUT_S = 15


class Unreachable(OSError):
    """No whole answer came: nobody knows whether the request was heard."""


class Answer(NamedTuple):
    """What a server answered; names of headers are found in any case."""

    status: int
    headers: Message[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        """Whether it is one of the answers that say yes."""
        return 200 <= self.status < 300

    def data(self) -> Any:
        """Return what the envelope of a good answer holds.

        Raises:
            Unreachable: this is no such envelope.
        """
        try:
            return json.loads(self.body)["data"]
        except (ValueError, KeyError, TypeError) as error:
            raise Unreachable(f"an answer that cannot be read: {self.body[:200]!r}") from error


class _Stay(urllib.request.HTTPRedirectHandler):
    """Does not follow: what has a token is for the server that it was made for."""

    def redirect_request(self, *_: Any) -> None:
        """Say that there is no other request to make."""


def send(
    method: str,
    url: str,
    body: bytes | IO[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Answer:
    """Send a request and return the answer, whatever its status.

    A body that is an open file is sent as it is read; it needs a header ``Content-Length``.

    Raises:
        Unreachable: there was no answer within ``timeout_s``, or no whole one.
    """
    if not url.startswith(("http://", "https://")):
        raise Unreachable(f"{url!r} is no address of a server")
    try:
        request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
        with urllib.request.build_opener(_Stay).open(request, timeout=timeout_s) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return _refusal(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{method} {url}: {error or type(error).__name__}") from error


def _refusal(error: urllib.error.HTTPError) -> Answer:
    with error:
        try:
            return Answer(error.code, error.headers, error.read())
        except (OSError, http.client.HTTPException):
            return Answer(error.code, error.headers, b"")
