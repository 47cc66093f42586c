"""gunicorn's threaded worker, made patient: a thread works on a request once all of the request has arrived.

gunicorn's own gives each connection a thread before its first byte has come, and the thread waits for the rest: a few
slow clients, or many silent ones, take every thread. Here the loop that watches the connections collects what arrives,
and threads are for requests that can be answered. Set as ``worker_class`` in ``gunicorn_config.py``.
"""

import contextlib
import errno
import gc
import resource
import socket
import struct
import time
from functools import partial
from typing import Any

from gunicorn import http, util
from gunicorn.workers.gthread import TConn, ThreadWorker

from paddles.web.arrival import HEAD_BYTES, Arrival
from paddles.web.incoming import ARRIVED, Wanted
from paddles.web.parking import WAITED, Parked, Waited
from paddles.web.spooling import UPLOAD_S, Spooling
from paddles.web.streams import Streaming, Streams
from paddles.web.waiting import WaitingRoom

# A request that stands still for so long, or takes so long in all, is given up.
SILENT_S = 10.0
HEAD_S = 20.0
REQUEST_S = 120.0
# So is an answer of which the client takes nothing for so long; the kernel counts anew while its buffers still fill.
SENDING_S = 5
# While the worker ends, for a request that may be on its way already.
ENDING_S = 2.0
# How long a closed connection is listened to, so that the client reads the last answer before it hears of the end.
LINGER_S = 2.0
PIECE = 256 * 1024
# What the large requests of one worker may add up to while they arrive.
HELD_BYTES = 128 * 1024 * 1024
# Descriptors besides the connections: of the database, of logs, of the loop.
OTHER_FILES = 256
NOT_NOW = (errno.EAGAIN, errno.ECONNABORTED, errno.EPROTO, errno.EMFILE, errno.ENFILE)


class Connection(TConn):  # type: ignore[misc]
    """A connection whose end nobody waits for."""

    def __init__(self, worker: "Worker", sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(worker.cfg, sock, client, server)
        self.worker = worker
        self.arrival: Arrival | None = None
        # Whether the request in work was given to a thread before all of it had come.
        self.cut_short = False
        # How many bytes of a request that arrives in a file are taken.
        self.room = 0
        # The request in work as it came, since when it is tried, and what its handler noted when it was put aside.
        self.said = b""
        self.since = 0.0
        self.memo: Any = None
        # The kernel gives up a write of which the client takes nothing.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SENDING_S, 0))
        # And a read, for the bodies that threads read while they come.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(SILENT_S), 0))

    def close(self, graceful: bool = False) -> None:
        """End it; gracefully: the client is given time to read, and the worker none of its own."""
        if graceful:
            self.worker.linger(self.sock)
        else:
            util.close(self.sock)


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker process whose threads never wait for a client to speak."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lingering: dict[socket.socket, float] = {}
        self.waiting = WaitingRoom(self)
        self.streams = Streams(self)
        self.spooling = Spooling(self)
        self.looked = 0.0

    def init_process(self) -> None:
        """Make sure that every connection can have its descriptor, then begin."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted: int = self.cfg.worker_connections + OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < wanted:
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            self.worker_connections = max(1, soft - OTHER_FILES)
        super().init_process()

    def run(self) -> None:
        """Serve until told to end.

        What the service is made of stays as long as the worker does: no longer is it looked through for garbage, which
        a large answer would otherwise have done several times over.
        """
        gc.collect()
        gc.freeze()
        super().run()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """End at once, whatever the loop is about.

        gunicorn's own first asks the pool of threads to end, which waits for a lock. Where the signal has come while
        the loop hands a request to a thread, the loop holds it, and the worker would wait for itself until killed.
        """
        super(ThreadWorker, self).handle_quit(sig, frame)

    def accept(self, listener: Any) -> None:
        """Take a new connection."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in NOT_NOW:
                raise
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self, client, address, listener.getsockname()))

    def enqueue_req(self, conn: Connection) -> None:
        """Give a connection to a thread when a whole request is there, else go on collecting."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
        conn.init()
        conn.sock.setblocking(False)
        now = time.monotonic()
        if conn.arrival is None:
            conn.arrival = Arrival(conn.parser.unreader.take_buffered(), now)
        open_ended = self._collect(conn, conn.arrival, now)
        ready = conn.arrival.ready()
        if not open_ended and not ready:
            # A client that has said everything may hang up on its side and still gets its answer.
            self.drop(conn)
        elif conn.arrival.oversized:
            self.refuse(conn, 431, "Request Header Fields Too Large")
        elif ready and conn.arrival.file:
            self.spooling.replay(conn, conn.arrival.file)
            super().enqueue_req(conn)
        elif ready:
            conn.said, conn.since = bytes(conn.arrival.data), now
            conn.parser.unreader.unread(conn.said)
            conn.cut_short = not conn.arrival.whole
            conn.arrival = None
            super().enqueue_req(conn)
        elif len(conn.arrival.data) > HEAD_BYTES and self._held() > HELD_BYTES:
            self.refuse(conn, 503, "Service Unavailable")
        elif conn.arrival.file and conn.arrival.size > conn.room:
            self.refuse(conn, 413, "Content Too Large")
        else:
            self.wait_for(conn, conn.arrival)

    def murder_pending(self) -> None:
        """Once a second, give up on the connections that have been waited for long enough."""
        now = time.monotonic()
        if now - self.looked < 1:
            return
        self.looked = now
        self.streams.beat(now)
        for conn in [conn for conn in self.pending_conns if now > self._deadline(conn.arrival)]:
            self.pending_conns.remove(conn)
            self.poller.unregister(conn.sock)
            if conn.arrival.data:
                self.refuse(conn, 408, "Request Timeout")
            else:
                self.drop(conn)
        for sock in [sock for sock, until in self.lingering.items() if now > until]:
            self._forget(sock)

    def is_parent_alive(self) -> bool:
        """Say whether there is a master; without one, end, and leave the address to the next master at once."""
        if super().is_parent_alive():
            return True
        # gunicorn would go on answering on kept connections, the address held and nobody taking new ones.
        self.alive = False
        self.set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()
        return False

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer; in a thread. Raises Parked, Streaming or Wanted, which ``finish_request`` finds."""
        # What was said on an encrypted connection is not kept, and cannot be tried again.
        patient = None if self.cfg.is_ssl else Waited(time.monotonic() - conn.since, conn.memo)
        waited, arrived = WAITED.set(patient), ARRIVED.set(not conn.cut_short)
        try:
            return bool(super().handle_request(req, conn))
        except BlockingIOError:
            # The kernel gave up; to gunicorn that is a client who has hung up, and nothing for the log.
            raise BrokenPipeError(errno.EPIPE, "the client takes no answer") from None
        finally:
            WAITED.reset(waited)
            ARRIVED.reset(arrived)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Go on with a connection whose request was answered, waits, or is answered without an end."""
        error = None if fs.cancelled() else fs.exception()
        if isinstance(error, Parked):
            self.waiting.park(conn, error)
            return
        if isinstance(error, Wanted):
            self.spooling.collect(conn, error)
            return
        conn.said, conn.memo = b"", None
        if isinstance(error, Streaming):
            self.streams.open(conn, error)
        else:
            super().finish_request(conn, fs)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens on connections, and no longer than until something else is due."""
        super().wait_for_and_dispatch_events(self.streams.pause(self.waiting.patience(timeout)))
        self.waiting.try_due(self.alive)
        self.streams.go_on(self.alive)

    def again(self, conn: Connection) -> None:
        """Give a request that was put aside to a thread once more, as it came."""
        further = conn.parser.unreader.take_buffered()
        conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader.unread(conn.said + further)
        super().enqueue_req(conn)

    def drop(self, conn: Connection) -> None:
        """End a connection to whose client there is nothing more to say."""
        self.nr_conns -= 1
        conn.close()

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        # gunicorn would have the thread wait for the rest of a body that was refused for its length.
        return bool(super()._keepalive_after(conn, keepalive and not conn.cut_short and not conn.room))

    def linger(self, sock: socket.socket) -> None:
        """Say goodbye on a connection, and hear the client out in passing until it hangs up."""
        try:
            sock.shutdown(socket.SHUT_WR)
            sock.setblocking(False)
            self.poller.register(sock, 1, partial(self._hear_out, sock))
        except (OSError, ValueError, KeyError, RuntimeError):
            util.close(sock)
            return
        self.lingering[sock] = time.monotonic() + LINGER_S

    def _collect(self, conn: Connection, arrival: Arrival, now: float) -> bool:
        """Read what is there without waiting; say whether more may come."""
        try:
            data = conn.sock.recv(PIECE)
        except BlockingIOError:
            return True
        except OSError:
            return False
        try:
            if data:
                arrival.add(data, now)
        except OSError:
            # The disk that it is to arrive on is full.
            return False
        return bool(data)

    def wait_for(self, conn: Connection, arrival: Arrival) -> None:
        """Go on collecting a request when more of it comes."""
        if arrival.expects and len(arrival.data) == arrival.head:
            arrival.expects = False
            with contextlib.suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, 1, partial(self.on_pending_socket_readable, conn))

    def _deadline(self, arrival: Arrival) -> float:
        whole = arrival.begun + (UPLOAD_S if arrival.file else REQUEST_S if arrival.head else HEAD_S)
        silent = arrival.heard + (SILENT_S if self.alive or arrival.data else ENDING_S)
        return min(whole, silent)

    def _held(self) -> int:
        return sum(len(conn.arrival.data) for conn in self.pending_conns if conn.arrival)

    def refuse(self, conn: Connection, status: int, reason: str) -> None:
        """Answer what nobody works on, and end the connection."""
        with contextlib.suppress(OSError):
            util.write_error(conn.sock, status, reason, "")
        self.nr_conns -= 1
        conn.close(graceful=True)

    def _hear_out(self, sock: socket.socket, _ready: Any) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                if sock.recv(PIECE):
                    return
            except ConnectionError:
                pass
            self._forget(sock)

    def _forget(self, sock: socket.socket) -> None:
        del self.lingering[sock]
        self.poller.unregister(sock)
        util.close(sock)
