"""Single values of documents, as they may be stored: what is of another type than it should be is not there. Pure."""

import datetime
import math
from typing import Any

from paddles.archive import texts

# What stands where nothing is known.
NOTHING = ("", "None", "null")
LARGEST_INTEGER, LARGEST_BIGINT = 2**31 - 1, 2**63 - 1
LONGEST_NUMBER = 40
FIRST_YEAR, LAST_YEAR = 1970, 2200


def word(said: Any, longest: int = texts.LONGEST_NAME) -> str:
    """Return what is said on one line, blank where it is nothing, or neither text nor a number."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return ""
    found = texts.CONTROL.sub(" ", str(said)[: 2 * longest]).strip()[:longest]
    return "" if found in NOTHING else found


def number(said: Any) -> float | None:
    """Return a finite number, which may be said as text; None where there is none."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    try:
        found = float(str(said)[:LONGEST_NUMBER])
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def whole(said: Any, largest: int = LARGEST_INTEGER) -> int | None:
    """Return a whole number from 0 to ``largest``; None where there is none."""
    found = number(said)
    return int(found) if found is not None and 0 <= found <= largest else None


def size(said: Any) -> int | None:
    """Return a number of bytes; None where there is none."""
    found = whole(said, LARGEST_BIGINT - 2**10)
    return said if type(said) is int and found is not None else found


def seconds(said: Any) -> float | None:
    """Return a duration; None where there is none."""
    found = number(said)
    return found if found is not None and found >= 0 else None


def moment(said: Any) -> datetime.datetime | None:
    """Return a moment as ISO 8601 writes it, UTC where no zone is said; None where there is none."""
    if not isinstance(said, str) or len(said) > LONGEST_NUMBER:
        return None
    try:
        found = datetime.datetime.fromisoformat(said)
    except ValueError:
        return None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return found.replace(tzinfo=datetime.UTC) if found.tzinfo is None else found.astimezone(datetime.UTC)
