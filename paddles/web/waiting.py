"""The requests that a worker has put aside: watched for clients that leave, woken or tried again when it is time."""

import contextlib
import selectors
import socket
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from paddles.web.parking import Parked
from paddles.web.watch import Waiter


@dataclass(eq=False)
class Waiting:
    """A request that is put aside, until the moment ``again`` by the monotonic clock, or until it is woken."""

    conn: Any
    parked: Parked
    again: float
    waiter: Waiter | None = None


class WaitingRoom:
    """The requests put aside by one worker; all of it is the loop's."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker
        self._waiting: dict[Waiting, None] = {}

    def park(self, conn: Any, parked: Parked) -> None:
        """Put the request of a connection aside."""
        one = Waiting(conn, parked, time.monotonic() + parked.seconds)
        conn.memo = parked.later.memo
        conn.sock.setblocking(False)
        self._waiting[one] = None
        # A client that hangs up is told apart from one that waits: it must be given nothing.
        self._worker.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, one))
        if parked.watch and parked.later.keys:
            wake = partial(self._worker.method_queue.defer, self._woken, one)
            one.waiter = parked.watch.wait(parked.later.keys, parked.stamp, wake)

    def patience(self, longest: float) -> float:
        """Return for how long nothing is to be tried again, and ``longest`` at the most, in seconds."""
        if not self._waiting:
            return longest
        return max(0.0, min(longest, min(one.again for one in self._waiting) - time.monotonic()))

    def try_due(self, alive: bool) -> None:
        """Try again what is due; when the worker ends everything, and what there is then is the answer."""
        now = time.monotonic()
        for one in [one for one in self._waiting if now >= one.again or not alive]:
            if not alive:
                one.conn.since = float("-inf")
            self._try_again(one)

    def _woken(self, one: Waiting) -> None:
        if one in self._waiting:
            self._try_again(one)

    def _on_readable(self, one: Waiting, sock: Any) -> None:
        try:
            gone = not sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if not gone:
            # It says the next thing already, which is heard when this one is answered, and its leaving not before.
            self._worker.poller.unregister(sock)
            return
        self._leave(one)
        self._worker.drop(one.conn)

    def _try_again(self, one: Waiting) -> None:
        self._leave(one)
        self._worker.again(one.conn)

    def _leave(self, one: Waiting) -> None:
        del self._waiting[one]
        if one.parked.watch and one.waiter:
            one.parked.watch.forget(one.waiter)
        with contextlib.suppress(KeyError):
            self._worker.poller.unregister(one.conn.sock)
