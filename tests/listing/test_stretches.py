"""Stretches of time cut into steps."""

import datetime

import pytest

from paddles.errors import Invalid
from paddles.listing import stretches
from paddles.listing.stretches import Series
from tests.conftest import NOW


def at(text: str) -> datetime.datetime:
    """Return a moment in UTC."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


CUT = [
    ("2026-01-30T10:30", "2026-01-30T12:00", "hour", ["2026-01-30T10:00", "2026-01-30T11:00"]),
    ("2026-01-30T10:00", "2026-01-30T12:01", "hour", ["2026-01-30T10:00", "2026-01-30T11:00", "2026-01-30T12:00"]),
    ("2026-01-30T23:59", "2026-02-01T00:00", "day", ["2026-01-30T00:00", "2026-01-31T00:00"]),
    ("2026-01-31T12:00", "2026-02-02T00:01", "week", ["2026-01-26T00:00", "2026-02-02T00:00"]),
    ("1999-12-31T12:00", "2000-01-01T12:00", "day", ["1999-12-31T00:00", "2000-01-01T00:00"]),
]


@pytest.mark.parametrize(("since", "until", "step", "expected"), CUT)
def test_steps_cover_a_stretch(since: str, until: str, step: str, expected: list[str]) -> None:
    """The first has its beginning in it, the last what is just before its end; weeks begin on Mondays."""
    assert [at(text) for text in expected] == stretches.stretch(at(since), at(until), step).moments


@pytest.mark.parametrize(("days", "expected"), [(1, "hour"), (2, "hour"), (3, "day"), (90, "day")])
def test_short_stretches_are_told_by_the_hour(days: int, expected: str) -> None:
    """Unless somebody says otherwise."""
    assert expected == stretches.stretch(NOW - datetime.timedelta(days=days), NOW).step


def test_nobody_is_told_of_every_hour_of_a_year() -> None:
    """What would be more points than anybody can look at is refused."""
    with pytest.raises(Invalid, match="interval hour makes more than 3000 points"):
        stretches.stretch(NOW - datetime.timedelta(days=126), NOW, "hour")


def test_series_leave_nothing_out() -> None:
    """Where nothing is said a point is empty; the largest come first, and those that are left out are counted."""
    stretch = stretches.stretch(at("2026-01-30"), at("2026-02-01"), "day")
    first, second = stretch.moments
    rows = [(key, second, {"n": number, "p50": 99.0}) for key, number in (("a", 1), ("b", 5), ("c", 1))]

    found = stretches.chart(stretch, rows, {"n": 0, "p50": None}, most=2)

    assert ["b", "a"] == [series.key for series in found.series]
    assert 1 == found.others
    assert [(first, {"n": 0, "p50": None}), (second, {"n": 5, "p50": 99.0})] == [
        (point.at, point.values) for point in found.series[0].points
    ]


def test_a_series_is_there_without_a_row() -> None:
    """Where it is asked for by its key."""
    stretch = stretches.stretch(at("2026-01-30"), at("2026-01-31"), "day")

    (series,) = stretches.chart(stretch, [], {"n": 0}, keys=("",)).series

    assert Series("", [stretches.Point(at("2026-01-30"), {"n": 0})]) == series
