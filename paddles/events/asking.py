"""Requests to somebody else's server: to the place that was judged, bounded in time and size.

Where an answer points is not followed.
"""

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import NamedTuple, TypeVar

from paddles.events import targets
from paddles.events.targets import Refused

# For how long one step of a request, and the whole of it, may take.
STEP_S, WHOLE_S = 5.0, 10.0
PATIENCE_S = 20.0
T = TypeVar("T")


class Unreached(Exception):
    """Nothing was answered, and why."""


class Answer(NamedTuple):
    """What a server answers: its content up to the number of bytes that was asked for."""

    status: int
    content: bytes = b""


def ask(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, private: bool, most_bytes: int = 0
) -> Answer:
    """Return what a server answers; ``private`` lets ``url`` lead to this machine and to private networks.

    Raises:
        Unreached: the address leads where it may not, nobody answers there within ``WHOLE_S``, or with more than
            ``most_bytes`` where these are asked for.
    """
    try:
        target = targets.find(url, private=private)
        return _answer(targets.connection(target, STEP_S), method, target.path, body, headers, most_bytes)
    except Refused as error:
        raise Unreached(str(error)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreached(f"{type(error).__name__}: {error}") from None


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> str:
    """Send something; return why it was not taken, blank where it was."""
    try:
        status = ask("POST", url, body, headers, private=private).status
    except Unreached as error:
        return str(error)
    return "" if 200 <= status < 300 else f"answered with {status}"


def tell_each(due: Iterable[T], address: Callable[[T], Hashable], tell: Callable[[Sequence[T]], int]) -> int:
    """Tell every address at once what is due to it, and return how much was taken; ``tell`` takes those of one address.

    Nobody waits for those that take longer than ``PATIENCE_S``.
    """
    by_address: dict[Hashable, list[T]] = {}
    for each in due:
        by_address.setdefault(address(each), []).append(each)
    if not by_address:
        return 0
    pool = ThreadPoolExecutor(len(by_address), thread_name_prefix="telling")
    jobs = [pool.submit(tell, of_one) for of_one in by_address.values()]
    done = wait(jobs, PATIENCE_S).done
    pool.shutdown(wait=False)
    return sum(job.result() for job in done)


def _answer(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: Mapping[str, str],
    most_bytes: int,
) -> Answer:
    def give_up() -> None:
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE_S, give_up)
    timer.start()
    try:
        connection.request(method, path, body, dict(headers))
        # Where the server closes, the answer alone still holds the connection.
        with connection.getresponse() as answer:
            content = answer.read(most_bytes + 1) if most_bytes else b""
    finally:
        timer.cancel()
        connection.close()
    if len(content) > most_bytes:
        raise Unreached(f"answered with more than {most_bytes} bytes")
    return Answer(answer.status, content)
