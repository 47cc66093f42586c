"""What the text of a filter means: a moment, a yes or no, a number, a list. Pure."""

import datetime
import operator
import re

from paddles.errors import Invalid

BOOLEANS = {"true": True, "false": False}
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
INTEGER = re.compile(r"-?[0-9]{1,18}")
# Below so many digits a number may be a bare date.
UNIX_DIGITS = 9
# A plus sign that nobody escaped arrives as a blank.
UNESCAPED = re.compile(r"(:[0-9.]+) ([0-9]{2}:[0-9]{2})$")
LARGEST = 2**31
MOST_CHOICES = 1000
ORDERS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


def moment(text: str) -> datetime.datetime:
    """Return the moment that ISO 8601 text, a bare date or a UNIX time in seconds names; UTC unless it says otherwise.

    Raises:
        Invalid: it names none.
    """
    try:
        if NUMBER.fullmatch(text) and len(text.partition(".")[0]) >= UNIX_DIGITS:
            return datetime.datetime.fromtimestamp(float(text), datetime.UTC)
        found = datetime.datetime.fromisoformat(UNESCAPED.sub(r"\1+\2", text))
        return found.replace(tzinfo=datetime.UTC) if found.tzinfo is None else found.astimezone(datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid(f"Invalid isoformat string: {text[:100]!r}") from None


def integer(text: str, name: str) -> int:
    """Return the number that text says, of those that fit a counter. Raises Invalid."""
    if not INTEGER.fullmatch(text) or abs(int(text)) >= LARGEST:
        raise Invalid(f"{name[:100]} is a number, not {text[:100]!r}")
    return int(text)


def boolean(text: str, name: str) -> bool:
    """Return what ``true`` or ``false`` in any case says. Raises Invalid."""
    found = BOOLEANS.get(text.lower())
    if found is None:
        raise Invalid(f"{name} is true or false, not {text[:100]!r}")
    return found


def number(text: str) -> int | float | None:
    """Return the number that text says, None where it says none."""
    if not NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def alike(text: str) -> list[str | int | float | bool]:
    """Return the values that JSON may hold where text stands in a filter: itself, its number, its truth."""
    others = [number(text), BOOLEANS.get(text.lower())]
    return [text, *(each for each in others if each is not None)]


def choices(text: str) -> list[str]:
    """Return the members of a comma-separated list. Raises Invalid when there are too many."""
    found = text.split(",")
    if len(found) > MOST_CHOICES:
        raise Invalid(f"a list has at most {MOST_CHOICES} members")
    return found
