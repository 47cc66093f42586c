"""What the text of a filter means."""

import datetime
from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.nodes import values

NOON = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31 12:00:00.000", NOON),
        ("2026-01-31T14:00:00+02:00", NOON),
        ("2026-01-31T14:00:00 02:00", NOON),
        ("2026-01-31T14:00 02:00", NOON),
        ("2026-01-31 12:00", NOON),
        ("2026-01-31", NOON.replace(hour=0)),
        ("1769860800", NOON),
        ("1769860800.5", NOON.replace(microsecond=500000)),
        ("20260131", NOON.replace(hour=0)),
    ],
)
def test_moments_of_all_forms(text: str, expected: datetime.datetime) -> None:
    """ISO 8601 with and without an offset, a blank for T or for a plus sign, a bare date, a UNIX time."""
    assert expected == values.moment(text)


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "99999999999999999", "now", "2026-01-31T25:00"])
def test_what_is_no_moment_is_said_as_python_says_it(text: str) -> None:
    """The sentence is the one that clients of KernelCI's API know."""
    with pytest.raises(Invalid, match=f"^Invalid isoformat string: {text!r}$"):
        values.moment(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x", ["x"]), ("6", ["6", 6]), ("6.5", ["6.5", 6.5]), ("True", ["True", True]), ("-1", ["-1", -1])],
)
def test_text_may_stand_for_more(text: str, expected: list[Any]) -> None:
    """Digits for a number, true and false for a truth."""
    assert expected == values.alike(text)


@pytest.mark.parametrize("text", ["", "x", "1.5", "99999999999", "٣"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """By the name of the field."""
    with pytest.raises(Invalid, match=r"^retry_counter is a number"):
        values.integer(text, "retry_counter")


def test_lists_end() -> None:
    """A list of a thousand members is taken, one more is not."""
    assert 1000 == len(values.choices(",".join("x" * 1000)))
    with pytest.raises(Invalid, match="at most 1000"):
        values.choices(",".join("x" * 1001))
