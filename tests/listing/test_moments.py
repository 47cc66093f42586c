"""Moments as people write them in addresses."""

import datetime

import pytest

from paddles.errors import Invalid
from paddles.listing import moments
from tests.conftest import NOW

WRITTEN: list[tuple[str, str]] = [
    ("30m", "2026-01-31T11:30:00+00:00"),
    ("24h", "2026-01-30T12:00:00+00:00"),
    ("7d", "2026-01-24T12:00:00+00:00"),
    ("2w", "2026-01-17T12:00:00+00:00"),
    ("0s", "2026-01-31T12:00:00+00:00"),
    ("2026-01-31", "2026-01-31T00:00:00+00:00"),
    ("2026-01-31T10:00Z", "2026-01-31T10:00:00+00:00"),
    ("2026-01-31 10:00", "2026-01-31T10:00:00+00:00"),
    ("2026-01-31T10:00+02:00", "2026-01-31T08:00:00+00:00"),
    # A plus that nobody escaped.
    ("2026-01-31T10:00 02:00", "2026-01-31T08:00:00+00:00"),
    ("999999w", "1970-01-01T00:00:00+00:00"),
    ("0001-01-01", "1970-01-01T00:00:00+00:00"),
    ("9999-12-31", "9000-01-01T00:00:00+00:00"),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_a_moment_is_read(text: str, expected: str) -> None:
    """A time ago, a day or a moment, in UTC unless it says otherwise; beyond the calendar is its edge."""
    assert datetime.datetime.fromisoformat(expected) == moments.moment(text, NOW, "since")


@pytest.mark.parametrize(
    "text", ["", "x", "7", "7y", "-7d", "2026-13-01", "2026-02-30", "1e9d", "٣d", "2026-01-31T25:00"]
)
def test_what_is_none_is_refused_by_name(text: str) -> None:
    """The message says what would be one."""
    with pytest.raises(Invalid, match="since must be a moment such as 2026-01-31T10:00Z"):
        moments.moment(text, NOW, "since")
