"""The process that keeps an embedded PostgreSQL: runs it, runs it again, and ends it with its last user.

``python -m paddles.db.guard HOME [--fast]``, started by ``paddles.db.embedded`` alone, with the lock of the guard as
descriptor 3. It lives in a session of its own, so no Ctrl-C reaches it, and ends when it gets the lock of the users
for itself, or on SIGTERM; both locks are its own until the server has ended.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from paddles.db import cluster
from paddles.db.binaries import EmbeddedError
from paddles.db.cluster import Cluster
from paddles.db.layout import LOCK_FD, Layout

END_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# A server that ends this often, each time sooner than this, will not run.
QUICK_ENDS = 5
QUICK_S = 10
PAUSE_S = 0.2
# After so long a shutdown becomes an immediate one; the next start then recovers.
SHUTDOWN_S = 60
LOG_TAIL_BYTES = 1500


class Keeper:
    """Runs one server until told to stop."""

    def __init__(self, kept: Cluster) -> None:
        self.cluster = kept
        self.server: subprocess.Popen[bytes] | None = None
        self.stopping = threading.Event()

    def stop(self) -> None:
        """End the server, and ``run`` with it; called by another thread."""
        self.stopping.set()
        self._end_server()

    def run(self) -> None:
        """Run the server, again after each crash, until ``stop`` is called.

        Raises:
            EmbeddedError: it ends as soon as it starts.
        """
        quick = 0
        while not self.stopping.is_set():
            began = time.monotonic()
            self.server = cluster.start(self.cluster)
            if self.stopping.is_set():
                self._end_server()
            code = self.server.wait()
            if self.stopping.is_set():
                return
            _say(f"PostgreSQL ended with {code}")
            quick = quick + 1 if time.monotonic() - began < QUICK_S else 1
            if quick == QUICK_ENDS:
                raise EmbeddedError(f"PostgreSQL does not start:\n{_tail(self.cluster.layout.log)}")
            self.stopping.wait(PAUSE_S * quick)
            cluster.clear(self.cluster.layout.data)

    def _end_server(self) -> None:
        server = self.server
        if server is None:
            return
        server.send_signal(signal.SIGINT)
        timer = threading.Timer(SHUTDOWN_S, server.send_signal, (signal.SIGQUIT,))
        timer.daemon = True
        timer.start()


def main(arguments: list[str]) -> int:
    """Guard the home that ``arguments`` name; return the exit code."""
    layout = Layout(Path(arguments[0]))
    if not _is_open_as(LOCK_FD, layout.guard_lock):
        _say("only paddles itself starts this program")
        return 2
    # Whoever started this program may be a web server, whose listening socket every child inherits.
    os.closerange(LOCK_FD + 1, os.sysconf("SC_OPEN_MAX"))
    os.set_inheritable(LOCK_FD, False)
    os.pwrite(LOCK_FD, f"{os.getpid()}\n".encode(), 0)
    os.chdir("/")
    os.umask(0o077)
    with contextlib.suppress(PermissionError):
        os.setsid()
    # Blocked before the first thread starts, so that one thread alone gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
    try:
        keeper = Keeper(cluster.prepare(layout, fast="--fast" in arguments))
        for wait in (_wait_for_signal, _wait_for_last_user):
            threading.Thread(target=wait, args=(keeper,), daemon=True).start()
        keeper.run()
        with contextlib.suppress(OSError):
            layout.sockets.rmdir()
    except (EmbeddedError, OSError) as error:
        _say(str(error))
        return 1
    return 0


def _is_open_as(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _wait_for_signal(keeper: Keeper) -> None:
    signal.sigwait(END_SIGNALS)
    keeper.stop()


def _wait_for_last_user(keeper: Keeper) -> None:
    # Never closed: newcomers wait until this process has ended, and then start a guard of their own.
    users = os.open(keeper.cluster.layout.users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(users, fcntl.LOCK_EX)
    keeper.stop()


def _tail(log: Path) -> str:
    with log.open("rb") as content:
        content.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
        return content.read().decode(errors="replace").strip()


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
