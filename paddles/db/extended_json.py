"""Documents as dumps of MongoDB have them: JSON, or its Extended JSON, in which an object stands for what JSON lacks.

Read are ``{"$oid": ...}``, ``{"$date": ...}`` and numbers such as ``{"$numberLong": ...}``, in either of the two forms
(MongoDB Extended JSON v2: canonical and relaxed). Pure.
"""

import datetime
import math
from typing import Any

from paddles import plain_json
from paddles.errors import Invalid

NUMBERS = ("$numberInt", "$numberLong", "$numberDouble", "$numberDecimal")
MILLISECONDS = 1000
BITS_64 = 2**63
MOST_DIGITS = 20
DEEPEST = 200


def read(line: bytes) -> dict[str, Any]:
    """Return the document of a line, moments as ISO 8601 text; what is no number (NaN, infinities) is None.

    Raises:
        Invalid: it is no JSON object, or holds what cannot be stored: a NUL character, more than ``DEEPEST`` levels, a
            number or a moment that is none.
    """
    plain = _plain(plain_json.object_(line), DEEPEST)
    if b"\\u0000" in line:
        _refuse_nul(plain)
    return plain if isinstance(plain, dict) else {}


def _plain(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if not levels:
        raise Invalid(f"nests more than {DEEPEST} levels")
    if isinstance(value, list):
        return [_plain(each, levels - 1) for each in value]
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == "$oid":
            return inner
        if key in NUMBERS:
            return _number(key, inner)
        if key == "$date":
            return _moment(_plain(inner, levels - 1))
    return {key: _plain(each, levels - 1) for key, each in value.items()}


def _number(kind: str, said: Any) -> int | float | None:
    try:
        if kind in ("$numberDouble", "$numberDecimal"):
            found = float(said)
            return found if math.isfinite(found) else None
        whole = int(said) if len(str(said)) <= MOST_DIGITS else BITS_64
    except (TypeError, ValueError):
        raise Invalid(f"{str(said)[:100]!r} is no number") from None
    if not -BITS_64 <= whole < BITS_64:
        raise Invalid("a number has more than 64 bits")
    return whole


def _moment(said: Any) -> str:
    if isinstance(said, str):
        return said
    try:
        return datetime.datetime.fromtimestamp(said / MILLISECONDS, datetime.UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        raise Invalid(f"{str(said)[:100]!r} is no moment") from None


def _refuse_nul(value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise Invalid("holds a NUL character")
    if isinstance(value, dict | list):
        for each in [*value, *value.values()] if isinstance(value, dict) else value:
            _refuse_nul(each)
