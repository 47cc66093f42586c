"""Passes behind a failure of the same kernel, against a plain model of the results in order of time."""

import datetime
import itertools
import random
from collections import Counter

import pytest

from paddles.analysis import flaky
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.listing import search
from paddles.listing.search import Asked, Part
from tests.analysis.boots import Boot, tell
from tests.conftest import NOW
from tests.units import at

CASES = ("s/a", "s/b", "t/a")


def drawn(chance: random.Random) -> list[Boot]:
    """Return boots drawn by lot of few kernels, in an order drawn by lot, some of them said again and otherwise."""

    def boot(number: int) -> Boot:
        results = {case: chance.choice(("pass", "fail", "fail", "skip")) for case in CASES if chance.random() < 0.9}
        seconds = number + chance.randrange(3) * 12 + 1000 * chance.random()
        place = {"board": chance.choice(("rock", "rock", "pine"))}
        return Boot(str(number), seconds, results, kernel=chance.choice(("v1", "v2")), place=place)

    told = [boot(chance.randrange(16)) for _ in range(30)]
    chance.shuffle(told)
    return told


def modelled(told: list[Boot], since: datetime.datetime) -> tuple[Counter[str], Counter[str]]:
    """Return how often each path has turned since then, and how many of that were retries."""
    final = sorted({boot.key: boot for boot in told}.values(), key=lambda boot: boot.seconds)
    lines: dict[tuple[str, str], list[tuple[Boot, str]]] = {}
    for boot in final:
        for path, result in boot.results.items():
            if result in ("pass", "fail"):
                lines.setdefault((boot.place["board"], path), []).append((boot, result))
    flips, retries = Counter[str](), Counter[str]()
    for (_, path), line in lines.items():
        for (before, old), (after, new) in itertools.pairwise(line):
            if old != new and at(after.seconds) >= since:
                flips[path] += 1
                retries[path] += new == "pass" and before.kernel == after.kernel
    return flips, retries


@pytest.mark.parametrize("by", ["flips", "retries"])
@pytest.mark.parametrize("seed", range(8))
def test_retries_are_those_of_a_plain_model(database: Database, seed: int, by: str) -> None:
    """Whatever order results came in, from whenever on they are asked for; what had never passed before counts, too."""
    told = drawn(random.Random(seed))
    tell(database, *told)

    for since in (NOW - datetime.timedelta(days=30), at(500.0)):
        flips, retries = modelled(told, since)
        ranked = flaky.ranking("case", [], since, by=by)
        asked = Asked(names=("path", "flips", "retries"))
        found = read(database, lambda s, r=ranked, a=asked: search.page(s, r, a, Part(50)))  # type: ignore[misc]
        assert {(row["path"], row["flips"], row["retries"]) for row in found.rows} == {
            (path, number, retries[path]) for path, number in flips.items() if by == "flips" or retries[path]
        }
