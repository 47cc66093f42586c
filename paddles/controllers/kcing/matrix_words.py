"""A matrix as lines of CSV. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from paddles.web import formats


def lines(matrix: Mapping[str, Any]) -> bytes:
    """Return a matrix as CSV: a line for each of its cells."""
    words = sorted({word for cell in matrix["cells"] for word in cell["counts"]})
    head = [*matrix["rows"]["names"], *matrix["cols"]["names"], "status", "total", *words, "rate", "change", "href"]
    return formats.lines([head, *(_line(matrix, cell, words) for cell in matrix["cells"])])


def _line(matrix: Mapping[str, Any], cell: Mapping[str, Any], words: Iterable[str]) -> list[Any]:
    keys = [*matrix["rows"]["items"][cell["row"]]["keys"], *matrix["cols"]["items"][cell["col"]]["keys"]]
    counts = [cell["counts"].get(word, 0) for word in words]
    return [*keys, cell["status"], cell["total"], *counts, cell["rate"], cell["change"], cell["href"]]
