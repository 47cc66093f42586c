"""Groups of rows into what a chart shows: the largest of each level, and the others together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# What can be told of several groups together from what is known of each.
ADDED = ("count", "sum")


@dataclass(frozen=True)
class Counted:
    """So many rows that are alike in ``keys``; ``value`` is what is told of them, ``weight`` of how many of them."""

    keys: tuple[Any, ...]
    count: int
    value: float | None
    weight: float = 0


@dataclass(frozen=True)
class Level:
    """By what groups are told apart: so many of the largest, and whether there are ``other`` ones; or all, in order."""

    limit: int
    other: bool = True
    ordered: bool = False


def told(op: str, rows: Sequence[Counted]) -> float | None:
    """Return what an operation tells of several groups together; None where that cannot be known."""
    if op == "distinct" or (op.startswith("p") and op != "pass_rate"):
        return rows[0].value if len(rows) == 1 else None
    values = [row.value for row in rows if row.value is not None]
    if op in ADDED:
        return sum(values)
    if op in ("min", "max"):
        return (min if op == "min" else max)(values, default=None)
    weight = sum(row.weight for row in rows)
    return round(sum(row.value or 0 for row in rows) / weight, 6) if weight else None


def folded(op: str, rows: Sequence[Counted], levels: Sequence[Level]) -> dict[str, Any]:
    """Return ``groups``, the largest first, each with its ``key``, ``count``, ``value`` and the groups in it.

    ``other`` is of how many groups the rest is, and what is told of them together; None where there is no rest.
    """
    if not levels:
        return {"groups": [], "other": None}
    alike: dict[Any, list[Counted]] = {}
    for row in rows:
        alike.setdefault(row.keys[0], []).append(row)
    level = levels[0]
    order = sorted(alike, key=_ordered if level.ordered else lambda key: (-_count(alike[key]), _ordered(key)))
    shown, rest = (order, []) if level.ordered else (order[: level.limit], order[level.limit :])
    groups = [_group(op, key, alike[key], levels[1:]) for key in shown]
    left = [row for key in rest for row in alike[key]]
    other = {"groups": len(rest), "count": _count(left), "value": told(op, left)} if rest and level.other else None
    return {"groups": groups, "other": other}


def lines(found: dict[str, Any], width: int) -> list[list[Any]]:
    """Return folded groups as lines: their keys, of which there are ``width``, count and value."""
    return _lines(found, (), width)


def _lines(found: dict[str, Any], above: tuple[Any, ...], width: int) -> list[list[Any]]:
    rows = []
    for group in found["groups"]:
        keys = (*above, group["key"])
        rows += _lines(group, keys, width) if len(keys) < width else [[*keys, group["count"], group["value"]]]
    if found["other"]:
        other = found["other"]
        keys = (*above, f"other ({other['groups']})", *[""] * width)[:width]
        rows.append([*keys, other["count"], other["value"]])
    return rows


def _group(op: str, key: Any, rows: list[Counted], levels: Sequence[Level]) -> dict[str, Any]:
    below = [Counted(row.keys[1:], row.count, row.value, row.weight) for row in rows]
    return {"key": key, "count": _count(rows), "value": told(op, rows), **folded(op, below, levels)}


def _count(rows: Sequence[Counted]) -> int:
    return sum(row.count for row in rows)


def _ordered(key: Any) -> tuple[bool, Any]:
    return (key is not None, str(key) if not isinstance(key, int | float) else key)
