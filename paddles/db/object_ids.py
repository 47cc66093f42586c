"""Ids of 24 lower-case hexadecimal digits, as clients of KernelCI's API demand them; in their order things were made.

They are of the form of MongoDB's ObjectId: 4 bytes of UNIX time first. Ours go on with 3 bytes of the second's
fraction, where MongoDB has a part of its process's number, so that ids of several processes sort by time as well.
"""

import datetime
import secrets

from paddles.errors import Invalid

DIGITS = frozenset("0123456789abcdefABCDEF")
LENGTH = 24
TAIL_BITS = 40


def make(now: datetime.datetime, count: int = 1) -> list[str]:
    """Return ``count`` new ids of the moment ``now``, rising."""
    moment = int(now.timestamp()) << 24 | (now.microsecond << 24) // 1_000_000
    # The upper half is left free, so that the last of many does not run into the next moment.
    first = moment << TAIL_BITS | secrets.randbits(TAIL_BITS - 1)
    return [f"{first + n:0{LENGTH}x}" for n in range(count)]


def check(text: str) -> str:
    """Return ``text``, an id as a client wrote it, in lower case.

    Raises:
        Invalid: it is not one; said as KernelCI's API says it.
    """
    if len(text) != LENGTH or not DIGITS.issuperset(text):
        raise Invalid(
            f"{text[:100]!r} is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"
        )
    return text.lower()
