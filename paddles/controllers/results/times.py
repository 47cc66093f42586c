"""Times on this wire: ``YYYY-MM-DD HH:MM:SS[.ffffff]``, UTC, without saying so. Pure."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from paddles.errors import Invalid

STAMP = "%Y-%m-%d_%H:%M:%S"
ZERO = "+00:00"
EARLIEST, LATEST = 1970, 9998
FORMAT = "must be a time like 2026-01-31 23:59:59"


def written(moment: datetime.datetime | str | None) -> str | None:
    """Return a moment as clients parse it; the fraction is left out when it is zero.

    As text it is what PostgreSQL writes in UTC: ``2026-01-31 12:00:00.25+00``.
    """
    if moment is None:
        return None
    if isinstance(moment, str):
        return moment[:19] if moment[19] == "+" else moment[:-3].ljust(26, "0")
    text = str(moment)
    # Moments come from the database in UTC; to convert them all the same would double the time of a long list.
    return text[: -len(ZERO)] if text.endswith(ZERO) else str(moment.astimezone(datetime.UTC))[: -len(ZERO)]


def read(value: Any) -> datetime.datetime | None:
    """Return a client's text as a time, with a zone where it names one; None for None.

    Raises:
        ValueError: it is neither the form that run names use, nor this wire's, nor ISO 8601.
    """
    if value is None or isinstance(value, datetime.datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(FORMAT)
    try:
        return datetime.datetime.strptime(value, STAMP) if "_" in value else datetime.datetime.fromisoformat(value)  # noqa: DTZ007
    except ValueError:
        raise ValueError(FORMAT) from None


def normal(value: Any) -> str | None:
    """Return a job's ``timestamp``, in whatever form it came, in this wire's; one with a zone as UTC."""
    parsed = read(value)
    if parsed is None or parsed.tzinfo is None:
        return parsed.isoformat(" ") if parsed else None
    return written(_utc(parsed))


def utc(value: Any) -> datetime.datetime | None:
    """Return a time of this wire, UTC unless it names a zone, as a moment. Raises ValueError."""
    parsed = read(value)
    return _utc(parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)) if parsed else None


def aware(time: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return a time as a moment, to the second: read off a clock in ``zone`` unless it names one. Raises Invalid."""
    time = time.replace(microsecond=0)
    try:
        return _utc(time if time.tzinfo else time.replace(tzinfo=zone))
    except ValueError as error:
        raise Invalid(f"updated {error}") from None


def _utc(moment: datetime.datetime) -> datetime.datetime:
    # Beyond these years a time cannot be shown in every zone.
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(FORMAT)
    return moment.astimezone(datetime.UTC)
