"""What machines download to execute runs: the worker, the runner and the simulator of this service (pure)."""

import functools
import hashlib
import io
import zipfile
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

PACKAGE, RUNNER = "paddles.agents", "jobserv_runner"
# The first moment that a zip can name: every build of the archive is to have the same.
EPOCH = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o100644


@dataclass(frozen=True)
class Script:
    """A program of one file; ``version`` is the MD5 of its bytes in hex, by which its copies notice a newer one."""

    content: bytes
    version: str


def worker(own: Path | None = None) -> Script:
    """Return the script that a build machine runs, and replaces itself with; or the operator's own."""
    return _script("worker.py", own)


def simulator(own: Path | None = None) -> Script:
    """Return the script with which a developer executes runs by hand; or the operator's own."""
    return _script("simulator.py", own)


def runner(own: Path | None = None) -> bytes:
    """Return the package ``jobserv_runner`` as a zip from which Python imports it; or the operator's own.

    The same sources give the same bytes: files by name, at one time, stored as they are.
    """
    if own:
        return own.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(_sources(files(PACKAGE) / RUNNER, RUNNER)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = PLAIN_FILE << 16
            # The system that packs is no part of what is packed.
            entry.create_system = 3
            archive.writestr(entry, content)
    return packed.getvalue()


def _script(name: str, own: Path | None) -> Script:
    # Every machine that asks for work is told the version: it is not read again until it changes.
    return _read(own, own.stat().st_mtime_ns) if own else _ours(name)


@functools.cache
def _ours(name: str) -> Script:
    return _made((files(PACKAGE) / name).read_bytes())


@functools.lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Script:
    return _made(path.read_bytes())


def _made(content: bytes) -> Script:
    return Script(content, hashlib.md5(content, usedforsecurity=False).hexdigest())


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    """Return the modules below a folder, each with its path in the archive."""
    found = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _sources(each, f"{path}/{each.name}")
        elif each.name.endswith(".py"):
            found.append((f"{path}/{each.name}", each.read_bytes()))
    return found
