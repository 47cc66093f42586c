"""Machines on which far more fails than on others of their type, as chance would have it hardly ever. Pure."""

import math

# How seldom a machine is suspected that is as good as the others: one of so many.
SELDOM = 1000
# Fewer results say nothing.
FEWEST = 5


def chance(passed: int, failed: int, rate: float) -> float:
    """Return how likely it is, 0 to 1, that at most ``passed`` of all pass where each passes with the chance ``rate``.

    It is the lower tail of the binomial distribution, exactly.
    """
    number = passed + failed
    if passed >= number or rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    terms = (_term(number, place, rate) for place in range(passed + 1))
    return min(math.fsum(terms), 1.0)


def suspicious(passed: int, failed: int, others_passed: int, others_failed: int) -> bool:
    """Say whether a machine is bad: its results would be those of one in ``SELDOM`` that are like the others.

    The chance that the others give counts one more failure than they had, so that a few that all passed do not make
    every failure impossible.
    """
    if passed + failed < FEWEST or others_passed + others_failed < FEWEST:
        return False
    rate = others_passed / (others_passed + others_failed + 1)
    return chance(passed, failed, rate) < 1 / SELDOM


def _term(number: int, place: int, rate: float) -> float:
    ways = math.lgamma(number + 1) - math.lgamma(place + 1) - math.lgamma(number - place + 1)
    return math.exp(ways + place * math.log(rate) + (number - place) * math.log1p(-rate))
