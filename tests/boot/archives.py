"""Reads archives, written after the format's description and not after the writer."""

import gzip
import io
import struct
from typing import BinaryIO, NamedTuple


class Entry(NamedTuple):
    """One file of an archive, with what its header says."""

    path: str
    inode: int
    mode: int
    uid: int
    gid: int
    links: int
    mtime: int
    content: bytes


def unpacked(archive: bytes) -> list[Entry]:
    """Return the entries of a gzipped newc archive up to its trailer; anything not quite right is an error."""
    stream = io.BytesIO(gzip.decompress(archive))
    entries = []
    while (entry := _entry(stream)).path != "TRAILER!!!":
        entries.append(entry)
    rest = stream.read()
    assert (b"", 0) == (rest.strip(b"\0"), stream.tell() % 512)
    return entries


def _entry(stream: BinaryIO) -> Entry:
    magic, *fields = struct.unpack("6s" + "8s" * 13, stream.read(110))
    inode, mode, uid, gid, links, mtime, size, *devices, length, check = (int(field, 16) for field in fields)
    assert (b"070701", [0, 0, 0, 0], 0) == (magic, devices, check)
    name = stream.read(length)
    _aligned(stream)
    content = stream.read(size)
    _aligned(stream)
    assert (1, size) == (name.count(b"\0"), len(content))
    return Entry(name[:-1].decode(), inode, mode, uid, gid, links, mtime, content)


def _aligned(stream: BinaryIO) -> None:
    gap = stream.read(-stream.tell() % 4)
    assert not gap.strip(b"\0")
