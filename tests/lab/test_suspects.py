"""Machines that are bad, and those that had bad luck."""

import math
from fractions import Fraction

import pytest

from paddles.lab import suspects


@pytest.mark.parametrize(("number", "rate"), [(1, 0.5), (7, 0.9), (20, 0.75), (40, 0.03)])
def test_the_chance_is_the_tail_of_the_binomial_distribution(number: int, rate: float) -> None:
    """Added up with whole numbers it is the same."""
    exact = Fraction(rate)
    for passed in range(number + 1):
        tail = sum(math.comb(number, k) * exact**k * (1 - exact) ** (number - k) for k in range(passed + 1))
        assert float(tail) == pytest.approx(suspects.chance(passed, number - passed, rate))


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        ((0, 5), (95, 5), True),
        ((5, 5), (950, 50), True),
        ((18, 2), (950, 50), False),
        ((100, 0), (1, 99), False),
        ((0, 4), (1000, 0), False),
        ((0, 50), (3, 0), False),
        ((0, 50), (0, 500), False),
        ((9, 1), (10, 0), False),
        ((0, 0), (0, 0), False),
        ((40_000, 60_000), (9_000_000, 1_000_000), True),
    ],
)
def test_who_fails_far_more_than_others_is_suspected(
    own: tuple[int, int], others: tuple[int, int], expected: bool
) -> None:
    """Neither with few results of its own or of others, nor where all are as bad."""
    assert expected == suspects.suspicious(*own, *others)
