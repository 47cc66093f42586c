"""A private PostgreSQL under a directory: taken into use with ``acquire``, ended when its last user has gone.

Every user holds a shared lock on ``users.lock`` for as long as it lives; the kernel drops it however the user ends.
The guard (``paddles.db.guard``) holds ``guard.lock``, is the parent of the server, and stops it as soon as it gets
``users.lock`` for itself.
"""

import fcntl
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from paddles.db.binaries import EmbeddedError
from paddles.db.layout import LOCK_FD, NAME, PORT, Layout, Postmaster, running

__all__ = ["EmbeddedError", "Server", "Status", "acquire", "default_home", "release", "revive", "status"]

PAUSE_S = 0.02
ABOVE_STANDARD_FDS = 10
LOG_TAIL_BYTES = 2000


@dataclass(frozen=True)
class Server:
    """An embedded server that this process uses."""

    home: Path
    url: str

    def postmaster_pid(self) -> int | None:
        """Return the process id of the server, None while it does not run."""
        found = running(Layout(self.home))
        return found.pid if found else None


@dataclass(frozen=True)
class Status:
    """The processes of an embedded server, None for each that does not run."""

    guard: int | None
    postmaster: int | None
    ready: bool


# By home: the lock descriptors of this process (a lock lasts until its descriptor is closed), its children who guard.
_held: dict[Path, int] = {}
_guards: dict[Path, int] = {}
_holding = threading.Lock()


def default_home() -> Path:
    """Return where data goes when nobody says: ``PADDLES_HOME``, else the usual place of this user."""
    if named := os.environ.get("PADDLES_HOME"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib") / NAME
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / NAME


def acquire(home: Path, *, fast: bool = False, timeout_s: float = 60) -> Server:
    """Take the server of ``home`` into use, making and starting it first where needed, and return it ready.

    The server runs at least until this process calls ``release`` or ends; children forked later hold it too. A
    process that acquires a home again gets the same server, and one ``release`` lets go.

    Args:
        fast: start it without any safety against power loss, for tests; a server that runs is taken as it is.

    Raises:
        EmbeddedError: it does not start, or not in time.
    """
    layout = Layout(home.resolve())
    deadline = time.monotonic() + timeout_s
    with _holding:
        _make_home(layout.home)
        taken_now = layout.home not in _held
        if taken_now:
            _held[layout.home] = _share(layout.users_lock, deadline)
        try:
            found = _wait_until_ready(layout, fast, deadline)
        except BaseException:
            if taken_now:
                os.close(_held.pop(layout.home))
            raise
    url = f"postgresql+psycopg2://{NAME}@/{NAME}?host={quote(found.sockets, safe='/')}&port={PORT}"
    return Server(home=layout.home, url=url)


def release(home: Path, wait_s: float = 30) -> bool:
    """Let go of the server of ``home``; the last user waits up to ``wait_s`` for its clean stop.

    Returns:
        Whether the server has ended: False when others use it still, or it takes longer.
    """
    layout = Layout(home.resolve())
    with _holding:
        held = _held.pop(layout.home, None)
    if held is not None:
        os.close(held)
    deadline = time.monotonic() + wait_s
    while not _is_free(layout.guard_lock):
        if time.monotonic() > deadline or _has_users(layout.users_lock):
            return False
        time.sleep(PAUSE_S)
    _reap_guard(layout.home)
    return True


def revive(home: Path, *, fast: bool = False) -> None:
    """Start a guard where none is at work, and return at once: for users that outlive a killed guard."""
    layout = Layout(home.resolve())
    lock = _lock(layout.guard_lock, fcntl.LOCK_EX)
    if lock is not None:
        _reap_guard(layout.home)
        _start_guard(layout, lock, fast)


def status(home: Path) -> Status:
    """Return what runs for ``home`` at this moment; ``home`` need not exist."""
    layout = Layout(home.resolve())
    guard = None
    if layout.guard_lock.exists() and not _is_free(layout.guard_lock):
        guard = int(layout.guard_lock.read_text() or 0) or None
    found = running(layout)
    return Status(guard=guard, postmaster=found.pid if found else None, ready=bool(found and found.ready))


def _make_home(home: Path) -> None:
    """Create ``home`` and what is missing above it; root's is passable, for the account that PostgreSQL runs as."""
    missing = [directory for directory in (home, *home.parents) if not os.path.isdir(directory)]
    try:
        for directory in reversed(missing):
            directory.mkdir(exist_ok=True)
            directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
        owner = home.stat().st_uid
    except OSError as error:
        raise EmbeddedError(f"cannot use the data directory {home}: {error}") from None
    if owner != os.geteuid():
        raise EmbeddedError(f"the data directory {home} belongs to another user; choose another one")


def _wait_until_ready(layout: Layout, fast: bool, deadline: float) -> Postmaster:
    started, log_begin = False, 0
    while True:
        lock = _lock(layout.guard_lock, fcntl.LOCK_EX)
        if lock is not None:
            exit_code = _reap_guard(layout.home)
            if started and exit_code > 0:
                os.close(lock)
                raise EmbeddedError(_complaint(layout, log_begin))
            log_begin = layout.guard_log.stat().st_size if layout.guard_log.exists() else 0
            _start_guard(layout, lock, fast)
            started = True
        found = running(layout)
        if lock is None and found and found.ready:
            return found
        if time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL is not ready in time; see {layout.log} and {layout.guard_log}")
        time.sleep(PAUSE_S)


def _complaint(layout: Layout, begin: int) -> str:
    with layout.guard_log.open("rb") as log:
        log.seek(begin)
        said = log.read(LOG_TAIL_BYTES).decode(errors="replace").strip()
    return said or f"PostgreSQL did not start; see {layout.log}"


def _start_guard(layout: Layout, lock: int, fast: bool) -> None:
    """Start the guard of ``layout``, born with the lock ``lock``, which this process then closes."""
    os.ftruncate(lock, 0)
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, layout.guard_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, lock, LOCK_FD),
    ]
    command = [sys.executable, "-P", "-m", "paddles.db.guard", str(layout.home), *(["--fast"] if fast else [])]
    # The guard imports the paddles that started it, wherever it was started from.
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    try:
        # Not subprocess: nobody waits for the guard, it outlives this process when others use the server too.
        _guards[layout.home] = os.posix_spawn(sys.executable, command, environment, file_actions=streams, setsigmask=())
    finally:
        os.close(lock)


def _reap_guard(home: Path) -> int:
    """Return how the guard that this process started for ``home``, and that has ended, ended; 0 where unknown."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(_guards.pop(home), 0)[1])
    except (KeyError, ChildProcessError):
        return 0


def _lock(path: Path, operation: int) -> int | None:
    """Return a descriptor of ``path`` that holds the lock, None when somebody holds one against it."""
    lowest = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    # A program may run with its standard streams closed; the lock must not take the place of one.
    descriptor = fcntl.fcntl(lowest, fcntl.F_DUPFD_CLOEXEC, ABOVE_STANDARD_FDS)
    os.close(lowest)
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _share(path: Path, deadline: float) -> int:
    while (descriptor := _lock(path, fcntl.LOCK_SH)) is None:
        if time.monotonic() > deadline:
            raise EmbeddedError("the previous server does not end")
        time.sleep(PAUSE_S)
    return descriptor


def _is_free(path: Path) -> bool:
    if not path.exists():
        return True
    descriptor = _lock(path, fcntl.LOCK_EX)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True


def _has_users(path: Path) -> bool:
    """Return whether somebody shares the lock ``path``; a guard that is stopping its server holds it alone."""
    if _is_free(path):
        return False
    descriptor = _lock(path, fcntl.LOCK_SH)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None
