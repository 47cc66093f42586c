"""The file store: whole contents or none, each once, called by what it is."""

import hashlib
import os
from pathlib import Path

import pytest

from paddles.archive import contents
from paddles.archive.disks import Disk
from paddles.errors import Unavailable
from paddles.settings import Settings, load
from tests.concurrency.threads import together

CONTENTS = [b"", b"x", b"\0\xff" * 100_000]


def files(folder: Path) -> list[Path]:
    """Return all that lies in a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_kept_is_read(tmp_path: Path, content: bytes) -> None:
    """Byte for byte, however often it is kept; it lies there once."""
    store = Disk(tmp_path / "not" / "there yet")
    for _ in range(2):
        contents.keep(store, content)

    name = contents.digest(content)
    assert content == contents.read(store, name)
    assert [hashlib.sha256(content).hexdigest()] == [path.name for path in files(store.folder)]
    assert hashlib.sha256(content).digest() == name


@pytest.mark.parametrize("way", ["keep", "take"])
def test_a_content_is_on_the_disk_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A power cut takes neither the file nor the names that lead to it."""
    synced, fsync = set[str](), os.fsync

    def noted(descriptor: int) -> None:
        synced.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    store = Disk(tmp_path / "store")
    if way == "keep":
        contents.keep(store, b"x")
    else:
        contents.take(store, contents.receive(tmp_path, [b"x"], 1))

    assert {str(store.folder), str(store.folder / contents.digest(b"x").hex()[:2])} <= synced


def test_keepers_of_one_content_do_not_meet(tmp_path: Path) -> None:
    """Each has it there when it is told so, and nothing unfinished stays."""
    content = b"x" * 1_000_000

    def keep(_: int) -> bytes:
        contents.keep(Disk(tmp_path), content)
        return contents.read(Disk(tmp_path), contents.digest(content))

    assert [content] * 8 == together(8, keep)
    assert 1 == len(files(tmp_path))


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Whoever sends it may send it again; nothing is left of it."""
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable, match="the file store takes nothing"):
        contents.keep(Disk(tmp_path / "file"), b"x")

    (tmp_path / contents.digest(b"x").hex()[:2]).touch()
    with pytest.raises(Unavailable):
        contents.keep(Disk(tmp_path), b"x")
    assert 2 == len(files(tmp_path))


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """As with any file."""
    with pytest.raises(FileNotFoundError):
        contents.read(Disk(tmp_path), contents.digest(b"x"))


def test_a_damaged_content_is_none(tmp_path: Path) -> None:
    """What its name does not say is not given to anybody."""
    contents.keep(Disk(tmp_path), b"good")
    files(tmp_path)[0].write_bytes(b"bad")

    with pytest.raises(OSError, match="damaged"):
        contents.read(Disk(tmp_path), contents.digest(b"good"))


def test_a_forgotten_content_is_gone(tmp_path: Path) -> None:
    """And what a process that was killed left of it, but nothing else; a second time does no harm."""
    for content in (b"a", b"b"):
        contents.keep(Disk(tmp_path), content)
    name = contents.digest(b"a")
    (tmp_path / name.hex()[:2] / f"{name.hex()}.k1ll3d").touch()

    for _ in range(2):
        contents.forget(Disk(tmp_path), [name])

    assert [contents.digest(b"b").hex()] == [path.name for path in files(tmp_path)]


def test_contents_lie_where_the_settings_say(tmp_path: Path) -> None:
    """In the home unless told otherwise."""
    assert tmp_path / "files" == contents.directory(load(home=tmp_path))
    assert tmp_path == contents.directory(load(home="/nowhere", files_dir=tmp_path))
    assert "files" == contents.directory(Settings()).name
