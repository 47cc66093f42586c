"""Charts: what is drawn is what was counted."""

import datetime
import re

import pytest

from paddles.controllers.pages import charts

NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


def hours(number: float) -> datetime.datetime:
    """Return a moment so many hours after noon."""
    return NOON + datetime.timedelta(hours=number)


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (-3, 1), (1, 1), (1.1, 2), (7, 10), (23, 25), (101, 200), (0.03, 0.05), (10**9, 10**9)]
)
def test_an_axis_ends_at_a_round_number(value: float, top: float) -> None:
    """At the next one that is at least as large."""
    assert top == pytest.approx(charts.nice(value))


def test_columns_are_as_high_as_their_numbers() -> None:
    """Each stands on the one below it; what is zero, or was not measured, is not drawn."""
    chart = charts.columns(["a", "b"], {"pass": [3, 0], "fail": [1, None]})

    first, second = chart.bars
    assert (first.height, "pass") == (pytest.approx(3 * second.height), first.kind)
    assert second.y + second.height == pytest.approx(first.y)
    assert ["a: 3 pass", "a: 1 fail"] == [bar.title for bar in chart.bars]


def test_a_gap_stays_a_gap() -> None:
    """A line ends before what was not measured, and begins anew behind it; a point by itself is seen."""
    chart = charts.lines(["1", "2", "3", "4"], {"rate": [1, 1, None, 5]})

    [drawn] = chart.lines
    first, second = drawn.split(" M")
    assert (1, 0) == (first.count("L"), second.count("L"))
    assert second.endswith("h.1")


def test_nothing_is_a_chart_without_shapes() -> None:
    """No numbers are no failure."""
    assert [] == list(charts.columns([], {"pass": []}).bars)
    assert [""] == list(charts.lines([], {"rate": []}).lines)
    assert ([""], []) == (list(charts.spark([]).lines), list(charts.strip([]).bars))


def test_a_strip_has_the_newest_right() -> None:
    """One bar a result, in order, each with what it says and where it leads."""
    bars = charts.strip([("pass", "old", "/a"), ("fail", "new", "/b")]).bars

    assert [("pass", "/a"), ("fail", "/b")] == [(bar.kind, bar.to) for bar in bars]
    assert bars[0].x < bars[1].x


@pytest.mark.parametrize("seen", ["p", "pf", "pppp", "pfpf", "ffppffp", "ppffffffppf", ""])
def test_of_turns_only_those_lead_anywhere(seen: str) -> None:
    """What is as the one before it is only filled; all together are where they are in a whole strip."""
    results = [(kind, f"{at}", f"/{at}") for at, kind in enumerate(seen)]

    whole, found = charts.strip(results), charts.turns(results)

    turned = [at for at, kind in enumerate(seen) if at == len(seen) - 1 or (at and seen[at - 1] != kind)]
    assert [whole.bars[at] for at in turned] == found.bars
    filled = {(kind, int(x)) for kind, d in found.filled.items() for x in re.findall(r"M(\d+) 0h8v20h-8z", d)}
    assert {(bar.kind, int(bar.x)) for bar in whole.bars} == filled | {(bar.kind, int(bar.x)) for bar in found.bars}
    assert len(seen) == len(filled) + len(found.bars)
    assert (whole.width, whole.height) == (found.width, found.height)


def test_what_happened_is_cut_at_the_ends() -> None:
    """What began before is drawn from the left edge on, and nothing is too short to be seen."""
    chart = charts.gantt(
        {"m1": [(hours(-1), hours(2), "pass", "long", "/l"), (hours(3), hours(3), "fail", "short", "/s")]},
        NOON,
        hours(4),
    )

    long, short = chart.bars
    assert long.x == pytest.approx(chart.left)
    assert long.x + long.width == pytest.approx(chart.left + (charts.WIDTH - charts.RIGHT - chart.left) / 2)
    assert 0 < short.width < 2


def test_a_spark_reaches_from_low_to_high() -> None:
    """The largest value is at the top, the smallest at the bottom."""
    [line] = charts.spark([0, 10], 0, 10).lines

    assert "M0.0 20.0h.1L100.0 2.0" == line
