"""The file store: whole contents or none, each once, called by what it is."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from paddles.archive import contents
from paddles.errors import Invalid, Unavailable
from paddles.settings import Settings, load
from tests.concurrency.threads import together

CONTENTS = [b"", b"x", b"\0\xff" * 100_000]


def files(store: Path) -> list[Path]:
    """Return all that lies in a store."""
    return sorted(path for path in store.rglob("*") if path.is_file())


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_kept_is_read(tmp_path: Path, content: bytes) -> None:
    """Byte for byte, however often it is kept; it lies there once."""
    store = tmp_path / "not" / "there yet"
    for _ in range(2):
        contents.keep(store, content)

    name = contents.digest(content)
    assert content == contents.read(store, name)
    assert [hashlib.sha256(content).hexdigest()] == [path.name for path in files(store)]
    assert hashlib.sha256(content).digest() == name


def test_keepers_of_one_content_do_not_meet(tmp_path: Path) -> None:
    """Each has it there when it is told so, and nothing unfinished stays."""
    content = b"x" * 1_000_000

    def keep(_: int) -> bytes:
        contents.keep(tmp_path, content)
        return contents.read(tmp_path, contents.digest(content))

    assert [content] * 8 == together(8, keep)
    assert 1 == len(files(tmp_path))


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Whoever sends it may send it again; nothing is left of it."""
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable, match="the file store takes nothing"):
        contents.keep(tmp_path / "file", b"x")

    (tmp_path / contents.digest(b"x").hex()[:2]).touch()
    with pytest.raises(Unavailable):
        contents.keep(tmp_path, b"x")
    assert 2 == len(files(tmp_path))


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """As with any file."""
    with pytest.raises(FileNotFoundError):
        contents.read(tmp_path, contents.digest(b"x"))


def test_a_damaged_content_is_none(tmp_path: Path) -> None:
    """What its name does not say is not given to anybody."""
    contents.keep(tmp_path, b"good")
    files(tmp_path)[0].write_bytes(b"bad")

    with pytest.raises(OSError, match="damaged"):
        contents.read(tmp_path, contents.digest(b"good"))


def test_a_forgotten_content_is_gone(tmp_path: Path) -> None:
    """And what a process that was killed left of it, but nothing else; a second time does no harm."""
    for content in (b"a", b"b"):
        contents.keep(tmp_path, content)
    name = contents.digest(b"a")
    (tmp_path / name.hex()[:2] / f"{name.hex()}.k1ll3d").touch()

    for _ in range(2):
        contents.forget(tmp_path, name)

    assert [contents.digest(b"b").hex()] == [path.name for path in files(tmp_path)]


def test_contents_lie_where_the_settings_say(tmp_path: Path) -> None:
    """In the home unless told otherwise."""
    assert tmp_path / "files" == contents.directory(load(home=tmp_path))
    assert tmp_path == contents.directory(load(home="/nowhere", files_dir=tmp_path))
    assert "files" == contents.directory(Settings()).name


def test_what_comes_in_pieces_is_kept_when_it_is_settled(tmp_path: Path) -> None:
    """Known by its digest and size before that, and in the store once, however often it comes."""
    content = b"piece" * 1000
    for _ in range(2):
        arrived = contents.receive(tmp_path, (content[at : at + 7] for at in range(0, len(content), 7)))
        assert (contents.digest(content), len(content)) == (arrived.digest, arrived.size)
        contents.settle(tmp_path, arrived)

    assert content == contents.read(tmp_path, arrived.digest)
    assert 1 == len(files(tmp_path))


def test_nothing_is_left_of_what_does_not_come_to_its_end(tmp_path: Path) -> None:
    """The client hung up, or sent too much; what the disk refuses is said to be so."""

    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise Invalid("too much")

    with pytest.raises(Invalid):
        contents.receive(tmp_path, pieces())
    assert [] == files(tmp_path)

    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        contents.receive(tmp_path / "file", [b"x"])


def test_what_was_never_settled_goes(tmp_path: Path) -> None:
    """Its process was killed; what comes just now stays."""
    old, new = (contents.receive(tmp_path, [name]) for name in (b"old", b"new"))
    os.utime(old.path, (1000, 1000))

    contents.tidy(tmp_path, 2000)

    assert [new.path] == files(tmp_path)
    contents.tidy(tmp_path / "nothing here", 2000)
