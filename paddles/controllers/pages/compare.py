"""``/compare``: what has become of each test from one run to another."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from paddles.analysis import comparing
from paddles.analysis.classes import USUAL
from paddles.analysis.comparing import FEWEST, Comparison
from paddles.archive import facets, run_context
from paddles.controllers.compare_queries import ALL, LETTERS, ROWS, CompareQuery
from paddles.controllers.pages import addresses, face, frame, listing
from paddles.controllers.pages.listing import Chip
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

# What says which runs are compared, and where among their tests one is.
PLACE = frozenset((*LETTERS, "run", *addresses.PLACE))
# So many facets, and of each so many values, can be chosen here.
MOST_FACETS, MANY = 60, 40


class Facet(NamedTuple):
    """A facet by which jobs differ: its values that are not chosen, with addresses; and how many more there are."""

    name: str
    values: Sequence[tuple[str, str]]
    more: int


class ComparePageQuery(CompareQuery):
    """What the page understands besides."""

    fragment: query.Text = ""
    form: query.Text = ""


class ComparePage(Resource):
    """Runs beside each other."""

    face = face

    @face.endpoint(query=ComparePageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show what became of tests, or ask of which runs: 200, 400, 404."""
        asked: ComparePageQuery = call.query
        if asked.form:
            return listing.tidied(call)
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        values: dict[str, Any] = {"asked": asked, "found": None, "forms": (), "chips": _chips(asked, said)}
        if len(asked.names) >= FEWEST:
            found = comparing.compare(call.session, asked.names, replace(asked.wanted, facets=asked.facet))
            values |= {"found": found, "forms": ("json", "csv"), "tabs": _tabs(asked, found, said)}
            values |= {"turns": _turns(call, asked.names, found, said), "next": _next(asked, found, said)}
            known = list(found.facets.items())
            values["facets"] = [_facet(name, each, asked, said) for name, each in known[:MOST_FACETS]]
            values["more_facets"] = len(known[MOST_FACETS:])
            values["first"] = addresses.changed(said) if asked.page > 1 else ""
        return frame.show(call, "pages/lab/compare.html", title="Compare runs", crumbs=[("Runs", "/runs/")], **values)


def _tabs(asked: CompareQuery, found: Comparison, said: addresses.Pairs) -> list[tuple[str, int, str, bool]]:
    """Return what tests may be shown: words, how many there are, the address, and whether it is these."""
    counts = {each: found.counts[each] for each in asked.known}
    usual = sum(found.counts[each] for each in USUAL)
    tabs = [("broken or mended", usual, addresses.changed(said, **{"class": None}), not asked.kinds)]
    for each, number in [*counts.items(), (ALL, sum(counts.values()))]:
        address = addresses.changed(said, **{"class": each})
        tabs.append((each.replace("_", " "), number, address, each in asked.kinds))
    return tabs


def _chips(asked: CompareQuery, said: addresses.Pairs) -> list[Chip]:
    """Return the facets that are compared, with the addresses of what is compared without them."""
    return [Chip(each.replace(":", ": ", 1), addresses.without(said, "facet", each)) for each in asked.facet]


def _facet(name: str, values: Sequence[str], asked: CompareQuery, said: addresses.Pairs) -> Facet:
    others = [value for value in values if facets.written(name, value) not in asked.facet]
    links = [(value, addresses.added(said, "facet", facets.written(name, value))) for value in others[:MANY]]
    return Facet(name, links, len(others[MANY:]))


def _turns(call: Call, names: Sequence[str], found: Comparison, said: addresses.Pairs) -> Iterable[tuple[str, str]]:
    """Return other runs to compare: words, and the address."""
    turns = [("Swap", [*reversed(names)])]
    before = run_context.of(call.session, found.runs[0]).before
    after = run_context.of(call.session, found.runs[-1]).after
    head = run_context.head(call.session, found.runs[-1])
    if before and before not in names:
        turns.append(("Previous run", [before, *names[1:]]))
    if after and after not in names:
        turns.append(("Next run", [*names[:-1], after]))
    if head and head not in (*names, after):
        turns.append(("Head of the branch", [*names[:-1], head]))
    kept = [(name, value) for name, value in said if name not in PLACE]
    return [(word, addresses.written([*zip(LETTERS, runs, strict=False), *kept])) for word, runs in turns]


def _next(asked: CompareQuery, found: Comparison, said: addresses.Pairs) -> str:
    behind = asked.page * (asked.count or ROWS)
    return addresses.moved(said, page=str(asked.page + 1)) if found.tests and behind < found.total else ""
