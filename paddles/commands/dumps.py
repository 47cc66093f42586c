"""The lines of a dump, compressed or not, and those among them whose turn comes later."""

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from paddles.commands.command import Progress
from paddles.errors import PaddlesError

GZIP = b"\x1f\x8b"
# MongoDB's documents have 16 MiB at the most, and Extended JSON makes more of that.
LONGEST_LINE = 64 * 1024 * 1024
# The bar moves in steps of so many bytes.
STEP = 256 * 1024
SPOOLED_IN_MEMORY = 32 * 1024 * 1024


class Line(NamedTuple):
    """A line of a dump and its number, from 1; without text where it is longer than any can be."""

    number: int
    text: bytes


def size(path: Path) -> int:
    """Return the length of a dump in bytes. Raises PaddlesError when it cannot be read."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise PaddlesError(f"cannot read {path}: {error.strerror}") from None


def lines(path: Path, progress: Progress) -> Iterator[Line]:
    """Yield the lines of a dump but for blank ones, and move the bar on as its bytes are read.

    Raises:
        PaddlesError: it cannot be read to its end.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            with gzip.open(file) if packed else file as text:
                yield from _numbered(text, file, progress)
    except (OSError, EOFError, zlib.error) as error:
        raise PaddlesError(f"cannot read {path} to its end: {error}") from None


def _numbered(text: Any, file: Any, progress: Progress) -> Iterator[Line]:
    number = seen = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
        if not whole:
            _skip(text)
        if line.strip():
            yield Line(number, line if whole else b"")
        if (reached := file.tell()) - seen >= STEP:
            progress.advance(reached - seen)
            seen = reached
    progress.advance(file.tell() - seen)


def _skip(text: Any) -> None:
    """Read the rest of a line."""
    while (rest := text.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


class Later:
    """Lines put aside until those above them have come: in a file of their own, of which only the ids are in memory."""

    def __init__(self, files: ExitStack) -> None:
        self.ids: set[bytes] = set()
        file = tempfile.SpooledTemporaryFile(SPOOLED_IN_MEMORY)  # noqa: SIM115 - closed with ``files``
        self.file: Any = files.enter_context(file)

    def __contains__(self, node_id: str) -> bool:
        """Return whether the line of an id was put aside."""
        return bytes.fromhex(node_id) in self.ids

    def add(self, line: Line, node_id: str) -> None:
        """Put the line of an id aside."""
        self.ids.add(bytes.fromhex(node_id))
        self.file.write(b"%d %b\n" % (line.number, line.text.rstrip()))

    def lines(self) -> Iterator[Line]:
        """Yield the lines in the order in which they were put aside, once."""
        with self.file:
            self.file.seek(0)
            for kept in self.file:
                number, _, text = kept.partition(b" ")
                yield Line(int(number), text)


def batches(found: Iterator[Line], count: int) -> Iterator[list[Line]]:
    """Yield lines, ``count`` at a time."""
    while batch := list(islice(found, count)):
        yield batch
