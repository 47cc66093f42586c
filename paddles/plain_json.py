"""JSON that others wrote, read as what the database can hold. Pure."""

from typing import Any

import orjson

from paddles.errors import Fault, Invalid, Malformed

REPLACEMENT = "\ufffd"
# The encoder goes no deeper than 254 levels.
DEEPEST = 200


def object_(content: bytes) -> dict[str, Any]:
    """Return the JSON object that ``content`` is; of equal names in one object the last counts.

    Raises:
        Malformed: it is not JSON (NaN, infinities and half a surrogate pair are not), or no object.
    """
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _malformed(f"is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise _malformed("is not a JSON object")
    return found


def dumps(value: Any, *, canonical: bool = False) -> bytes:
    """Return a value as JSON; where it is ``canonical`` the same value has the same bytes, however it was written.

    Raises:
        Invalid: it nests too deep.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if canonical else 0)
    except orjson.JSONEncodeError as error:
        raise Invalid(f"cannot be stored as JSON: {error}") from None


def storable(value: Any, most: int = DEEPEST) -> Any:
    """Return a value with replacement characters for NUL, which the database does not hold.

    Raises:
        Invalid: it nests more than ``most`` levels.
    """

    def clean(value: Any, levels: int) -> Any:
        if isinstance(value, str):
            return value.replace("\0", REPLACEMENT)
        if not isinstance(value, dict | list):
            return value
        if not levels:
            raise Invalid(f"nests more than {most} levels")
        if isinstance(value, list):
            return [clean(each, levels - 1) for each in value]
        return {name.replace("\0", REPLACEMENT): clean(each, levels - 1) for name, each in value.items()}

    return clean(value, most)


def _malformed(message: str) -> Malformed:
    return Malformed(message, (Fault("json_invalid", ("body",), message),))
