"""Moments and stretches of time as people write them in addresses: ``7d``, ``2026-01-31``. Pure."""

import datetime
import re

from paddles.errors import Invalid

AGO = re.compile(r"([0-9]{1,6})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Farther back there was nothing, and PostgreSQL's calendar and Python's part.
EARLIEST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(9000, 1, 1, tzinfo=datetime.UTC)


def stretch(text: str) -> datetime.timedelta | None:
    """Return how long ``7d`` or ``24h`` is, None for what is written otherwise."""
    found = AGO.fullmatch(text.strip())
    return datetime.timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None


def moment(text: str, now: datetime.datetime, name: str) -> datetime.datetime:
    """Return the moment that ``text`` names, one without a zone in UTC; a stretch of time is that long before ``now``.

    Raises:
        Invalid: it names none.
    """
    ago = stretch(text)
    if ago is not None:
        return now - ago if now - EARLIEST > ago else EARLIEST
    found = _read(text.strip(), name)
    aware = found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    return min(max(aware, EARLIEST), LATEST)


def _read(text: str, name: str) -> datetime.datetime:
    # Where a zone begins with a blank, that was a plus before it was sent.
    for written in (text, "+".join(text.rsplit(" ", 1))):
        try:
            return datetime.datetime.fromisoformat(written)
        except ValueError:
            continue
    raise Invalid(f"{name} must be a moment such as 2026-01-31T10:00Z, or a time such as 7d")
