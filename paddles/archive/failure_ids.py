"""How the number of a group of failures stands in addresses: 16 hexadecimal digits. Pure."""

import re

from paddles.errors import NotFound

ID = re.compile(r"[0-9a-f]{16}")
BITS = 2**64


def written(number: int) -> str:
    """Return the number of a group as it stands in addresses."""
    return f"{number % BITS:016x}"


def read(text: str) -> int:
    """Return the number that an address names. Raises NotFound where it can be none."""
    if not ID.fullmatch(text):
        raise NotFound("no job failed so")
    number = int(text, 16)
    return number - BITS if number >= BITS // 2 else number
