"""Large requests that arrive in a file: collected by the loop of a worker, and then given to a thread as they came."""

import tempfile
import time
from typing import Any, BinaryIO

from gunicorn import http

from paddles.web.arrival import Arrival
from paddles.web.incoming import Replay, Wanted

# One that takes so long in all is given up.
UPLOAD_S = 3600.0
# What the lengths of chunks, and the head, may take besides.
OVERHEAD, OVERHEAD_BYTES = 2, 64 * 1024


class Spooling:
    """The requests that arrive in files at one worker; all of it is the loop's."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    def collect(self, conn: Any, wanted: Wanted) -> None:
        """Go on collecting the request of a connection, of which somebody wants more than memory is for."""
        conn.sock.setblocking(False)
        conn.cut_short, conn.room = False, OVERHEAD * wanted.limit + OVERHEAD_BYTES
        conn.arrival, conn.said = Arrival(conn.said, time.monotonic()), b""
        try:
            # It has no name, and is gone with whoever holds it.
            conn.arrival.into(tempfile.TemporaryFile(dir=wanted.folder))  # noqa: SIM115 - open until it was read
        except OSError:
            self._worker.refuse(conn, 503, "Service Unavailable")
            return
        # Whoever asks first was told to go on when the request was looked at.
        conn.arrival.expects = False
        self._worker.wait_for(conn, conn.arrival)

    def replay(self, conn: Any, file: BinaryIO) -> None:
        """Have a request that has arrived be read from its file."""
        conn.arrival, conn.since = None, time.monotonic()
        conn.parser = http.get_parser(self._worker.cfg, Replay(file), conn.client)
