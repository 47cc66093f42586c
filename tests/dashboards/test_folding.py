"""Groups of rows into what a chart shows: nothing is hidden, what is not shown by itself is counted together."""

import pytest

from paddles.dashboards.folding import Counted, Level, folded, lines, told

ROWS = [
    Counted(("a", "x"), 5, 5.0, 2),
    Counted(("a", "y"), 3, 1.0, 1),
    Counted(("b", "x"), 4, 9.0, 3),
    Counted(("c", "x"), 2, 2.0, 1),
    Counted((None, "x"), 1, None, 0),
]
TOLD = [("count", 17.0), ("sum", 17.0), ("min", 1.0), ("max", 9.0), ("avg", 2.428571), ("pass_rate", 2.428571)]


@pytest.mark.parametrize(("op", "expected"), TOLD)
def test_several_groups_together(op: str, expected: float) -> None:
    """Sums are added, the least is the least of all, averages weighed; of nothing there is nothing."""
    assert expected == told(op, ROWS)
    assert (0 if op in ("count", "sum") else None) == told(op, [])


@pytest.mark.parametrize("op", ["distinct", "p50", "p90", "p95"])
def test_what_cannot_be_told_of_several_is_not(op: str) -> None:
    """Of one group it is known."""
    assert (5.0, None) == (told(op, ROWS[:1]), told(op, ROWS))


def test_the_largest_are_shown_and_the_rest_together() -> None:
    """So many groups, and of how many groups the rest is, what it counts and what is told of it."""
    found = folded("sum", ROWS, [Level(2), Level(1)])

    assert [("a", 8, 6.0), ("b", 4, 9.0)] == [(each["key"], each["count"], each["value"]) for each in found["groups"]]
    assert {"groups": 2, "count": 3, "value": 2.0} == found["other"]
    assert ["x"] == [each["key"] for each in found["groups"][0]["groups"]]
    assert {"groups": 1, "count": 3, "value": 1.0} == found["groups"][0]["other"]
    assert [
        ["a", "x", 5, 5.0],
        ["a", "other (1)", 3, 1.0],
        ["b", "x", 4, 9.0],
        ["other (2)", "", 3, 2.0],
    ] == lines(found, 2)
    assert sum(row.count for row in ROWS) == sum(line[2] for line in lines(found, 2))


def test_moments_are_shown_in_order_and_all_of_them() -> None:
    """However small; nobody would look for them by size."""
    found = folded("count", [Counted((day,), 10 - day, 1.0) for day in (3, 1, 2)], [Level(1, ordered=True)])

    assert ([1, 2, 3], None) == ([each["key"] for each in found["groups"]], found["other"])


def test_without_other_the_rest_is_left_out() -> None:
    """Where somebody wants that."""
    assert None is folded("count", ROWS, [Level(1, other=False)])["other"]
    assert {"groups": [], "other": None} == folded("count", ROWS, [])
