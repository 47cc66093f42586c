"""What is said where no row matches: the nearest there is."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from paddles.controllers.pages import addresses
from paddles.errors import Invalid
from paddles.listing import search
from paddles.listing.fields import Source
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part
from paddles.web.face import Call

# What says of which time rows are; each list knows some of it.
BOUNDS = ("since", "until", "posted_after", "posted_before")
HREF = "href"


@dataclass(frozen=True)
class Nearest:
    """The newest row that there is, where none matches: its moment and its address, where it has such.

    It matches all but the time that was asked for where it is ``otherwise`` so; ``rows`` is the address of its like.
    """

    at: datetime.datetime | None
    href: str
    otherwise: bool
    rows: str


def nearest(call: Call, source: Source, asked: Asked, only: Sequence[Wanted]) -> Nearest | None:
    """Return the newest row that matches but for its time, else of all that are ``only`` so; None where there is none.

    It is given up where it takes too long to be found.
    """
    if not (asked.since or asked.until or asked.words or len(asked.wanted) > len(only)):
        return None
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    plain = replace(asked, since=None, until=None, sort="", names=_names(source))
    whole = Asked(only, names=plain.names)
    tries = [(whole, False, addresses.written(pair for pair in said if pair[0] == "tab"))]
    if asked.since or asked.until:
        timeless: dict[str, str | None] = dict.fromkeys(BOUNDS)
        tries.insert(0, (plain, True, addresses.changed(said, **timeless)))
    for wanted, otherwise, rows in tries:
        row = _first(call, source, wanted)
        if row is not None:
            return Nearest(row.get(source.at), row.get(HREF) or "", otherwise, rows)
    return None


def _first(call: Call, source: Source, asked: Asked) -> dict[str, Any] | None:
    try:
        return next(iter(search.page(call.session, source, asked, Part(1)).rows), None)
    except Invalid:
        return None


def _names(source: Source) -> tuple[str, ...]:
    known = tuple(name for name in (source.at, HREF) if name in source.names)
    return known or source.usual[:1]
