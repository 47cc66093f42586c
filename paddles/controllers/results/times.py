"""Times on this wire: ``YYYY-MM-DD HH:MM:SS[.ffffff]``, UTC, without saying so. Pure."""

import datetime
import re
from typing import Any
from zoneinfo import ZoneInfo

from paddles.errors import Invalid

STAMP = "%Y-%m-%d_%H:%M:%S"
DATE_FORMAT = "date format must match %Y-%m-%d"
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z", re.ASCII)


def written(moment: datetime.datetime | None) -> str | None:
    """Return a moment as clients parse it; the fraction is left out when it is zero."""
    return None if moment is None else moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(" ")


def naive(value: Any) -> Any:
    """Return a reporter's text as a time without a zone, None for None; a time with a zone comes back as UTC.

    Raises:
        ValueError: it is neither the form that run names use, nor this wire's, nor ISO 8601.
    """
    if value is None or isinstance(value, datetime.datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a time like 2026-01-31 23:59:59")
    try:
        parsed = datetime.datetime.strptime(value, STAMP) if "_" in value else datetime.datetime.fromisoformat(value)  # noqa: DTZ007
        return parsed.astimezone(datetime.UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    except (ValueError, OverflowError):
        raise ValueError("must be a time like 2026-01-31 23:59:59") from None


def normal(value: Any) -> str | None:
    """Return a job's ``timestamp``, in whatever form it came, in this wire's."""
    parsed = naive(value)
    return None if parsed is None else parsed.isoformat(" ")


def utc(value: Any) -> datetime.datetime | None:
    """Return this wire's form as an aware moment. Raises ValueError."""
    parsed = naive(value)
    return None if parsed is None else aware(parsed, ZoneInfo("UTC"))


def aware(moment: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return a time that was read off a clock in ``zone`` as a moment, to the second. Raises Invalid."""
    try:
        return moment.replace(microsecond=0, tzinfo=zone).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise Invalid("updated must be a time like 2026-01-31 23:59:59") from None


def day(text: str, now: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return the midnight at which a day begins: ``YYYY-MM-DD``, ``today`` or ``yesterday`` in ``zone``.

    Raises:
        Invalid: it is none of these.
    """
    relative = {"today": 0, "yesterday": 1}.get(text)
    if relative is not None:
        date = now.astimezone(zone).date() - datetime.timedelta(days=relative)
    else:
        try:
            if not DATE.match(text):
                raise ValueError
            date = datetime.date(*map(int, text.split("-")))
        except ValueError:
            raise Invalid(DATE_FORMAT) from None
    try:
        return datetime.datetime.combine(date, datetime.time(), zone).astimezone(datetime.UTC)
    except OverflowError:
        raise Invalid(DATE_FORMAT) from None


def next_day(text: str, now: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return the midnight at which the day that ``text`` names ends. Raises Invalid."""
    begin = day(text, now, zone).astimezone(zone)
    try:
        return (begin.replace(tzinfo=None) + datetime.timedelta(days=1)).replace(tzinfo=zone).astimezone(datetime.UTC)
    except OverflowError:
        raise Invalid(DATE_FORMAT) from None
