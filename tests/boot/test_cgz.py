"""The archive, by a reader of its own."""

import gzip
import zlib

import pytest

from paddles.boot import cgz
from tests.boot.archives import unpacked

FILES = {
    "a": (0o040755, b""),
    "a/empty": (0o100600, b""),
    "a/three": (0o100664, b"abc"),
    "a/four": (0o100775, b"\x00\xff\n\x80"),
    "a/ünï": (0o100644, b"x" * 100000),
}


def test_what_goes_in_comes_out() -> None:
    """Paths, modes and contents, in their order."""
    entries = unpacked(cgz.pack(FILES))

    assert list(FILES.items()) == [(entry.path, (entry.mode, entry.content)) for entry in entries]


def test_entries_are_roots_and_timeless() -> None:
    """Inode numbers are distinct and not zero, directories have two links, owner and times are zero."""
    entries = unpacked(cgz.pack(FILES))

    assert [1, 2, 3, 4, 5] == [entry.inode for entry in entries]
    assert [2, 1, 1, 1, 1] == [entry.links for entry in entries]
    assert {(0, 0, 0)} == {(entry.uid, entry.gid, entry.mtime) for entry in entries}


def test_the_same_files_give_the_same_bytes() -> None:
    """There is no time in the archive, nor in its compression."""
    packed = cgz.pack(FILES)

    assert packed == cgz.pack(dict(FILES))
    assert b"\x1f\x8b\x08\x00\x00\x00\x00\x00" == packed[:8]


@pytest.mark.parametrize("size", range(9))
def test_everything_begins_at_a_multiple_of_four(size: int) -> None:
    """Names and contents of any length."""
    files = {"n" * (size + 1): (0o100644, b"c" * size), "last": (0o100644, b"end")}

    assert list(files.items()) == [(entry.path, (entry.mode, entry.content)) for entry in unpacked(cgz.pack(files))]


def test_nothing_is_an_archive_too() -> None:
    """A trailer, filled up to 512 bytes, in one member of gzip."""
    packed = cgz.pack({})

    assert [] == unpacked(packed)
    assert 512 == len(gzip.decompress(packed))
    member = zlib.decompressobj(31)
    member.decompress(packed)
    assert (True, b"") == (member.eof, member.unused_data)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", "a/..", "..", "a\x00b"])
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    """An archive stays below where it is unpacked."""
    with pytest.raises(ValueError, match="packed"):
        cgz.pack({path: (0o100644, b"")})
