"""Matrices against their slow definition: counted row by row, revisions looked up one by one."""

import itertools
import random
from collections import Counter
from typing import Any

import pytest

from paddles.dashboards import cells, crossing, matrix
from paddles.dashboards.cells import Cell
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.listing.search import Asked
from tests.kernels.rows import make_boot

FIELDS = ("tree", "branch", "kernel", "board", "result")
Boots = list[dict[str, str]]


def made(database: Database, seed: int) -> Boots:
    """Put boots at random into the archive: few of each, so that revisions share kernels and boards have gaps."""
    dice = random.Random(seed)
    found = []
    for number in range(40):
        among = ("ab", "xy", "kln", "123", ("pass", "fail", "offline"))
        said = dict(zip(FIELDS, (dice.choice(each) for each in among), strict=True))
        make_boot(database, number, **said)
        found.append(said)
    return found


def slow(boots: Boots, names: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return each cell by its keys: how many ended how, and what revisions changed."""
    last = {tuple(boot[name] for name in matrix.REVISION): at for at, boot in enumerate(boots)}
    order = sorted(last, key=lambda each: last[each])
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for keys in {tuple(boot[name] for name in names) for boot in boots}:
        here = [boot for boot in boots if tuple(boot[name] for name in names) == keys]
        before: Counter[str] = Counter()
        for revision in {tuple(boot[name] for name in matrix.REVISION) for boot in here}:
            older = [each for each in order[: order.index(revision)] if each[:2] == revision[:2]]
            there = dict(zip(names, keys, strict=True)) | dict(
                zip(matrix.REVISION, older[-1] if older else "???", strict=True)
            )
            before.update(b["result"] for b in boots if all(b[name] == said for name, said in there.items()))
        counts = Counter(boot["result"] for boot in here)
        found[keys] = {"counts": counts, "change": cells.change("boots", Cell((), (), {}, counts, before))}
    return found


@pytest.mark.parametrize(
    ("rows", "cols"),
    [(("kernel",), ("board",)), (("board",), ("tree", "kernel")), (("branch", "board"), ("kernel", "tree"))],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_revisions_change_what_the_one_before_them_had(
    database: Database, seed: int, rows: tuple[str, ...], cols: tuple[str, ...]
) -> None:
    """Also where a kernel is in several branches, and where a revision has something that the one before had not."""
    boots = made(database, seed)
    shape = matrix.shape(rows, cols, "boot")

    found = read(database, lambda session: matrix.cells(session, shape, Asked()))

    expected = slow(boots, shape.names)
    assert {(*cell.row, *cell.col): dict(cell.counts) for cell in found} == {
        keys: dict(each["counts"]) for keys, each in expected.items()
    }
    assert {(*cell.row, *cell.col): cells.change("boots", cell) for cell in found} == {
        keys: each["change"] for keys, each in expected.items()
    }
    assert any(each["change"] for each in expected.values())


def test_a_matrix_is_told_as_its_cells_are() -> None:
    """Each cell once, where its row and column meet, whatever order they came in; lines add up to all."""
    shape = matrix.shape(("tree",), ("board",), "boot")
    places = list(itertools.product("ab", "123"))
    given = [Cell((row,), (col,), {"pass": int(col), "fail": row == "a"}) for row, col in reversed(places)]

    told = crossing.told(shape, given, [])

    assert places == [
        (told["rows"]["items"][each["row"]]["keys"][0], told["cols"]["items"][each["col"]]["keys"][0])
        for each in told["cells"]
    ]
    assert [int(col) + (row == "a") for row, col in places] == [each["total"] for each in told["cells"]]
    assert sum(each["total"] for each in told["cells"]) == told["total"]["total"] == 15
    assert [9, 6] == [line["total"] for line in told["rows"]["items"]]
