"""Secrets in logs: every byte of a value that is seen becomes a star, in whatever pieces the log arrives. Pure.

A log stays as long as it was, so that places in it stay what they are. The end of a piece that may be the beginning of
a secret is held back until more is there. What is not seen: values of less than four bytes, and any that a program
shows in another form than its own, in Base64 or hexadecimal, with escapes, with something between its letters, or in
part.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

SHORTEST = 4
# Of a value of several lines, short ones are words that stand elsewhere too.
SHORTEST_LINE = 8
# Longer values are looked for in parts.
LONGEST = 1024
STAR = b"*"


@dataclass(frozen=True)
class Held:
    """What was held back: the bytes as they came, and how many of the first are part of a secret already."""

    content: bytes = field(default=b"", repr=False)
    covered: int = 0


NOTHING = Held()


def words(values: Iterable[str]) -> tuple[bytes, ...]:
    """Return what is looked for to mask ``values``: each as it is, without blanks around it, and each of its lines."""
    found: set[bytes] = set()
    for value in values:
        whole = value.encode()
        lines = (line.strip() for line in whole.splitlines())
        for text in (whole, whole.strip(), *(line for line in lines if len(line) >= SHORTEST_LINE)):
            found.update(_parts(text))
    return tuple(sorted(found))


def masked(held: Held, piece: bytes, wanted: Sequence[bytes]) -> tuple[bytes, Held]:
    """Return what may be shown of a log when a further piece has come, and what is held back now.

    Args:
        held: what was held back before; ``NOTHING`` at the beginning.
        piece: the bytes that follow.
        wanted: what :func:`words` returned, the same for all of a log.
    """
    content = held.content + piece
    spans = [(0, held.covered), *_spans(content, wanted)]
    end = len(content) - max((_unfinished(content, word) for word in wanted), default=0)
    # What lies in the held part as a whole is found once more; what begins before it would not be.
    covered = max(0, held.covered - end, *(stop - end for start, stop in spans if start < end))
    return _starred(content, spans)[:end], Held(content[end:], covered)


def rest(held: Held, wanted: Sequence[bytes]) -> bytes:
    """Return what may be shown of what was held back, when nothing follows any more."""
    return _starred(held.content, [(0, held.covered), *_spans(held.content, wanted)])


def text(said: str, wanted: Sequence[bytes]) -> str:
    """Return a text as it may be shown."""
    return rest(Held(said.encode()), wanted).decode(errors="replace")


def _parts(text: bytes) -> Iterator[bytes]:
    if len(text) < SHORTEST:
        return
    for start in range(0, len(text), LONGEST):
        # The last one is as long as the others, so that nothing is too short to be found.
        yield text[min(start, max(0, len(text) - LONGEST)) :][:LONGEST]


def _spans(content: bytes, wanted: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Yield where secrets begin and end; of one that overlaps or follows itself the beginning and the last end."""
    for word in wanted:
        start = stop = at = content.find(word)
        while at >= 0:
            if at > stop:
                yield start, stop
                start = at
            stop = at + len(word)
            at = stop if content.startswith(word, stop) else content.find(word, at + 1)
        if start >= 0:
            yield start, stop


def _unfinished(content: bytes, word: bytes) -> int:
    """Return how many of the last bytes may be the beginning of a word, and are not all of it."""
    tail = content[max(0, len(content) - len(word) + 1) :]
    at = tail.find(word[:1])
    while at >= 0:
        if word.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(word[:1], at + 1)
    return 0


def _starred(content: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    starred = bytearray(content)
    for start, stop in spans:
        starred[start:stop] = STAR * (stop - start)
    return bytes(starred)
