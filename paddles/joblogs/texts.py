"""Logs that are text: console logs, also while they grow, and files that jobs left behind."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from paddles.joblogs import indexes, lines
from paddles.joblogs.indexes import Index, Pieces
from paddles.joblogs.lines import Line

# So much is read at once of lines that stand behind each other; no less than what is shown of a line.
MANY, BLOCK = 100, 256 * 1024


@dataclass(frozen=True)
class Text:
    """A log of ``size`` bytes, which ``pieces(start, stop)`` yields; ``name`` tells its content from all others.

    ``path`` is what it is called among the files of its job, which is of this ``kind``. With ``growing`` there will be
    more of it.
    """

    job_id: int
    kind: str
    path: str
    name: str
    size: int
    pieces: Pieces
    growing: bool = False

    @cached_property
    def _index(self) -> Index:
        return indexes.of(self.name, self.size, self.pieces)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self._index.lines

    @property
    def version(self) -> str:
        """What tells this from what it may be later, and from other logs."""
        return f"{self.name}-{self.size}"

    @property
    def levels(self) -> Mapping[str, int]:
        """How many lines there are of each level: nobody has counted."""
        return {}

    def window(self, first: int, last: int) -> Iterator[Line]:
        """Yield the lines from one number to another. Raises Unavailable: the text is not there as it was."""
        index, number, last = self._index, max(first, 1), min(last, self.lines)
        while number <= last:
            place = indexes.start(index, number, self.pieces)
            size = BLOCK if last - number > MANY else lines.LONGEST
            block = b"".join(self.pieces(place, min(place + size, index.size)))
            whole = block.split(b"\n")
            # What follows the last end in the block is not all of a line, unless the line is longer than a block.
            if len(whole) > 1 and place + len(block) < index.size:
                whole.pop()
            for content in whole[: last - number + 1]:
                yield lines.read(number, content)
                number += 1

    def troubled(self, first: int, last: int, most: int) -> tuple[list[Line], int]:
        """Return the first lines from one number to another that tell of trouble, of ``log_lines.MOST`` in all.

        And the number of the last line that was looked at: that of a long log may be before ``last``. Asked once more
        the same goes further.
        """
        index = self._index
        indexes.look(index, self.pieces)
        begin = bisect_left(index.troubled, first)
        numbers = [number for number in index.troubled[begin : begin + most] if number <= last]
        if index.looked < index.size:
            return list(self.picked(numbers)), min(index.passed, last)
        if first <= self.lines <= last and index.open and lines.troubled(lines.read(self.lines, index.begun)):
            numbers.append(self.lines)
        return list(self.picked(numbers[:most])), last

    def picked(self, numbers: Iterable[int]) -> Iterator[Line]:
        """Yield lines by their numbers, which are in order."""
        for near in lines.near(numbers):
            meant = frozenset(near)
            yield from (line for line in self.window(near[0], near[-1]) if line.number in meant)

    def poured(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes of lines, all of them with their ends but for the last one."""
        index = self._index
        yield from self.pieces(indexes.start(index, first, self.pieces), indexes.start(index, last + 1, self.pieces))
