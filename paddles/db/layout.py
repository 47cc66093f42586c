"""What lies where in the home of an embedded PostgreSQL, and whether a server runs on it."""

import contextlib
import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

# Names the socket file; nothing listens on TCP.
PORT = 5432
# The one database of the server, and its owner.
NAME = "paddles"
# A socket's path holds 108 bytes on Linux and 104 on macOS, the last of them NUL.
LONGEST_SOCKET = 100
# Descriptors 0 to 2 of the guard are its standard streams, 3 is the lock that it is born with.
LOCK_FD = 3


@dataclass(frozen=True)
class Layout:
    """What lies where in the home of an embedded server."""

    home: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "postgresql.log"

    @property
    def guard_log(self) -> Path:
        """What the guard says."""
        return self.home / "guard.log"

    @property
    def users_lock(self) -> Path:
        """Locked shared by every user, exclusively by a guard that is stopping the server."""
        return self.home / "users.lock"

    @property
    def guard_lock(self) -> Path:
        """Locked by the guard while it lives; holds its process id."""
        return self.home / "guard.lock"

    @property
    def sockets(self) -> Path:
        """Where the server's socket goes: in the home, or in the system's temporary directory where it cannot."""
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        outside = f"{NAME}-{os.geteuid()}-{digest}"
        for directory in (self.home / "run", Path(tempfile.gettempdir()) / outside):
            # Clients and server take a comma for the start of a second directory.
            fits = len(os.fsencode(directory / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET
            if fits and "," not in str(directory):
                return directory
        return Path("/tmp") / outside  # noqa: S108 - whoever uses it checks that it is ours


@dataclass(frozen=True)
class Postmaster:
    """What a running server wrote of itself into ``postmaster.pid``."""

    pid: int
    sockets: str
    ready: bool


def running(layout: Layout) -> Postmaster | None:
    """Return the server that runs on the data of ``layout``, None when there is none.

    Asks the files alone: a client that asks too early leaves errors in the server's log.
    """
    try:
        lines = (layout.data / "postmaster.pid").read_text().splitlines()
        # Line 5 is the socket directory, line 8 the state (src/include/utils/pidfile.h).
        found = Postmaster(int(lines[0]), lines[4], len(lines) > 7 and lines[7].strip() == "ready")
    except (OSError, ValueError, IndexError):
        return None
    return found if serves(found.pid, layout.data) else None


def serves(pid: int, data: Path) -> bool:
    """Return whether process ``pid`` lives and works in ``data``.

    A process id alone proves nothing: a zombie counts as alive, and a restarted container gives ids out again.
    """
    if sys.platform != "linux":
        with contextlib.suppress(OSError):
            os.kill(pid, 0)
            return True
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        return False
