"""A matrix as rows, columns and cells, each with what it adds up to, and the list that it has counted. Pure."""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from paddles.dashboards import cells
from paddles.dashboards.cells import Cell, Counts, added
from paddles.dashboards.matrix import Shape

Keys = tuple[str, ...]
Take = Callable[[Cell], Keys]


def told(shape: Shape, found: Sequence[Cell], narrowed: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return a matrix; ``narrowed`` is what its links ask for besides what row and column are."""
    kind = shape.source.name
    rows = _side(kind, shape.rows, found, lambda cell: cell.row)
    cols = _side(kind, shape.cols, found, lambda cell: cell.col)
    at = [{tuple(line["keys"]): place for place, line in enumerate(side["items"])} for side in (rows, cols)]
    href = links(shape, found, narrowed)
    # Few different counts for many cells.
    alike = functools.cache(lambda items: ended(kind, dict(items)))
    inside = [
        {
            "row": at[0][cell.row],
            "col": at[1][cell.col],
            **alike(tuple(cell.counts.items())),
            "change": cells.change(kind, cell),
            "href": href(cell),
        }
        for cell in found
    ]
    inside.sort(key=operator.itemgetter("row", "col"))
    total = ended(kind, added(cell.counts for cell in found))
    return {"cell": kind, "rows": rows, "cols": cols, "cells": inside, "total": total}


def ended(kind: str, counts: Counts) -> dict[str, Any]:
    """Return what counts add up to."""
    return {
        "status": cells.status(kind, counts),
        "counts": dict(counts),
        "total": cells.total(counts),
        "rate": cells.rate(counts),
    }


def links(shape: Shape, found: Sequence[Cell], narrowed: Iterable[tuple[str, str]]) -> Callable[[Cell], str]:
    """Return what makes the address of the list of what a cell has counted."""
    kept = urlencode([(name, value) for name, value in narrowed if name not in shape.names])
    behind = f"&{kept}" if kept else ""
    # Few keys for many cells: each is encoded once.
    down = {keys: urlencode([*zip(shape.rows, keys, strict=True)]) for keys in {cell.row for cell in found}}
    across = {keys: urlencode([*zip(shape.cols, keys, strict=True)]) for keys in {cell.col for cell in found}}
    return lambda cell: f"/{shape.source.name}?{down[cell.row]}&{across[cell.col]}{behind}"


def _side(kind: str, names: Keys, found: Sequence[Cell], take: Take) -> dict[str, Any]:
    alike: dict[Keys, list[Cell]] = {}
    for cell in found:
        alike.setdefault(take(cell), []).append(cell)
    items = [_summed(kind, keys, alike[keys]) for keys in sorted(alike, key=_order(names, found, take))]
    return {"names": list(names), "items": items}


def _summed(kind: str, keys: Keys, inside: Iterable[Cell]) -> dict[str, Any]:
    counts = added(cell.counts for cell in inside)
    return {"keys": list(keys), **ended(kind, counts), "passed": {*counts} <= {*cells.PASSED}}


def _order(names: Keys, found: Sequence[Cell], take: Take) -> Callable[[Keys], Any]:
    """Return what lines are sorted by: their keys, revisions by when they were last seen, the newest first."""
    if "kernel" not in names:
        return lambda keys: keys
    place, seen = names.index("kernel"), dict[str, float]()
    for cell in found:
        kernel = take(cell)[place]
        seen[kernel] = max(seen.get(kernel, cell.seen), cell.seen)
    return lambda keys: (*keys[:place], -seen[keys[place]], *keys[place:])
