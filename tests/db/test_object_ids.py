"""Ids of 24 hexadecimal digits: rising with time, and refused in the words that clients know."""

import datetime

import pytest

from paddles.db import object_ids
from paddles.errors import Invalid

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC)


def test_an_id_begins_with_the_second_it_was_made_in() -> None:
    """As MongoDB's does: 8 digits of UNIX time."""
    (made,) = object_ids.make(NOW)

    assert (24, int(NOW.timestamp())) == (len(made), int(made[:8], 16))
    assert made == object_ids.check(made)


def test_ids_rise_with_time_and_within_a_moment() -> None:
    """A later microsecond, or a later one of many, is a greater id; none comes twice."""
    moments = [NOW + datetime.timedelta(microseconds=n) for n in (0, 1, 2, 321_098, 321_099, 5_000_000)]
    made = [each for moment in moments for each in object_ids.make(moment, 1000)]

    assert sorted(set(made)) == made


def test_capitals_are_digits() -> None:
    """An id may be written in capitals; it is kept in small letters."""
    assert "0123456789abcdef01234567" == object_ids.check("0123456789ABCDEF01234567")


@pytest.mark.parametrize("text", ["", "zz", "0" * 23, "0" * 25, "g" * 24, "٣" * 24, " " + "0" * 23, "0" * 22 + "\0'"])
def test_anything_else_is_refused(text: str) -> None:
    """It says what was meant to be an id, and what an id is."""
    with pytest.raises(Invalid, match="is not a valid ObjectId, it must be a 12-byte input or a 24-character hex"):
        object_ids.check(text)
