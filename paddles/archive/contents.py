"""The file store: contents, each called by its own SHA-256, so that none is ever changed or there twice.

They lie on a disk (``archive.disks``) or in a bucket (``archive.buckets``). A content is whole or not there. The
database knows of it (``archive.files``) before it is written and until it is gone.
"""

import contextlib
import functools
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from paddles.archive.disks import Disk
from paddles.db import embedded
from paddles.errors import TooLarge, Unavailable
from paddles.settings import Settings

log = logging.getLogger(__name__)
# What arrives piece by piece lies here until its name is known.
INCOMING = "incoming"


class Store(Protocol):
    """Where contents lie. All of it raises OSError when it cannot be done."""

    def keep(self, name: bytes, content: bytes) -> None:
        """Have a content be there when this returns, safe from a power cut."""

    def take(self, name: bytes, path: Path) -> None:
        """Do the same with the content of a file, which is gone then or may be deleted."""

    def pieces(self, name: bytes, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to before ``stop``, in pieces that fit into memory."""

    def read(self, name: bytes) -> bytes:
        """Return a content."""

    def forget(self, names: Sequence[bytes]) -> None:
        """Take contents away, and what processes that were killed left of them; that one is gone does no harm."""


class Received(NamedTuple):
    """A content that has come and is in a file of its own yet."""

    name: bytes
    size: int
    path: Path


def directory(settings: Settings) -> Path:
    """Return where files of the service lie on the disk."""
    return settings.files_dir or (settings.home or embedded.default_home()) / "files"


def store(settings: Settings) -> Store:
    """Return where contents lie."""
    if not settings.files_url:
        return Disk(directory(settings))
    return _bucket(settings.files_url, settings.files_endpoint, settings.files_key, settings.files_secret)


@functools.cache
def _bucket(url: str, endpoint: str, key: str, secret: str) -> Store:
    # A package that only those need who have a bucket; its connections are kept.
    try:
        from paddles.archive.buckets import Bucket  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable("files_url needs the package obstore: install paddles[s3]") from error
    return Bucket.at(url, endpoint, key, secret)


def digest(content: bytes) -> bytes:
    """Return what a content is called."""
    return hashlib.sha256(content).digest()


def keep(store: Store, content: bytes) -> None:
    """Have a content be in the store when this returns, on the disk and not only in memory.

    Raises:
        Unavailable: it cannot be written, since the disk is full or refuses; nothing is left of it.
    """
    with _refused():
        store.keep(digest(content), content)


def receive(folder: Path, pieces: Iterable[bytes], limit: int) -> Received:
    """Write a content of at most ``limit`` bytes, as it comes, to a file of its own in ``folder``, and return it.

    Raises:
        TooLarge: it is longer; nothing of it is left.
        Unavailable: it cannot be written; nothing of it is left.
    """
    with _refused():
        (folder / INCOMING).mkdir(parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(dir=folder / INCOMING)
        received = Path(path)
        try:
            name, size = _written_down(descriptor, pieces, limit)
        except BaseException:
            received.unlink(missing_ok=True)
            raise
    return Received(name, size, received)


def _written_down(descriptor: int, pieces: Iterable[bytes], limit: int) -> tuple[bytes, int]:
    name, size = hashlib.sha256(), 0
    with open(descriptor, "wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise TooLarge(f"a file has at most {limit} bytes")
            name.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return name.digest(), size


def take(store: Store, received: Received) -> None:
    """Have a content that has come be in the store when this returns; twice does no harm. Raises Unavailable."""
    with _refused():
        if received.path.exists():
            store.take(received.name, received.path)
            received.path.unlink(missing_ok=True)


def drop(received: Received) -> None:
    """Forget a content that has come and is not wanted."""
    received.path.unlink(missing_ok=True)


def sweep(folder: Path, before: float, limit: int) -> int:
    """Delete up to ``limit`` contents that nobody has written to since ``before``, of processes that were killed."""
    old = [path for path in (folder / INCOMING).glob("*") if _written(path) < before][:limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def read(store: Store, name: bytes) -> bytes:
    """Return a content. Raises OSError when it is not there, or is not what its name says any more."""
    content = store.read(name)
    if digest(content) != name:
        raise OSError("its content is damaged")
    return content


def fetch(store: Store, name: bytes) -> bytes:
    """Return a content that the database knows.

    Raises:
        Unavailable: the store does not have it as it was; a disk is missing, or was restored without it.
    """
    try:
        return read(store, name)
    except OSError as error:
        raise _missed(name, error) from error


def pieces(store: Store, name: bytes, start: int, stop: int) -> Iterator[bytes]:
    """Yield a part of a content that the database knows. The first piece is there, or this raises Unavailable."""
    found = store.pieces(name, start, stop)
    try:
        first = next(found, b"")
    except OSError as error:
        raise _missed(name, error) from error
    return _joined(first, found)


def forget(store: Store, names: Sequence[bytes]) -> None:
    """Take contents away; that one is gone does no harm. Raises Unavailable."""
    with _refused():
        store.forget(names)


def _joined(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _missed(name: bytes, error: OSError) -> Unavailable:
    log.error("the file store does not have %s: %s", name.hex(), error)
    return Unavailable("the file store does not have this file now")


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the file store takes nothing: {error.strerror or error}") from error
