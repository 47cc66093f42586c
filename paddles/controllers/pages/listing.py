"""A list of rows as a page: what it is narrowed by, its order, its rows, where it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from paddles.controllers import list_queries
from paddles.controllers.list_queries import ListQuery
from paddles.controllers.pages import addresses, emptiness, frame
from paddles.controllers.pages.emptiness import Nearest
from paddles.listing import fields, search
from paddles.listing.fields import JSON, MOMENT, NUMBER, Source
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Count, Part
from paddles.web import query as queries
from paddles.web.face import Call
from paddles.web.pages import Page

SIGNS = {"-": "is not", "~": "has", ">": "\N{GREATER-THAN OR EQUAL TO}", "<": "\N{LESS-THAN OR EQUAL TO}"}
STRETCHES = ("24h", "7d", "14d", "30d", "90d")
# What narrows a list down and is no filter of a field.
BOUNDS = ("since", "until", "posted_after", "posted_before", "q")


class RowsQuery(ListQuery):
    """What a page of a list understands besides what its JSON does."""

    fragment: queries.Text = ""
    form: queries.Text = ""


RowsQuery.single = frozenset(RowsQuery.model_fields)


@dataclass(frozen=True)
class Column:
    """What is shown of a field: ``kind`` is how (``text long status time span number mono tags run machine links``,
    ``own`` where the page's template does it), ``link`` the field whose value it leads to; of ``links`` each is a word
    and the field that it leads to.
    """

    name: str
    title: str = ""
    kind: str = "text"
    link: str = ""
    links: tuple[tuple[str, str], ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The fields that are read to show it."""
        own = () if self.links else (self.name,)
        return (*own, *filter(None, (self.link,)), *(field for _, field in self.links))


@dataclass(frozen=True)
class Looked:
    """What a list is asked for: by which filters, as they are ``said``; what means nothing; and which part of it.

    Where somebody else says how many there are, they are not ``counted``.
    """

    asked: Asked
    said: Sequence[tuple[str, str]]
    ignored: list[str]
    part: Part
    counted: bool = True


@dataclass(frozen=True)
class Chip:
    """Something that rows are narrowed by, in words, and the address of the rows without it."""

    text: str
    drop: str


@dataclass(frozen=True)
class Head:
    """A column's head: its title, the address that sorts by it, and how rows are sorted by it now."""

    column: Column
    title: str
    sort: str
    sorted: str


@dataclass(frozen=True)
class Choice:
    """A field that the form asks for: what may be chosen, and what is said now."""

    name: str
    title: str
    among: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Rows:
    """A page of rows, and all that is said of it. ``total`` is None where nobody counted.

    Where there are no rows ``nearest`` is what there is instead, if there is anything.
    """

    name: str
    heads: list[Head]
    rows: list[dict[str, Any]]
    chips: list[Chip]
    choices: list[Choice]
    ignored: list[str]
    total: Count | None
    next: str
    first: str
    searched: bool
    timeless: bool
    nearest: Nearest | None = None


def query(source: Source) -> type[ListQuery]:
    """Return the query of a source's page."""
    return list_queries.of(source, RowsQuery)


def show(call: Call, source: Source, columns: Sequence[Column], **values: Any) -> Page:
    """Return the page of a list; ``values`` are the frame's, ``choices`` the fields that its form asks for."""
    if call.query.form:
        return tidied(call)
    choices, also = values.pop("choices", ()), values.pop("also", ())
    template = values.pop("template", "pages/list.html")
    values.setdefault("forms", ("json", "csv"))
    return frame.show(call, template, rows=rows(call, source, columns, choices, also), **values)


def tidied(call: Call) -> Page:
    """Send a browser from what its form has said to the address of the same rows, without what was left blank."""
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    kept = [(name, value) for name, value in said if value and name != "form"]
    return Page("", 303, {"Location": addresses.written(kept)})


def rows(
    call: Call,
    source: Source,
    columns: Sequence[Column],
    choices: Sequence[str] = (),
    also: Sequence[str] = (),
    looked: Looked | None = None,
    only: Sequence[Wanted] = (),
) -> Rows:
    """Return the page of rows that the query asks for; ``also`` are fields that are read and have no column.

    A query that is no ``ListQuery`` says by ``looked`` what it asks for. Of all rows the page is about those for which
    ``only`` is so, whatever the address says.

    Raises:
        Invalid: as ``search.page``.
    """
    looked = looked or narrowed(call, source)
    named = [name for column in columns for name in column.needs if name in source.names]
    wanted = [*only, *looked.asked.wanted]
    asked = replace(looked.asked, wanted=wanted, names=tuple(dict.fromkeys([*named, *also])))
    found = search.page(call.session, source, asked, looked.part)
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    inner = looked.part.after or looked.part.offset
    return Rows(
        source.name,
        [_head(source, column, asked.sort, said) for column in columns],
        found.rows,
        chips(source, said, looked),
        [_choice(source, name, said) for name in choices],
        looked.ignored,
        _total(call, source, replace(looked, asked=asked), len(found.rows), found.after) if looked.counted else None,
        addresses.moved(said, after=found.after) if found.after else "",
        addresses.changed(said) if inner else "",
        source.searched is not None,
        source.timeless,
        emptiness.nearest(call, source, asked, only) if not (found.rows or inner) else None,
    )


def title(source: Source, name: str) -> str:
    """Return what a field is called on pages."""
    known = source.fields.get(name) or source.links.get(name)
    return (known.title if known else "") or name.replace("_", " ").capitalize()


def chips(source: Source, said: addresses.Pairs, looked: Looked) -> list[Chip]:
    """Return what rows are narrowed by, as it is said in the address."""
    found = []
    for name, value in said:
        if name in BOUNDS and value:
            word = {"q": "words"}.get(name, name.replace("_", " "))
            found.append(Chip(f"{word}: {value}", addresses.without(said, name, value)))
        elif (name, value) in looked.said and name not in looked.ignored:
            found.append(Chip(_said(source, name, value), addresses.without(said, name, value)))
    return found


def narrowed(call: Call, source: Source, **other: Any) -> Looked:
    """Return what the query of a page asks of a source, but for what is ``other`` than it says."""
    query: ListQuery = call.query
    asked, ignored = query.asked(source, call.now)
    return replace(Looked(asked, query.pairs, ignored, query.part), **other)


def _total(call: Call, source: Source, looked: Looked, shown: int, after: str | None) -> Count:
    part = looked.part
    if not part.after and not after and (shown or not part.offset):
        return Count(part.offset + shown)
    return search.count(call.session, source, looked.asked)


def _head(source: Source, column: Column, sort: str, said: addresses.Pairs) -> Head:
    name, field = column.name, source.fields.get(column.name)
    now = sort or source.sort or f"-{source.at}"
    order = {name: "ascending", f"-{name}": "descending"}.get(now, "")
    sortable = field is not None and not field.dear and not field.moves and field.kind != JSON
    turned = name if order == "descending" else f"-{name}" if order or _largest_first(field) else name
    address = addresses.changed(said, sort=turned) if sortable else ""
    return Head(column, column.title or title(source, name), address, order)


def _largest_first(field: fields.Field | None) -> bool:
    return field is not None and field.kind in (NUMBER, MOMENT)


def _said(source: Source, name: str, value: str) -> str:
    for sign, words in SIGNS.items():
        plain = name.removeprefix(sign) if sign in "-~" else name.removesuffix(sign)
        if plain != name:
            return f"{title(source, plain)} {words} {value or 'nothing'}"
    return f"{title(source, name)}: {value or 'nothing'}"


def _choice(source: Source, name: str, said: addresses.Pairs) -> Choice:
    field = source.fields.get(name)
    value = next((text for each, text in said if each == name), "")
    return Choice(name, title(source, name), field.among if field else (), value)
