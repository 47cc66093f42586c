"""Counting to a statsd: what a unit of work did, told once it is committed, in datagrams that nobody waits for."""

import contextlib
import logging
import socket
from collections.abc import Iterable

from paddles.db.session import Session

log = logging.getLogger(__name__)

# Where a session keeps what its transaction counted.
COUNTED = "counted"


class Statsd:
    """A statsd at an address, which is looked up once; where that fails, nothing is counted."""

    def __init__(self, host: str, port: int, prefix: str) -> None:
        self._prefix = f"{prefix}." if prefix else ""
        self._socket: socket.socket | None = None
        try:
            family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            made = socket.socket(family, socket.SOCK_DGRAM)
            made.setblocking(False)
            made.connect(place)
            self._socket = made
        except OSError as error:
            log.warning("nothing is counted to statsd at %s port %d: %s", host, port, error)

    def send(self, counts: Iterable[tuple[str, int]]) -> None:
        """Send names and numbers. Whether anybody gets them is not known, and nothing is raised."""
        if self._socket:
            lines = "\n".join(f"{self._prefix}{name}:{number}|c" for name, number in counts)
            with contextlib.suppress(OSError):
                self._socket.send(lines.encode())

    def close(self) -> None:
        """Send no more."""
        if self._socket:
            self._socket.close()
            self._socket = None


def count(session: Session, name: str, number: int = 1) -> None:
    """Have ``number`` things called ``name`` counted when the transaction of ``session`` is committed."""
    if number:
        session.info.setdefault(COUNTED, []).append((name, number))


def tell(session: Session, statsd: Statsd | None) -> None:
    """Send what was counted in the transaction of ``session``, which is committed."""
    counted = session.info.pop(COUNTED, None)
    if counted and statsd:
        statsd.send(counted)
