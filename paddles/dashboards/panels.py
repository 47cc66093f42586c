"""What a panel of a dashboard shows: figures, groups, rows, choices, a matrix or text."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from paddles.dashboards import figures, folding, matrix
from paddles.dashboards.cells import Counts
from paddles.dashboards.definitions import Group, Search, Visualization
from paddles.dashboards.folding import Counted
from paddles.dashboards.matrix import Shape
from paddles.dashboards.sources import SOURCES
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.listing import filters, search
from paddles.listing.fields import Source
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part

# Of a field that can be chosen from so many values are told, and how many more there are.
MOST_CHOICES = 500
ROWS = ("table", "log")


@dataclass(frozen=True)
class View:
    """Of which rows: ``pairs`` are what an address asks, ``wanted`` what a dashboard does, from a moment until another.

    Of lists they show ``part``, as far as that is said. What panels that are seen together all need to be ``known`` is
    asked once.
    """

    pairs: Sequence[tuple[str, str]] = ()
    wanted: Sequence[Wanted] = ()
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    part: Part | None = None
    sort: str = ""
    known: dict[Any, Counts] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Rows:
    """Rows of a list under ``names``, and where they go on."""

    source: Source
    names: tuple[str, ...]
    rows: list[dict[str, Any]]
    after: str | None
    count: search.Count


@dataclass(frozen=True)
class Groups:
    """What is told of groups, folded (``folding.folded``), and of all rows together."""

    source: Source
    names: tuple[str, ...]
    count: int
    value: float | None
    folded: dict[str, Any]


@dataclass(frozen=True)
class Choices:
    """For each of some fields the values that there are, folded."""

    source: Source
    fields: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Crossed:
    """A matrix."""

    shape: Shape
    cells: list[Any]
    narrowed: list[tuple[str, str]]


@dataclass(frozen=True)
class Words:
    """Text in Markdown."""

    text: str


Shown = Rows | Groups | Choices | Crossed | Words


def shown(session: Session, what: Visualization | Search, view: View) -> tuple[Shown, list[str]]:
    """Return what a panel shows, and what of the address means nothing to it.

    Raises:
        Invalid: what is asked cannot be, or would take too long.
    """
    if isinstance(what, Search):
        source, asked, ignored = _asked(what.source, (), view)
        names = tuple(what.columns) or source.usual
        return _rows(session, source, replace(asked, words=what.query, names=names), view, search.Part(50)), ignored
    if what.type == "markdown":
        return Words(what.text), []
    source, asked, ignored = _asked(what.source, filters.of_documents(_said(what)), view)
    return _visualized(session, what, source, asked, view, ignored), ignored


def _visualized(
    session: Session, viz: Visualization, source: Source, asked: Asked, view: View, ignored: Sequence[str]
) -> Shown:
    if viz.type in ROWS:
        asked = replace(asked, names=tuple(viz.columns) or source.usual)
        return _rows(session, source, asked, view, Part(viz.per_page))
    if viz.type == "filters":
        return _choices(session, viz, source, asked)
    if viz.type == "matrix":
        fields = [group.field for group in viz.group_by]
        shape = matrix.shape(fields[:1], fields[1:], source.name)
        narrowed = [pair for pair in view.pairs if pair[0] not in ignored]
        return Crossed(shape, matrix.cells(session, shape, asked), narrowed)
    rows = _groups(session, viz, source, asked, view)
    folded = folding.folded(viz.metric.op, rows, figures.levels(source, viz.group_by))
    names = tuple(group.field for group in viz.group_by)
    return Groups(source, names, sum(row.count for row in rows), folding.told(viz.metric.op, rows), folded)


def _asked(name: str, own: Sequence[Wanted], view: View) -> tuple[Source, Asked, list[str]]:
    if name not in SOURCES:
        raise Invalid(f"{name} cannot be shown")
    source = SOURCES[name]
    wanted, ignored = filters.asked(view.pairs, source)
    shared = [each for each in view.wanted if each.field in source.asked]
    return source, Asked([*own, *shared, *wanted], view.since, view.until, sort=view.sort), ignored


def _rows(session: Session, source: Source, asked: Asked, view: View, usual: Part) -> Rows:
    part = view.part or usual
    found = search.page(session, source, asked, part)
    whole = not part.after and not part.offset and found.after is None
    count = search.Count(len(found.rows)) if whole else _count(session, source, asked, view)
    return Rows(source, asked.names, found.rows, found.after, count)


def _count(session: Session, source: Source, asked: Asked, view: View) -> search.Count:
    if search.counts(source, asked):
        return search.Count(sum(figures.ended(session, source, asked, view.known).values()))
    return search.count(session, source, asked)


def _groups(session: Session, viz: Visualization, source: Source, asked: Asked, view: View) -> list[Counted]:
    by = [group.field for group in viz.group_by]
    if viz.metric.op != "count" or by not in ([], [source.outcome]) or not search.counts(source, asked):
        return figures.groups(session, source, asked, viz.metric, viz.group_by)
    found = figures.ended(session, source, asked, view.known)
    if by:
        return [Counted((word,), number, number) for word, number in found.items()]
    return [Counted((), sum(found.values()), sum(found.values()))]


def _choices(session: Session, viz: Visualization, source: Source, asked: Asked) -> Choices:
    """Return the values of fields; each has those that it would have if nothing were asked of it."""
    names = viz.columns or [group.field for group in viz.group_by]
    by = {name: Group(field=name, limit=MOST_CHOICES) for name in names}
    asked_for = {name: replace(asked, wanted=_but(source, asked, name)) for name in names}
    found = figures.several(session, source, asked_for, by)
    folded = {name: folding.folded("count", found[name], figures.levels(source, [by[name]])) for name in names}
    return Choices(source, folded)


def _but(source: Source, asked: Asked, name: str) -> list[Wanted]:
    """Return what is asked but of one field, whatever that is called."""
    column = source.one(name).column
    return [each for each in asked.wanted if source.one(each.field).column is not column]


def _said(viz: Visualization) -> list[dict[str, Any]]:
    return [each.model_dump() for each in viz.filters]
