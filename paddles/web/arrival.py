"""A request on its way in: what has arrived of it, and whether that is all. Lengths alone matter."""

import re
from typing import BinaryIO

HEAD_END = b"\r\n\r\n"
# What a request line and its headers may add up to.
HEAD_BYTES = 64 * 1024
# What is kept of one request before somebody works on it; of a longer one the beginning is enough to refuse it.
LARGEST_BYTES = 16 * 1024 * 1024
LENGTH = re.compile(rb"\r\ncontent-length:([^\r]*)\r\n", re.IGNORECASE)
LONGEST_NUMBER = 18
CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class Arrival:
    """The bytes of one request, from its first one at the moment ``begun``; more may follow it.

    They are in ``data``; of one that was told to arrive in a file (:meth:`into`) only the last few are.
    """

    def __init__(self, data: bytes, begun: float) -> None:
        self.data = bytearray(data)
        self.begun = self.heard = begun
        self.head = 0
        self.expects = self.whole = False
        self.file: BinaryIO | None = None
        self._end: int | None = None
        # Places count from the first byte of the request, of which so many are in the file alone.
        self._at = self._poured = 0

    def add(self, data: bytes, now: float) -> None:
        """Take what arrived ``now``."""
        self.data += data
        self.heard = now
        if self.file and self.head:
            self._pour(self.file)

    def into(self, file: BinaryIO) -> None:
        """Have all of it be in a file, from its first byte on. Raises OSError, as ``add`` then does."""
        self.file = file
        if not self.head:
            self._find_head()
        self._pour(file)

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self._poured + len(self.data)

    @property
    def oversized(self) -> bool:
        """Whether its headers, as far as they were found by ``ready``, are too long to be a client's of ours."""
        return (self.head or len(self.data)) > HEAD_BYTES

    def ready(self) -> bool:
        """Say whether all of it is here, or as much as is needed to refuse it."""
        if not self.head and not self._find_head():
            return False
        self.whole = self._chunks_ended() if self._end is None else self.size >= self._end
        return self.whole or (self.file is None and max(self.size, self._end or 0) > LARGEST_BYTES)

    def _find_head(self) -> bool:
        found = self.data.find(HEAD_END, max(0, self._at - len(HEAD_END)))
        if found < 0:
            self._at = len(self.data)
            return False
        self.head = self._at = found + len(HEAD_END)
        head = bytes(self.data[: self.head])
        self.expects = EXPECTS.search(head) is not None
        if CHUNKED.search(head) is None:
            length = LENGTH.search(head)
            self._end = self.head + (_number(length[1].strip()) if length else 0)
        return True

    def _chunks_ended(self) -> bool:
        """Go from chunk to chunk, from where the last look ended; what is no chunk is for the parser to refuse."""
        while (line := self.data.find(b"\r\n", at := self._at - self._poured)) >= 0:
            try:
                size = int(self.data[at:line].split(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                return self.data.find(HEAD_END, line) >= 0 or self._endless()
            self._at = self._poured + line + 2 + size + 2
        return self._endless()

    def _endless(self) -> bool:
        """Say whether more stands between two chunks than any parser reads."""
        return self.file is not None and len(self.data) - (self._at - self._poured) > HEAD_BYTES

    def _pour(self, file: BinaryIO) -> None:
        """Write what has arrived to the file, and keep what may be the beginning of a chunk's length."""
        file.seek(self._poured)
        file.write(self.data)
        if self._end is None:
            self._chunks_ended()
            known = min(self._at - self._poured, len(self.data))
        else:
            known = len(self.data)
        self._poured += known
        del self.data[:known]


def _number(said: bytes) -> int:
    """Return a length; what is none is too long, so that it is refused and nothing behind it is believed."""
    return int(said) if said.isdigit() and len(said) <= LONGEST_NUMBER else LARGEST_BYTES + 1
