"""What lists of rows understand in an address: filters, a stretch of time, fields, an order, a page."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, TypeVar, cast

from pydantic import ConfigDict, Field, create_model

from paddles.listing import fields, filters, moments
from paddles.listing.fields import Source
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part
from paddles.web import auth, query

USUAL, MOST = 100, 1000
Some = Annotated[query.Count, Field(ge=1, le=MOST)]
F = TypeVar("F", bound="Filtering")
Values = Annotated[list[query.Text], Field(description="alternatives")]


class Filtering(query.Query):
    """A query of which every parameter that is not declared is a filter, and may be there several times."""

    model_config = ConfigDict(extra="allow", frozen=True)
    # What is not a filter, by name; of these the last of several counts.
    single: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def gathered(cls, pairs: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        """Return the parameters by name, those that are filters with all of their values."""
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in cls.single:
                found[name] = value
            else:
                found.setdefault(name, []).append(value)
        return found

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The filters, as they were written; a token in the address is none."""
        said = {name: each for name, each in self if name not in self.single and name != auth.PARAMETER}
        return [(name, value) for name, values in said.items() for value in values]

    def wanted(self, source: Source) -> tuple[list[Wanted], list[str]]:
        """What is asked of a source, and the parameters that it does not know."""
        return filters.asked(self.pairs, source)


class Filtered(Filtering):
    """Filters, of a stretch of time."""

    since: query.Text = ""
    until: query.Text = ""
    format: Literal["json", "csv", "html"] | None = None

    def times(self, now: datetime.datetime) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """From when, and until when. Raises Invalid."""
        since = moments.moment(self.since, now, "since") if self.since else None
        return since, moments.moment(self.until, now, "until") if self.until else None


class ListQuery(Filtered):
    """Which rows, what is shown of them, in which order, and which part of the list."""

    fields: query.Text = ""
    sort: query.Text = ""
    q: query.Text = ""
    count: Some | None = None
    page: query.Count = 1
    after: query.Text = ""
    total: Literal["yes", "no"] = "yes"

    def asked(self, source: Source, now: datetime.datetime) -> tuple[Asked, list[str]]:
        """What the core is asked, and the parameters that mean nothing here. Raises Invalid."""
        wanted, ignored = self.wanted(source)
        names = fields.checked(self.fields, source)
        since, until = self.times(now)
        return Asked(wanted, since, until, self.q, self.sort, names), ignored

    def showing(self, source: Source, now: datetime.datetime, names: tuple[str, ...]) -> tuple[Asked, list[str]]:
        """As :meth:`asked`, but these fields are shown. Raises Invalid."""
        asked, ignored = self.asked(source, now)
        return replace(asked, names=names), ignored

    @property
    def part(self) -> Part:
        """Which part of the list."""
        limit = self.count or USUAL
        return Part(limit, limit * (max(self.page, 1) - 1), self.after)

    @property
    def whole(self) -> bool:
        """That nobody asks for a part of the list."""
        return self.count is None and self.page <= 1


Filtered.single = frozenset(Filtered.model_fields)
ListQuery.single = frozenset(ListQuery.model_fields)


def of(source: Source, base: type[ListQuery] = ListQuery) -> type[ListQuery]:
    """Return the query of a list, in which the filters of its source are declared."""
    return declaring(source, base)


def declaring(source: Source, base: type[F]) -> type[F]:
    """Return a query in which the filters of a source are declared besides what is in ``base``."""
    filtered: dict[str, Any] = {
        name: (Values, []) for name in source.asked if name.isidentifier() and name not in base.model_fields
    }
    name = f"{source.name.capitalize()}{base.__name__}"
    return cast("type[F]", create_model(name, __base__=base, __doc__=base.__doc__, **filtered))
