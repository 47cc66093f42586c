"""What the tests of real processes share: a place to put data, a clean environment, a look at who lives."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def open_place() -> Iterator[Path]:
    """Give a directory that the account of PostgreSQL can enter, unlike pytest's own when root runs it."""
    directory = Path(tempfile.mkdtemp(prefix="paddles-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def environment(checkout: Path = ROOT, **changes: str) -> dict[str, str]:
    """Return an environment that runs the code of a checkout; of settings, only which PostgreSQL to run remains."""
    ours = {name for name in os.environ if name.startswith(("PADDLES_", "DATABASE_"))}
    kept = {name: value for name, value in os.environ.items() if name not in ours or name.startswith("PADDLES_PG_")}
    paths = [str(checkout), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)} | changes


def children(pid: int) -> set[int]:
    """Return the living children of process ``pid``."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        state, parent = _state(int(process.name))
        if parent == pid and state != "Z":
            found.add(int(process.name))
    return found


def alive(pid: int) -> bool:
    """Return whether process ``pid`` lives; a zombie does not."""
    return _state(pid)[0] not in ("", "Z")


def _state(pid: int) -> tuple[str, int]:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", 0
    return words[0], int(words[1])
