"""Whether a set of dashboards can be shown: what refers to something finds it, fields are there and of their kind."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from paddles.dashboards import definitions
from paddles.dashboards.definitions import KINDS, WIDTH, Filter, Search, Set, Visualization
from paddles.dashboards.sources import SOURCES
from paddles.errors import Invalid
from paddles.listing import filters
from paddles.listing.fields import MOMENT, NUMBER, Source

Fault = tuple[tuple[str | int, ...], str]
# By type: the least and the most groups by which rows are told apart.
GROUPED = {
    **dict.fromkeys(("pie", "donut", "bar", "hbar", "line"), (1, 3)),
    "heatmap": (2, 2),
    "matrix": (2, 3),
    "metric": (0, 0),
}


def check(given: Set, whole: Set) -> None:
    """Return when all of ``given`` can be shown once it is part of ``whole``.

    Raises:
        Invalid: a line for each fault, which begins with its path in ``given``.
    """
    shown = {each.slug for each in whole.visualizations} | {each.slug for each in whole.searches}
    faults = [*_twice(given), *_dashboards(given, shown)]
    for place, viz in enumerate(given.visualizations):
        faults += [(("visualizations", place, *where), said) for where, said in _visualization(viz)]
    for place, search in enumerate(given.searches):
        faults += [(("searches", place, *where), said) for where, said in _search(search)]
    if faults:
        lines = [f"{definitions.path(where)}: {said}" for where, said in faults[: definitions.MOST_FAULTS]]
        raise Invalid("\n".join(lines))


def _twice(given: Set) -> Iterator[Fault]:
    for kind in KINDS:
        seen: set[str] = set()
        for place, each in enumerate(getattr(given, kind)):
            if each.slug in seen:
                yield (kind, place, "slug"), f"{each.slug} is there twice"
            seen.add(each.slug)


def _dashboards(given: Set, shown: Collection[str]) -> Iterator[Fault]:
    for place, dashboard in enumerate(given.dashboards):
        for number, panel in enumerate(dashboard.panels):
            where = ("dashboards", place, "panels", number)
            if panel.viz not in shown:
                yield (*where, "viz"), f"there is no {panel.viz}"
            if panel.x + panel.w > WIDTH:
                yield (*where, "w"), f"the grid has {WIDTH} columns"


def _visualization(viz: Visualization) -> Iterator[Fault]:
    if viz.type == "markdown":
        return
    if viz.source not in SOURCES:
        yield ("source",), f"{viz.source or 'nothing'} cannot be shown: it is one of {', '.join(SOURCES)}"
        return
    source = SOURCES[viz.source]
    least, most = GROUPED.get(viz.type, (0, len(viz.group_by)))
    if not least <= len(viz.group_by) <= most:
        yield ("group_by",), f"{viz.type} has {least} to {most} of these"
    for place, group in enumerate(viz.group_by):
        if group.field not in source.asked:
            yield ("group_by", place, "field"), f"{viz.source} cannot be told apart by {group.field}"
        elif group.interval and source.fields[group.field].kind != MOMENT:
            yield ("group_by", place, "interval"), f"{group.field} is no moment"
    yield from _metric(viz, source)
    yield from _columns(viz.columns, source)
    yield from _filters(viz.filters, source)


def _metric(viz: Visualization, source: Source) -> Iterator[Fault]:
    op, name = viz.metric.op, viz.metric.field
    if op == "pass_rate" and not source.outcome:
        yield ("metric", "op"), f"{viz.source} do not pass or fail"
    if name is None:
        return
    if name not in source.asked:
        yield ("metric", "field"), f"{viz.source} have no {name} to count with"
    elif op != "distinct" and source.fields[name].kind != NUMBER:
        yield ("metric", "field"), f"{op} is of numbers, which {name} is not"


def _search(search: Search) -> Iterator[Fault]:
    source = SOURCES.get(search.source)
    if source is None or (search.query and source.searched is None):
        yield ("source",), f"{search.source} cannot be searched"
    else:
        yield from _columns(search.columns, source)


def _columns(columns: list[str], source: Source) -> Iterator[Fault]:
    for place, name in enumerate(columns):
        if name not in source.fields and name not in source.links:
            yield ("columns", place), f"{source.name} have no {name}"


def _filters(found: list[Filter], source: Source) -> Iterator[Fault]:
    for place, each in enumerate(found):
        said: Mapping[str, Any] = each.model_dump()
        try:
            filters.conditions(source, filters.of_documents([said]))
        except Invalid as error:
            yield ("filters", place), str(error)
