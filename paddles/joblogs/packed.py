"""Logs that labs sent: packed in parts, of which each can be unpacked by itself (``kernels.logs``)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.archive import contents
from paddles.archive.contents import Store
from paddles.db.session import Session
from paddles.ingest import lava_log
from paddles.joblogs import lines
from paddles.joblogs.lines import Line
from paddles.kernels import log_lines, logs

# So many lines are unpacked and looked at for one answer.
AT_ONCE = 20_000


@dataclass(frozen=True)
class Packed:
    """A log of ``kernel_logs``. With ``listed`` the lines of it that people look for are rows of ``log_lines``."""

    session: Session
    row: Row[Any]
    store: Store
    listed: bool
    path: str = ""
    growing: bool = False

    @property
    def job_id(self) -> int:
        """The number of its job."""
        return int(self.row.job_id)

    @property
    def size(self) -> int:
        """How many bytes it has, packed."""
        return int(self.row.size)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return int(self.row.lines)

    @property
    def version(self) -> str:
        """What tells this from what it may be later, and from other logs."""
        return f"packed-{bytes(self.row.digest).hex()}"

    @property
    def levels(self) -> Mapping[str, int]:
        """How many lines there are of each level."""
        found: dict[str, int] = orjson.loads(self.row.levels)
        return found

    def window(self, first: int, last: int) -> Iterator[Line]:
        """Yield the lines from one number to another. Raises Unavailable."""
        first = max(first, 1)
        for number, entry in enumerate(
            islice(logs.entries(self.store, self.row, first), max(0, last - first + 1)), first
        ):
            said = lava_log.coloured(entry)
            yield Line(number, said.at, said.level, said.message)

    def troubled(self, first: int, last: int, most: int) -> tuple[list[Line], int]:
        """Return the first lines from one number to another that tell of trouble, of ``log_lines.MOST`` in all.

        And the number of the last line that was looked at: where they are not kept, not all of them are.
        """
        if self.listed:
            found = log_lines.troubled(self.session, self.job_id, first, last, most)
            return [Line(row.line, row.at, row.level, row.message) for row in found], last
        looked = min(last, max(first, 1) + AT_ONCE - 1)
        return list(islice(filter(lines.troubled, self.window(first, looked)), most)), looked

    def picked(self, numbers: Iterable[int]) -> Iterator[Line]:
        """Yield lines by their numbers, which are in order."""
        for near in lines.near(numbers):
            meant = frozenset(near)
            yield from (line for line in self.window(near[0], near[-1]) if line.number in meant)

    def poured(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes of lines with their ends."""
        for line in self.window(first, last):
            yield line.text.replace("\n", " ").encode(errors="replace") + b"\n"

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield a part of the log, packed."""
        return contents.pieces(self.store, bytes(self.row.digest), start, stop)
