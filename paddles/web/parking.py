"""Requests that wait for something to happen: put aside without a thread or a connection, and tried again.

A handler that has nothing to say yet returns :class:`Later`. Where the server can put requests aside (``web.worker``),
the request is tried again from its beginning until there is an answer or its time is over; elsewhere it is answered at
once. Whatever it did not answer it did not do: each try is a unit of work of its own, which changed nothing.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

# For how long the request at hand was put aside so far; None where the server cannot do it.
WAITED: ContextVar[float | None] = ContextVar("waited", default=None)
# Between two tries, in seconds: soon at first, then more and more patient.
SOONEST, LATEST, PATIENCE = 0.2, 2.0, 0.1


@dataclass(frozen=True)
class Later:
    """What to answer when nothing happens within ``seconds`` of the request's arrival."""

    answer: Any
    seconds: float


class Parked(BaseException):
    """Leaves a request, past everything that turns errors into answers, to the server that is to try it again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"to be tried again in {seconds:.1f} s")
        self.seconds = seconds


def settled(answer: Any) -> Any:
    """Return an answer, or put the request at hand aside when it may wait longer for a better one. Raises Parked."""
    if not isinstance(answer, Later):
        return answer
    waited = WAITED.get()
    if waited is None or waited >= answer.seconds:
        return answer.answer
    again = min(LATEST, SOONEST + PATIENCE * waited)
    raise Parked(min(again, answer.seconds - waited))
