"""Classes of what becomes of a test."""

import itertools

import pytest

from paddles.analysis import classes
from paddles.analysis.classes import CLASSES, VERDICTS

BECOMES = [
    ("pass", "fail", "regression"),
    ("fail", "pass", "fixed"),
    (None, "fail", "new_failure"),
    ("skip", "fail", "new_failure"),
    ("running", "fail", "new_failure"),
    ("fail", "fail", "still_failing"),
    (None, "pass", "new_pass"),
    ("unknown", "pass", "new_pass"),
    (None, "skip", "appeared"),
    (None, "queued", "appeared"),
    ("pass", None, "disappeared"),
    ("fail", None, "disappeared"),
    (None, None, "disappeared"),
    ("pass", "running", "undecided"),
    ("fail", "skip", "undecided"),
    ("pass", "pass", "unchanged"),
    ("skip", "unknown", "unchanged"),
    ("pass", "dead", "infra"),
    ("dead", "fail", "infra"),
    (None, "dead", "infra"),
    ("dead", None, "infra"),
]


@pytest.mark.parametrize(("first", "last", "expected"), BECOMES)
def test_each_pair_of_verdicts_has_a_class(first: str | None, last: str | None, expected: str) -> None:
    """A pass that fails now is a regression; trouble of the lab is none, whatever is on the other side."""
    assert expected == classes.of(first, last)


def test_a_duration_counts_only_where_both_passed() -> None:
    """What failed, or fails now, is told of as that."""
    found = {
        (first, last): classes.of(first, last, changed=True)
        for first, last in itertools.product((None, *VERDICTS), repeat=2)
    }

    assert [("pass", "pass")] == [pair for pair, name in found.items() if name == "changed_duration"]
    assert all(found[pair] == classes.of(*pair) for pair in found if pair != ("pass", "pass"))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (100, 161, True),
        (100, 39, True),
        (100, 160, False),
        (1000, 1200, False),
        (1000, 1201, True),
        (10, 60, False),
        (None, 500, False),
        (500, None, False),
    ],
)
def test_a_duration_changes_by_a_fifth_and_a_minute(first: float | None, last: float | None, expected: bool) -> None:
    """Both have to be so, in either direction; what is not known has not changed."""
    assert expected == classes.changed(first, last)


def test_the_table_says_what_the_function_does() -> None:
    """Rows are of first, columns of last verdicts, and the first of each of none."""
    known = (None, *VERDICTS)

    assert [[classes.of(first, last) for last in known] for first in known] == [
        [CLASSES[place] for place in line] for line in classes.table()
    ]
