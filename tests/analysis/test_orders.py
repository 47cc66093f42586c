"""Whatever order results come in, and from however many at once, the same regressions are the end of it."""

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from paddles.db.engine import Database
from tests.analysis.boots import Boot, regressions, tell
from tests.concurrency.threads import together
from tests.units import events_of, rows

MARKS = """
    SELECT lineage_id, path_id, happened, job_id, status, flip,
        lag(status) OVER (PARTITION BY lineage_id, path_id ORDER BY happened, job_id) AS before
    FROM marks
"""


def modelled(told: list[Boot]) -> set[tuple[Any, ...]]:
    """Return the regressions of boots, of which the last of a key counts, in the order of their moments."""
    final = sorted({boot.key: boot for boot in told}.values(), key=lambda boot: boot.seconds)
    lines: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for boot in final:
        for path, result in boot.results.items():
            if result in ("pass", "fail"):
                lines.setdefault((boot.place["board"], path), []).append((boot.key, result))
    return {(*name, *each) for name, line in lines.items() for each in regressed(line)}


def regressed(line: list[tuple[str, str]]) -> Iterator[tuple[Any, ...]]:
    """Yield of each regression its good, bad, last and fixed job, and how often it failed."""
    results = "".join(result[0] for _, result in line)
    # A pass, failures, and another pass or the end.
    for found in re.finditer("p(f+)(?=(p?))", results):
        first, behind = found.span(1)
        fixed = line[behind][0] if found[2] else None
        yield line[first - 1][0], line[first][0], line[behind - 1][0], fixed, behind - first


def drawn(chance: random.Random) -> list[Boot]:
    """Return boots drawn by lot, in an order drawn by lot, some of them said several times and otherwise."""
    cases = ("s/a", "s/b", "t/a")

    def boot(number: int) -> Boot:
        results = {case: chance.choice(("pass", "fail", "fail", "skip")) for case in cases if chance.random() < 0.9}
        # A boot that is said again may have ended at another moment, and no two have ended at one.
        seconds = number + chance.randrange(3) * 12 + 1000 * chance.random()
        return Boot(str(number), seconds, results, place={"board": chance.choice(("rock", "rock", "rock", "pine"))})

    told = [boot(chance.randrange(12)) for _ in range(26)]
    chance.shuffle(told)
    return told


def found(database: Database) -> set[tuple[Any, ...]]:
    """Return the regressions there are as :func:`modelled` does."""
    return {
        (row.board, f"{row.suite}/{row.name}", row.good, row.bad, row.last, row.fixed, row.n_failures)
        for row in regressions(database)
    }


def misflipped(database: Database) -> list[Any]:
    """Return the marks whose flip is not so."""
    return [row for row in rows(database, MARKS) if row.flip != (row.before not in (None, row.status))]


@pytest.mark.parametrize("seed", range(25))
def test_whatever_order_results_come_in_the_same_comes_of_them(database: Database, seed: int) -> None:
    """Drawn by lot, with replacements: the regressions are those of a plain model of the results in order of time."""
    told = drawn(random.Random(seed))

    tell(database, *told)

    assert modelled(told) == found(database)
    assert [] == misflipped(database)
    opened = [event.type for event in events_of(database, "regression")].count("regression.opened")
    assert opened >= len(found(database))


@pytest.mark.parametrize("seed", range(4))
def test_and_from_many_at_once(database: Database, seed: int) -> None:
    """Eight tell of boots of the same lineages at the same time, and the same comes of it."""
    chance = random.Random(seed)
    told = [boot for _ in range(3) for boot in drawn(chance)]
    # One job is told of by one at a time, in order: nobody could say what its last word was.
    shares = [[boot for boot in told if int(boot.key) % 8 == number] for number in range(8)]

    together(8, lambda number: tell(database, *shares[number]))

    assert modelled([boot for share in shares for boot in share]) == found(database)
    assert [] == misflipped(database)
