"""Searches in logs: by regular expressions, which may be anybody's, and never take more than their share."""

import pytest

from paddles.errors import Invalid, Unavailable
from paddles.joblogs import searching
from tests.joblogs.test_texts import text

LOG = text("".join(f"line {number}\n" for number in range(1, 1001)).encode() + b"\x1b[31mred\x1b[0m end\n\xff\xfe<b>")


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("^line 1$", [1]),
        ("line 99[89]", [998, 999]),
        ("^red end$", [1001]),
        ("<b>", [1002]),
        ("(?i)LINE 1000", [1000]),
        ("nowhere", []),
        (r"(?<=line )500\b", [500]),
    ],
)
def test_lines_that_match(expression: str, wanted: list[int]) -> None:
    """Somewhere, in what people see of them; all lines were looked at."""
    assert (wanted, 1002) == tuple(searching.search(LOG, expression, 1, LOG.lines, 10))


def test_a_search_goes_on() -> None:
    """Where it has found as many as were wanted; each line is found once."""
    found, first = list[int](), 1
    while first <= LOG.lines:
        some = searching.search(LOG, "0$", first, LOG.lines, 30)
        found, first = found + some.lines, some.looked + 1

    assert list(range(10, 1001, 10)) == found


def test_a_part_is_searched() -> None:
    """From a line to another; of none nothing is found."""
    assert ([10, 20], 25) == tuple(searching.search(LOG, "0$", 5, 25, 10))
    assert [] == searching.search(LOG, "0$", 5, 4, 10).lines


@pytest.mark.parametrize("expression", ["(", "*", "a{99999999999}", "(?P<x", "x" * 1001, "(" * 1000])
def test_what_is_no_expression(expression: str) -> None:
    """It is refused before anything is looked at."""
    with pytest.raises(Invalid, match="search"):
        searching.search(LOG, expression, 1, LOG.lines, 10)


def test_an_expression_that_takes_for_ever_is_refused() -> None:
    """Nobody else waits for it, and it ends."""
    with pytest.raises(Invalid, match="too long"):
        searching.search(text(b"a" * 5000), r"(a|aa)+$x", 1, 1, 10)


def test_few_search_at_once() -> None:
    """Who comes when all places are taken may come again."""
    places = [searching.PLACES.acquire(blocking=False) for _ in range(2)]
    try:
        with pytest.raises(Unavailable):
            searching.search(LOG, "x", 1, LOG.lines, 10)
    finally:
        for _ in filter(None, places):
            searching.PLACES.release()
