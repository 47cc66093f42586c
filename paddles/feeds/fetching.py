"""Requests to a source: on a kept session, tried again where nobody answers, bounded in time and size."""

import logging
import time
from collections.abc import Iterator, Mapping
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from paddles import __version__
from paddles.feeds.sources import Missing, Unreached, Wait

log = logging.getLogger(__name__)

# How long is waited before each further attempt, in seconds.
PAUSES_S = (2, 4, 8, 16, 32)
STEP_S, WHOLE_S = 30.0, 300.0
PIECE = 2**16
# Where a server asks for patience, or fails, it may answer another time.
PASSING = (408, 429, *range(500, 600))
AT_ONCE = 4
NONE: Mapping[str, str] = MappingProxyType({})


class Answer(NamedTuple):
    """What a server answers."""

    status: int
    content: bytes


class Site:
    """A server, or several that belong together: connections are kept, and what it says in cookies."""

    def __init__(self, wait: Wait, most_bytes: int) -> None:
        """Wait as told between attempts, and take at most so many bytes of one answer."""
        self._wait, self._most_bytes = wait, most_bytes
        self._pool = urllib3.PoolManager(
            maxsize=AT_ONCE,
            headers={"User-Agent": f"paddles/{__version__}", "Accept-Encoding": "gzip"},
            timeout=urllib3.Timeout(STEP_S),
            retries=urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=5),
        )
        # By host, and put in place as a whole: several requests are made at once.
        self._cookies: dict[str, dict[str, str]] = {}

    def get(self, url: str, headers: Mapping[str, str] = NONE) -> Answer:
        """Return what is at an address, whatever its status, after up to five further attempts.

        Raises:
            Unreached: nobody answers, or again and again that it cannot now.
            Missing: what is there is too much.
        """
        fault, shown = "", plain(url)
        for pause in (*PAUSES_S, None):
            try:
                answer = self._ask("GET", url, None, headers)
            except (HTTPError, OSError) as error:
                fault = reason(error)
            else:
                if answer.status not in PASSING:
                    return answer
                fault = f"it answers {answer.status}"
            if pause is not None:
                log.info("%s: %s; again in %d s", shown, fault, pause)
                self._wait(pause)
        raise Unreached(f"{shown}: {fault}")

    def post(self, url: str, content: bytes, headers: Mapping[str, str] = NONE) -> Answer:
        """Send a content as it is, once, and return the answer. Raises Unreached."""
        try:
            return self._ask("POST", url, content, headers)
        except (HTTPError, OSError) as error:
            raise Unreached(f"{plain(url)}: {reason(error)}") from None

    def json(self, url: str, headers: Mapping[str, str] = NONE) -> Any:
        """Return the JSON at an address. Raises Unreached where there is none."""
        answer = self.get(url, headers)
        if answer.status != 200:
            raise Unreached(f"{plain(url)}: it answers {answer.status}")
        return decoded(url, answer.content)

    def _ask(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        host = urlsplit(url).netloc
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.get(host, {}).items())
        said = {**self._pool.headers, **headers, **({"Cookie": cookies} if cookies else {})}
        # What is posted is not taken where the answer leads elsewhere: a client would only look there.
        options: dict[str, Any] = {"preload_content": False, "redirect": method == "GET"}
        answer = self._pool.request(method, url, body=content, headers=said, **options)
        try:
            for each in answer.headers.getlist("Set-Cookie"):
                self._remember(host, each)
            return Answer(answer.status, b"".join(self._pieces(url, answer)))
        except BaseException:
            # What is left of it is not read: this connection is of no more use.
            answer.close()
            raise
        finally:
            answer.release_conn()

    def _pieces(self, url: str, answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        size, until = 0, time.monotonic() + WHOLE_S
        for piece in answer.stream(PIECE, decode_content=True):
            size += len(piece)
            if size > self._most_bytes:
                raise Missing(f"{plain(url)}: it has more than {self._most_bytes} bytes")
            if time.monotonic() > until:
                raise TimeoutError(f"it takes longer than {WHOLE_S:g} s")
            yield piece

    def _remember(self, host: str, said: str) -> None:
        try:
            found = {name: morsel.coded_value for name, morsel in SimpleCookie(said).items()}
        except CookieError:
            log.debug("%s gives a cookie that is none", host)
            return
        self._cookies = {**self._cookies, host: {**self._cookies.get(host, {}), **found}}


def decoded(url: str, content: bytes) -> Any:
    """Return what JSON says. Raises Unreached where it is none."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        raise Unreached(f"{plain(url)}: it answers no JSON") from None


def plain(url: str) -> str:
    """Return an address as it may be told: without its query, which may be a key to it."""
    return url.partition("?")[0]


def reason(error: Exception) -> str:
    """Return why nothing was answered; a pool's own words would tell the whole address."""
    cause = getattr(error, "reason", None) or error
    return f"{type(cause).__name__}: {cause}"
