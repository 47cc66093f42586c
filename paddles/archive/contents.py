"""The file store: contents on a disk, each called by its own SHA-256, so that none is ever changed or there twice.

A content is whole or not there. The database knows of it (``archive.files``) before it is written and until it is gone.
"""

import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from paddles.db import embedded
from paddles.errors import Unavailable
from paddles.settings import Settings

log = logging.getLogger(__name__)

# The folder of what is on its way into the store; contents are in folders of two digits.
ARRIVING = "arriving"


@dataclass(frozen=True)
class Arrived:
    """A content that is on the disk, at ``path``, and not in the store yet."""

    path: Path
    digest: bytes
    size: int


def directory(settings: Settings) -> Path:
    """Return where contents lie."""
    return settings.files_dir or (settings.home or embedded.default_home()) / "files"


def digest(content: bytes) -> bytes:
    """Return what a content is called."""
    return hashlib.sha256(content).digest()


def keep(store: Path, content: bytes) -> None:
    """Have a content be in the store when this returns, on the disk and not only in memory.

    Raises:
        Unavailable: it cannot be written, since the disk is full or refuses; nothing is left of it.
    """
    place = _place(store, digest(content))
    with _refusals():
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(place, content)


def receive(store: Path, pieces: Iterable[bytes]) -> Arrived:
    """Write a content as it comes, whatever its size, to the disk of the store, and return it: not yet in the store.

    Whatever ``pieces`` raises is raised, and nothing is left then.

    Raises:
        Unavailable: it cannot be written.
    """
    with _refusals():
        folder = store / ARRIVING
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=folder)
    path = Path(unfinished)
    try:
        with open(descriptor, "wb") as file:
            digest, size = _copy(pieces, file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Arrived(path, digest, size)


def settle(store: Path, arrived: Arrived) -> None:
    """Have a content that arrived be in the store when this returns; the database expects it.

    Raises:
        Unavailable: it cannot be written.
    """
    place = _place(store, arrived.digest)
    with _refusals():
        if place.exists():
            arrived.path.unlink(missing_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(arrived.path, place)
        _sync(place.parent)


def tidy(store: Path, before: float) -> None:
    """Take away what arrived before that UNIX time and never was settled: its process was killed."""
    for path in (store / ARRIVING).glob("*"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def read(store: Path, name: bytes) -> bytes:
    """Return a content. Raises OSError when it is not there, or is not what its name says any more."""
    content = _place(store, name).read_bytes()
    if digest(content) != name:
        raise OSError("its content is damaged")
    return content


def fetch(store: Path, name: bytes) -> bytes:
    """Return a content that the database knows.

    Raises:
        Unavailable: the store does not have it as it was; a disk is missing, or was restored without it.
    """
    try:
        return read(store, name)
    except OSError as error:
        log.error("the file store does not have %s: %s", name.hex(), error)
        raise Unavailable("the file store does not have this file now") from error


def forget(store: Path, name: bytes) -> None:
    """Take a content away, and what processes that were killed left of it; that it is gone does no harm."""
    place = _place(store, name)
    for path in (place, *place.parent.glob(f"{place.name}.*")):
        path.unlink(missing_ok=True)


def _copy(pieces: Iterable[bytes], file: BinaryIO) -> tuple[bytes, int]:
    """Write pieces to the disk and return what they are called together, and how many bytes they are."""
    hashed, size = hashlib.sha256(), 0
    for piece in pieces:
        hashed.update(piece)
        size += len(piece)
        with _refusals():
            file.write(piece)
    with _refusals():
        file.flush()
        os.fsync(file.fileno())
    return hashed.digest(), size


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the file store takes nothing: {error.strerror}") from error


def _place(store: Path, name: bytes) -> Path:
    # Folders of a few thousand files each stay quick on every file system.
    return store / name.hex()[:2] / name.hex()


def _write(place: Path, content: bytes) -> None:
    descriptor, unfinished = tempfile.mkstemp(dir=place.parent, prefix=f"{place.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, place)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    _sync(place.parent)


def _sync(folder: Path) -> None:
    # Without this the name of a new file may be lost where its content is not.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
