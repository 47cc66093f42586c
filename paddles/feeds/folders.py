"""Documents that lie in files: named ones, all of a directory, or one on the standard input."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson

from paddles.errors import Invalid
from paddles.feeds.sources import Files, Found, Missing, Wanted

STDIN = "-"
# How the names of files begin, as storages and `paddles samples` write them.
BEGINNINGS = {"lava": "lava", "build": "build", "boot": "boot"}


class Folder:
    """The source ``dir``: a document is called by what it says, so that it is brought once wherever it lies."""

    name = "dir"

    def __init__(self, place: str | Files, lab: str, wanted: Wanted, most_bytes: int) -> None:
        """Look at a directory, at ``-``, or at files; jobs of LAVA that name no lab are from ``lab``."""
        self._place, self._lab, self._wanted, self._most_bytes = place, lab, wanted, most_bytes
        self._typed = b""

    def check(self) -> list[str]:
        """Say what is there."""
        return [f"{sum(1 for _ in self.found())} documents in files"]

    def found(self) -> Iterator[Found]:
        """List the files, of a directory by their names. Raises Invalid where the standard input holds too much."""
        counts = dict.fromkeys(BEGINNINGS, 0)
        for kind, path in self._paths():
            try:
                content = self._read(path)
                found = Found(kind or kind_of(Path(path).name, content), _name(content), self._lab, path)
            except Missing:
                found = Found(kind or "build", path, self._lab, path)
            counts[found.kind] += 1
            if not self._wanted.how_many or counts[found.kind] <= self._wanted.how_many:
                yield found

    def fetch(self, found: Found) -> bytes:
        """Return a document. Raises Missing when it cannot be read."""
        return self._typed if found.where == STDIN else self._read(found.where)

    def _paths(self) -> Iterator[tuple[str, str]]:
        if isinstance(self._place, Files):
            yield from self._place.kinds()
        elif self._place == STDIN:
            yield "", STDIN
        else:
            yield from (("", str(path)) for path in sorted(Path(self._place).rglob("*.json")) if path.is_file())

    def _read(self, path: str) -> bytes:
        if path == STDIN:
            self._typed = self._typed or sys.stdin.buffer.read(self._most_bytes + 1)
            if len(self._typed) > self._most_bytes:
                raise Invalid(f"a document has at most {self._most_bytes} bytes")
            return self._typed
        try:
            with Path(path).open("rb") as file:
                content = file.read(self._most_bytes + 1)
        except (OSError, ValueError) as error:
            raise Missing(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
        if len(content) > self._most_bytes:
            raise Missing(f"{path} has more than {self._most_bytes} bytes")
        return content


def kind_of(name: str, content: bytes) -> str:
    """Return which kind of document a file holds, by its name or else by what it says."""
    by_name = next((kind for kind, beginning in BEGINNINGS.items() if name.startswith(beginning)), "")
    if by_name:
        return by_name
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError:
        return "build"
    keys = set(said) if isinstance(said, dict) else set()
    if "definition" in keys:
        return "lava"
    return "boot" if {"lab_name", "board"} <= keys else "build"


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
