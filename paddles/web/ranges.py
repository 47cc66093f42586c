"""Parts of an answer, as a client asks for them in the header ``Range``. Source: RFC 9110, section 14."""

import re
from typing import NamedTuple

RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*")


class Part(NamedTuple):
    """The bytes from ``start`` to before ``stop``; an empty one is a part that there is not."""

    start: int
    stop: int


def wanted(header: str, size: int) -> Part | None:
    """Return the part of ``size`` bytes that a client asks for; None for all of them.

    That is also for what nobody understands, for several parts at once, which a server may refuse to cut, and where
    there is nothing yet.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None or not size or not (found[1] or found[2]):
        return None
    first, last = found[1], found[2]
    if not first:
        return Part(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return Part(int(first), min(size, int(last) + 1) if last else size)
