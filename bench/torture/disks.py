"""A small disk for the database, which can be filled: a tmpfs, mounted by root, or by anybody in a namespace."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 768
OPTIONS = f"size={SIZE_MB}m,mode=0711"
# Said to the program that runs inside the namespace, where the disk is mounted already.
INSIDE = "TORTURE_DISK"
# Root of the namespace mounts the disk; what follows runs as who we were, since PostgreSQL does not run as root.
ENTER = f"""mount -t tmpfs -o {OPTIONS} torture "$1" && shift &&
    exec unshare --user --map-user={{user}} --map-group={{group}} "$@" """


@contextmanager
def small(home: Path) -> Iterator[str]:
    """Mount a small disk on ``home``, where root can; give why there is none, blank when there is."""
    if os.environ.get(INSIDE) == str(home):
        yield ""
        return
    # PostgreSQL does not run as root and must be able to pass.
    home.mkdir(mode=0o711, exist_ok=True)
    problem = _said(lambda: _run("mount", "-t", "tmpfs", "-o", OPTIONS, "torture", str(home)))
    try:
        yield problem
    finally:
        if not problem:
            _run("umount", str(home))


def in_namespace(home: Path, words: list[str]) -> int | None:
    """Run Python with a small disk on ``home``, where one who is not root can; return its exit code, None if not."""
    if os.geteuid() == 0 or os.environ.get(INSIDE):
        return None
    home.mkdir(mode=0o711, exist_ok=True)
    script = ENTER.format(user=os.getuid(), group=os.getgid())
    begin = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(home)]
    if _said(lambda: _run(*begin, "true")):
        return None
    return subprocess.call([*begin, sys.executable, *words], env={**os.environ, INSIDE: str(home)})


@contextmanager
def full(home: Path) -> Iterator[None]:
    """Leave no byte free on the file system of ``home``."""
    ballast = home / "ballast"
    try:
        with ballast.open("wb") as file:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)
        yield
    finally:
        ballast.unlink()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


def _said(act: Callable[[], None]) -> str:
    try:
        act()
    except FileNotFoundError as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip() or str(error)
    return ""
