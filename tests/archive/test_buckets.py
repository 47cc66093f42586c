"""Contents in a bucket: kept, read in parts and forgotten as on a disk, over the protocol of S3."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from paddles.archive import contents
from paddles.archive.contents import Store
from paddles.archive.disks import Disk
from paddles.errors import TooLarge, Unavailable
from paddles.settings import Settings
from tests.buckets import buckets, of_bucket
from tests.concurrency.threads import together

LARGE = os.urandom(1024) * 12_000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a server of buckets, with one bucket."""
    with buckets() as address:
        yield address


@pytest.fixture(params=["disk", "bucket", "bucket with a prefix"])
def store(request: pytest.FixtureRequest, endpoint: str, tmp_path: Path) -> Store:
    """A store of each kind."""
    if request.param == "disk":
        return Disk(tmp_path)
    url = "s3://paddles" if request.param == "bucket" else "s3://paddles/some/where/"
    return contents.store(Settings(**of_bucket(endpoint, url)))


@pytest.mark.parametrize("content", [b"", b"x", b"\0\xff" * 100_000, LARGE])
def test_what_is_kept_is_read(store: Store, content: bytes) -> None:
    """Byte for byte, in parts too, however often it is kept."""
    for _ in range(2):
        contents.keep(store, content)

    name = contents.digest(content)
    assert content == contents.read(store, name)
    for start, stop in ((0, len(content)), (1, 2), (len(content) // 2, len(content)), (0, 0)):
        assert content[start:stop] == b"".join(contents.pieces(store, name, start, min(stop, len(content))))


def test_what_came_piece_by_piece_is_taken(store: Store, tmp_path: Path) -> None:
    """From a file of its own, which is gone then; taken once more it does no harm."""
    pieces = (LARGE[at : at + 99_999] for at in range(0, len(LARGE), 99_999))
    # On one disk with the store, where that is a disk.
    received = contents.receive(tmp_path, pieces, 10**9)
    assert (contents.digest(LARGE), len(LARGE)) == (received.name, received.size)
    for _ in range(2):
        contents.take(store, received)

    assert LARGE == contents.read(store, received.name)
    assert not received.path.exists()


def test_too_much_is_not_received(tmp_path: Path) -> None:
    """Nothing of it is left, nor of what breaks off."""
    with pytest.raises(TooLarge):
        contents.receive(tmp_path, (b"x" * 1000 for _ in range(10)), 9_999)
    with pytest.raises(ZeroDivisionError):
        contents.receive(tmp_path, (b"x" * (1 // number) for number in (1, 0)), 10)

    assert [] == list((tmp_path / contents.INCOMING).iterdir())


def test_what_is_forgotten_is_gone(store: Store) -> None:
    """And nothing else; twice does no harm."""
    for content in (b"a", b"b"):
        contents.keep(store, content)
    for _ in range(2):
        contents.forget(store, [contents.digest(b"a"), contents.digest(b"never there")])

    assert b"b" == contents.read(store, contents.digest(b"b"))
    with pytest.raises(OSError, match=r"No such file|the bucket refuses"):
        contents.read(store, contents.digest(b"a"))
    for look in (contents.fetch, lambda store, name: contents.pieces(store, name, 0, 1)):
        with pytest.raises(Unavailable, match="does not have this file now"):
            look(store, contents.digest(b"a"))


def test_keepers_of_one_content_do_not_meet(store: Store) -> None:
    """Each has it there when it is told so."""

    def keep(_: int) -> bytes:
        contents.keep(store, LARGE)
        return contents.read(store, contents.digest(LARGE))

    assert [LARGE] * 4 == together(4, keep)


def test_two_prefixes_are_two_stores(endpoint: str) -> None:
    """In one bucket."""
    first, second = (contents.store(Settings(**of_bucket(endpoint, f"s3://paddles/{name}"))) for name in ("one", "two"))
    contents.keep(first, b"mine")

    with pytest.raises(OSError, match="refuses"):
        contents.read(second, contents.digest(b"mine"))


@pytest.mark.parametrize("url", ["s3://nowhere", "s3://paddles"])
def test_a_bucket_that_is_not_there_takes_nothing(endpoint: str, url: str) -> None:
    """Whoever sends something hears that it may work later."""
    place = endpoint if url == "s3://nowhere" else "http://127.0.0.1:1"
    with pytest.raises(Unavailable, match="the file store takes nothing"):
        contents.keep(contents.store(Settings(**of_bucket(place, url))), b"x")
