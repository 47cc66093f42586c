"""A request on its way in: what has arrived of it, and whether that is all. Lengths alone matter."""

import re

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
    """The bytes of one request, from its first one at the moment ``begun``; more may follow it."""

    def __init__(self, data: bytes, begun: float) -> None:
        self.data = bytearray(data)
        self.begun = self.heard = begun
        self.head = 0
        self.expects = self.whole = False
        self._end: int | None = None
        self._at = 0

    def add(self, data: bytes, now: float) -> None:
        """Take what arrived ``now``."""
        self.data += data
        self.heard = now

    @property
    def oversized(self) -> bool:
        """Whether its headers, as far as they were found by ``ready``, are too long to be a client's of ours."""
        return (self.head or len(self.data)) > HEAD_BYTES

    def ready(self) -> bool:
        """Say whether all of it is here, or as much as is needed to refuse it."""
        if not self.head and not self._find_head():
            return False
        self.whole = self._chunks_ended() if self._end is None else len(self.data) >= self._end
        return self.whole or max(len(self.data), self._end or 0) > LARGEST_BYTES

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
        while (line := self.data.find(b"\r\n", self._at)) >= 0:
            try:
                size = int(self.data[self._at : line].split(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                return self.data.find(HEAD_END, line) >= 0
            self._at = line + 2 + size + 2
        return False


def _number(said: bytes) -> int:
    """Return a length; what is none is too long, so that it is refused and nothing behind it is believed."""
    return int(said) if said.isdigit() and len(said) <= LONGEST_NUMBER else LARGEST_BYTES + 1
