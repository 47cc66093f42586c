"""Requests that wait for something to happen: put aside without a thread or a connection, and tried again.

A handler that has nothing to say yet returns :class:`Later`. Where the server can put requests aside (``web.worker``),
the request is tried again from its beginning until there is an answer or its time is over; elsewhere it is answered at
once. Whatever it did not answer it did not do: each try is a unit of work of its own, which changed nothing that its
client could tell.
"""

import socket
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from paddles.errors import Unavailable
from paddles.web.watch import Watch

# Between two tries, in seconds: soon at first, then more and more patient.
SOONEST, LATEST, PATIENCE = 0.2, 2.0, 0.1


@dataclass(frozen=True)
class Waited:
    """For how long the request at hand was put aside so far, and what its handler noted when it was."""

    seconds: float
    memo: Any = None


# None where the server cannot put requests aside.
WAITED: ContextVar[Waited | None] = ContextVar("waited", default=None)


@dataclass(frozen=True)
class Later:
    """What to answer, or to refuse with, when nothing happens within ``seconds`` of the request's arrival.

    With ``keys`` it is tried again when the watch has seen one of them, and not before; without, from time to time.
    ``memo`` is what the handler finds in its ``call`` when it is tried again.
    """

    answer: Any
    seconds: float
    keys: tuple[str, ...] = ()
    memo: Any = None


class Parked(BaseException):
    """Leaves a request, past everything that turns errors into answers, to the server that is to try it again."""

    def __init__(self, seconds: float, later: Later, watch: Watch | None, stamp: int) -> None:
        super().__init__(f"to be tried again in {seconds:.1f} s")
        self.seconds, self.later, self.watch, self.stamp = seconds, later, watch, stamp


def settled(answer: Any, watch: Watch | None = None, stamp: int = 0) -> Any:
    """Return an answer, or put the request at hand aside when it may wait longer for a better one. Raises Parked.

    ``stamp`` is the watch's of a moment before the handler looked.
    """
    if not isinstance(answer, Later):
        return answer
    waited = WAITED.get()
    if waited is None or waited.seconds >= answer.seconds:
        return answer.answer
    left = answer.seconds - waited.seconds
    again = left if answer.keys and watch else min(LATEST, SOONEST + PATIENCE * waited.seconds)
    raise Parked(min(again, left), answer, watch, stamp)


def memo() -> Any:
    """Return what the handler of the request at hand noted when it was put aside; None at its first try."""
    waited = WAITED.get()
    return waited.memo if waited else None


def present(environ: Mapping[str, Any]) -> None:
    """Make sure that somebody is there for the answer, as far as the server can tell.

    Raises:
        Unavailable: nobody is; what was done for the request is undone.
    """
    sock = environ.get("gunicorn.socket")
    if type(sock) is not socket.socket:
        return  # encrypted: what is there cannot be looked at without being taken
    try:
        gone = not sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return
    except OSError:
        gone = True
    if gone:
        raise Unavailable("the client has left")
