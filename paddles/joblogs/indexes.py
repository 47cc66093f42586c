"""Where the lines of a text begin, and which of them tell of trouble: found once, as far as the text is long.

Of a text that grows only what is new is looked at. What was found is kept by the process, since finding it again costs
no more than reading the text once (decision 0051).
"""

import threading
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from paddles.errors import Unavailable
from paddles.joblogs import lines
from paddles.kernels import log_lines

PIECE = 64 * 1024
MOST_KEPT = 64
# So much is looked through for one answer: looking for each word of trouble takes ten times as long as reading.
AT_ONCE = 4 * 1024 * 1024
# As much of a line as trouble is looked for in.
LOOKED = 4096
GONE = "the log is not there as it was, please ask once more"

Pieces = Callable[[int, int], Iterable[bytes]]


@dataclass
class Index:
    """What is known of the first ``size`` bytes of a text.

    ``counts`` are the lines that end before each multiple of ``PIECE`` bytes; ``ended`` those that end at all, and with
    ``open`` another has begun. Trouble was looked for in the first ``looked`` bytes, in which ``passed`` lines end;
    ``troubled`` are the numbers of lines that tell of it, at most ``log_lines.MOST``, and ``begun`` is how the line
    begins that had not ended there.
    """

    size: int = 0
    ended: int = 0
    open: bool = False
    counts: "array[int]" = field(default_factory=lambda: array("Q", [0]))
    looked: int = 0
    passed: int = 0
    begun: bytes = b""
    troubled: "array[int]" = field(default_factory=lambda: array("Q"))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def lines(self) -> int:
        """How many lines there are, one that has not ended included."""
        return self.ended + self.open


_kept: OrderedDict[Hashable, Index] = OrderedDict()
_keeping = threading.Lock()


def of(name: Hashable, size: int, pieces: Pieces) -> Index:
    """Return the index of ``size`` bytes at least of the text that is called so; what it says never changes but grows.

    ``pieces(start, stop)`` yields bytes of the text.
    """
    with _keeping:
        index = _kept.setdefault(name, Index())
        _kept.move_to_end(name)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    with index.lock:
        if index.size < size:
            for piece in _aligned(pieces(index.size, size), index.size):
                _count(index, piece)
    return index


def look(index: Index, pieces: Pieces) -> None:
    """Look for trouble in the next ``AT_ONCE`` bytes of a text, where there are any.

    Raises:
        Unavailable: the text is not there as it was.
    """
    with index.lock:
        stop = min(index.size, index.looked + AT_ONCE)
        if index.looked < stop:
            for piece in pieces(index.looked, stop):
                _look(index, piece)
        if index.looked < stop:
            raise Unavailable(GONE)


def start(index: Index, number: int, pieces: Pieces) -> int:
    """Return at which byte a line begins, by its number from 1; the end of the text where there is none.

    Raises:
        Unavailable: the text is not there as it was.
    """
    missing = number - 1
    if missing <= 0:
        return 0
    if missing > index.ended:
        return index.size
    # The last multiple before which fewer lines end.
    at = bisect_left(index.counts, missing) - 1
    begin = at * PIECE
    piece = b"".join(pieces(begin, min(begin + PIECE, index.size)))
    place = -1
    for _ in range(missing - index.counts[at]):
        place = piece.find(b"\n", place + 1)
        if place < 0:
            raise Unavailable(GONE)
    return begin + place + 1


def _aligned(pieces: Iterable[bytes], place: int) -> Iterator[bytes]:
    """Cut pieces, of which the first begins at ``place``, where multiples of ``PIECE`` are."""
    for piece in pieces:
        view = memoryview(piece)
        while view:
            room = PIECE - place % PIECE
            yield bytes(view[:room])
            place += len(view[:room])
            view = view[room:]


def _count(index: Index, piece: bytes) -> None:
    index.ended += piece.count(b"\n")
    index.open = not piece.endswith(b"\n")
    index.size += len(piece)
    if index.size % PIECE == 0:
        index.counts.append(index.ended)


def _look(index: Index, piece: bytes) -> None:
    whole, newline, rest = piece.rpartition(b"\n")
    if newline:
        room = log_lines.MOST - len(index.troubled)
        index.troubled.extend(_troubled(index.begun + whole, index.passed + 1, room))
        index.passed += whole.count(b"\n") + 1
    index.begun = rest[:LOOKED] if newline else (index.begun + piece)[:LOOKED]
    index.looked += len(piece)


def _troubled(block: bytes, first: int, room: int) -> Iterator[int]:
    """Yield the numbers of those lines of a block that tell of trouble, at most ``room``; ``first`` is its first's."""
    counted, number = 0, first
    for begin in sorted(set(_hinted(block))):
        if room <= 0:
            return
        number += block.count(b"\n", counted, begin)
        counted = begin
        end = block.find(b"\n", begin, begin + LOOKED)
        if lines.troubled(lines.read(number, block[begin : end if end >= 0 else begin + LOOKED])):
            room -= 1
            yield number


def _hinted(block: bytes) -> Iterator[int]:
    """Yield where lines begin that have a hint of trouble."""
    for hint in lines.HINTS:
        place = block.find(hint)
        while place >= 0:
            yield block.rfind(b"\n", 0, place) + 1
            end = block.find(b"\n", place)
            place = block.find(hint, end) if end >= 0 else -1
