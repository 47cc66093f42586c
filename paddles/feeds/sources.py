"""What a source of documents is, and which of them a name means."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from paddles.errors import Unavailable
from paddles.feeds.models import KINDS

Wait = Callable[[float], None]


class Unreached(Unavailable):
    """A source did not answer, or not in a way that anything can be made of."""


class Missing(Exception):
    """A source has named a document and does not have it."""


class Found(NamedTuple):
    """A document that a source has: what it calls that, from which lab it is, if from any, and where it lies."""

    kind: str
    id: str
    lab: str
    where: str


class Source(Protocol):
    """Where documents are fetched from."""

    name: str

    def check(self) -> list[str]:
        """Return what of it can be reached, a line for each. Raises Unreached."""

    def found(self) -> Iterator[Found]:
        """Yield the documents that it has, as it lists them. Raises Unreached."""

    def fetch(self, found: Found) -> bytes:
        """Return a document. Raises Missing, or Unreached where it may have it."""


class Wanted(NamedTuple):
    """Of how many days, and how many of each kind, are wanted at the most; 0 is all."""

    days: int
    how_many: int = 0


class Files(NamedTuple):
    """Files that are named, by their kind."""

    builds: list[str]
    lavas: list[str]
    boots: list[str]

    def kinds(self) -> list[tuple[str, str]]:
        """Return the kind and the path of each."""
        named = {"build": self.builds, "lava": self.lavas, "boot": self.boots}
        return [(kind, path) for kind in KINDS for path in named[kind]]


def paged(page: Callable[[int, int], list[Any]], size: int, most: int) -> Iterator[Any]:
    """Yield what a source lists in pages: ``page(skip, limit)`` returns one; at the most so many of all, 0 is all."""
    skip, before = 0, None
    while not most or skip < most:
        found = page(skip, min(size, most or size))
        # A source that skips nothing gives the same page for ever.
        if not found or found == before:
            return
        before = found
        # It may send more than it was asked for.
        yield from found[: most - skip] if most else found
        skip += len(found)


def is_url(name: str) -> bool:
    """Say whether a source is named by its address."""
    return name.lower().startswith(("http://", "https://"))


def is_place(name: str) -> bool:
    """Say whether a source is named by where its files lie; ``-`` is the standard input."""
    return name == "-" or Path(name).is_dir()
