"""Moments and stretches of time as people write them in addresses: ``7d``, ``2026-01-31``, ``today``. Pure."""

import datetime
import re
from zoneinfo import ZoneInfo

from paddles.errors import Invalid

AGO = re.compile(r"([0-9]{1,6})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Farther back there was nothing, and PostgreSQL's calendar and Python's part.
EARLIEST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
RELATIVE = {"today": 0, "yesterday": 1}
DATE_FORMAT = "date format must match %Y-%m-%d"
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z", re.ASCII)
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


def day(text: str, now: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return the midnight at which a day begins: ``YYYY-MM-DD``, ``today`` or ``yesterday`` in ``zone``.

    Raises:
        Invalid: it is none of these.
    """
    return _midnight(text, now, zone, 0)


def next_day(text: str, now: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return the midnight at which the day that ``text`` names ends. Raises Invalid."""
    return _midnight(text, now, zone, 1)


def bound(text: str, now: datetime.datetime, zone: ZoneInfo, name: str) -> datetime.datetime:
    """Return the moment that bounds a stretch of time: as :func:`moment`, but a day begins at its midnight in ``zone``.

    Raises:
        Invalid: it is none.
    """
    return moment(text, now, name) if ":" in text or stretch(text) is not None else day(text, now, zone)


def _midnight(text: str, now: datetime.datetime, zone: ZoneInfo, later: int) -> datetime.datetime:
    try:
        if text in RELATIVE:
            date = now.astimezone(zone).date() - datetime.timedelta(days=RELATIVE[text])
        elif DATE.match(text):
            date = datetime.date(*map(int, text.split("-")))
        else:
            raise Invalid(DATE_FORMAT)
        # Days are counted before midnight is looked for: where clocks change at night not every day has 24 hours.
        date += datetime.timedelta(days=later)
        return datetime.datetime.combine(date, datetime.time(), zone).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise Invalid(DATE_FORMAT) from None
