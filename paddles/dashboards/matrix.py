"""A matrix: how rows of a source ended, by what they have in common in two or three fields. Counted in SQL."""

import functools
import itertools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Double, and_, cast, func, select

from paddles.dashboards import cells as cells_of
from paddles.dashboards import counting
from paddles.dashboards.cells import NOTHING, Cell, Counts
from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.kernels.sources import BOOTS, BUILDS, TESTS
from paddles.listing import search
from paddles.listing.fields import Source
from paddles.listing.search import LEAST, LIMIT_S, Asked

DIMENSIONS = (
    "tree",
    "branch",
    "kernel",
    "arch",
    "defconfig_full",
    "build_environment",
    "lab",
    "board",
    "plan",
    "suite",
)
# What kernelci.org's documents call them.
ALSO = {"job": "tree", "git_branch": "branch", "lab_name": "lab", "defconfig": "defconfig_full"}
CELLS = {"build": BUILDS, "boot": BOOTS, "test": TESTS}
MOST_CELLS = 20_000
MOST_ON_A_SIDE = 2
REVISION = ("tree", "branch", "kernel")
Revision = tuple[str, str, str]


@dataclass(frozen=True)
class Shape:
    """Which fields go down, which across, and what is counted in the cells."""

    rows: tuple[str, ...]
    cols: tuple[str, ...]
    source: Source

    @property
    def names(self) -> tuple[str, ...]:
        """All of its fields."""
        return (*self.rows, *self.cols)


def shape(rows: Sequence[str], cols: Sequence[str], cell: str) -> Shape:
    """Return the shape that names ask for; where ``cell`` is blank the fields say what is counted.

    Raises:
        Invalid: a field is unknown, comes twice, or is none of what is counted; or they are too few or too many.
    """
    sides = tuple(tuple(ALSO.get(name, name) for name in names) for names in (rows, cols))
    names = [name for side in sides for name in side]
    unknown = [name for name in names if name not in DIMENSIONS]
    if unknown:
        raise Invalid(f"a matrix has no {', '.join(unknown)}: rows and cols are of {', '.join(DIMENSIONS)}")
    if len(set(names)) < len(names):
        raise Invalid("each of rows and cols is another one")
    if not all(0 < len(side) <= MOST_ON_A_SIDE for side in sides):
        raise Invalid("rows and cols name one or two each")
    source = _source(cell, names)
    missing = [name for name in names if name not in source.fields]
    if missing:
        raise Invalid(f"{source.name} have no {', '.join(missing)}")
    return Shape(sides[0], sides[1], source)


def _source(cell: str, names: Sequence[str]) -> Source:
    word = cell.removesuffix("s")
    if word and word not in CELLS:
        raise Invalid(f"cell is one of {', '.join(CELLS)}, not {cell[:50]!r}")
    if word:
        return CELLS[word]
    if "suite" in names:
        return TESTS
    return BOOTS if {"lab", "board", "plan"} & set(names) else BUILDS


def cells(session: Session, wanted: Shape, asked: Asked) -> list[Cell]:
    """Return the cells in which there is anything, of the rows that match.

    Of each tree and branch the newest revision is compared with the one before it; where revisions are told apart by
    the matrix itself, each of them with the one before.

    Raises:
        Invalid: what is asked cannot be, there are more than ``MOST_CELLS`` of them, or it would take too long.
    """
    if "kernel" in wanted.names:
        return _by_revision(session, wanted, asked)
    found = _counts(session, wanted, asked, wanted.names, ())
    marked: dict[tuple[Any, ...], Counts] = {}
    for row in _counts(session, wanted, asked, wanted.names, ("age",)):
        marked[(row.keys, row.at[-1])] = row.counts
    return [
        Cell(
            *_sides(wanted, row.keys),
            row.counts,
            marked.get((row.keys, 1), NOTHING),
            marked.get((row.keys, 2), NOTHING),
            row.seen,
        )
        for row in found
    ]


def _by_revision(session: Session, wanted: Shape, asked: Asked) -> list[Cell]:
    extra = tuple(name for name in REVISION if name not in wanted.names)
    parts = _counts(session, wanted, asked, wanted.names, extra)
    # Where of a part's values tree, branch and kernel stand.
    places = [(*wanted.names, *extra).index(name) for name in REVISION]
    revision, kernel = operator.itemgetter(*places), places[2]
    older = _older((revision(row.at), row.seen) for row in parts)
    there = {row.at: row.counts for row in parts}
    found: dict[tuple[str, ...], Cell] = {}
    for at, keys, seen, counts in parts:
        last = older.get(revision(at))
        before = NOTHING if last is None else there.get((*at[:kernel], last, *at[kernel + 1 :]), NOTHING)
        cell = Cell(*_sides(wanted, keys), counts, counts, before, seen)
        found[keys] = cells_of.joined(found[keys], cell) if keys in found else cell
    return [*found.values()]


def _older(seen: Iterable[tuple[Revision, float]]) -> dict[Revision, str]:
    """Return for each revision, of those that were seen at some moments, the kernel before it of its branch."""
    last: dict[Revision, float] = {}
    for revision, moment in seen:
        if last.get(revision, LEAST) < moment:
            last[revision] = moment
    order = sorted(last, key=lambda revision: (revision[:2], last[revision], revision[2]))
    return {new: old[2] for old, new in itertools.pairwise(order) if old[:2] == new[:2]}


class _Part(NamedTuple):
    """What has been counted of the rows that are alike in ``at``, of which ``keys`` are the matrix's own fields."""

    at: tuple[Any, ...]
    keys: tuple[Any, ...]
    seen: float
    counts: Counts


def _counts(
    session: Session, wanted: Shape, asked: Asked, names: tuple[str, ...], extra: tuple[str, ...]
) -> list[_Part]:
    """Count rows by fields; by ``age`` only those of each branch's newest revision, 1, and of the one before, 2."""
    source = wanted.source
    counted = counting.outcomes(source, asked, names)
    words = tuple(counted.outcomes)
    keys = [source.one(name).column for name in names]
    table, conditions = counted.table, counted.conditions
    more = [source.one(name).column for name in extra if name != "age"]
    if extra == ("age",):
        ages = _ages(source, asked)
        table = table.join(ages, and_(*(source.one(name).column == ages.c[name] for name in REVISION)))
        conditions, more = [*conditions, ages.c.age <= 2], [ages.c.age]
    seen = func.extract("epoch", func.max(source.one(source.at).column))
    query = select(*keys, *more, cast(seen, Double), *counted.outcomes.values()).select_from(table).where(*conditions)
    found = limits.within(session, query.group_by(*keys, *more).limit(MOST_CELLS + 1), LIMIT_S).all()
    if len(found) > MOST_CELLS:
        raise Invalid(f"this matrix has more than {MOST_CELLS} cells: ask for less")
    # Few different numbers for many cells.
    named = functools.cache(lambda numbers: {word: int(n) for word, n in zip(words, numbers, strict=True) if n})
    wide, end = len(keys), len(keys) + len(more)
    parts = (_Part(row[:end], row[:wide], row[end], named(row[end + 1 :])) for row in found)
    return [part for part in parts if part.counts]


def _ages(source: Source, asked: Asked) -> Any:
    """Return the revisions of each tree and branch, numbered from the newest, which is 1."""
    base = BUILDS if source is BUILDS else BOOTS
    about = [base.one(name).column.label(name) for name in REVISION]
    # Of which revision it is does not depend on how it ended.
    ended = source.one(source.outcome).column
    wanted = [each for each in asked.wanted if each.field in base.asked and source.one(each.field).column is not ended]
    at = func.max(base.one(base.at).column)
    kept = search.conditions(base, Asked(wanted, asked.since, asked.until))
    age = func.row_number().over(partition_by=about[:2], order_by=[at.desc(), about[2].desc()]).label("age")
    return select(*about, age).where(*kept).group_by(*about).subquery("revisions")


def _sides(wanted: Shape, keys: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return keys[: len(wanted.rows)], keys[len(wanted.rows) :]
