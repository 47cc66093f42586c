"""What lists of nodes understand, for programs and for people: filters, an order, and which part of the list."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from paddles.db import object_ids
from paddles.db.pages import Order, Page
from paddles.web import auth, query

# Rows of a page when nobody says how many, and at the most whatever is said.
USUAL_LIMIT, HIGHEST_LIMIT = 50, 1000
LARGEST = 2**63 - 1
TRUE, FALSE = frozenset(("1", "true")), frozenset(("0", "false"))
# No node has a field of this name: who says so wants the JSON that programs get anyway.
AS_JSON = ("format", "json")


def _boolean(value: Any) -> Any:
    if value in (0, 1) and not isinstance(value, float):
        return bool(value)
    if isinstance(value, str) and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    return value


# Clients write true, 1, "1" and "true".
Boolean = Annotated[bool, BeforeValidator(_boolean)]


class PageQuery(query.Query):
    """Which part of a list; more than the most that a page has is taken for that."""

    limit: Annotated[int, Field(ge=1)] = USUAL_LIMIT
    offset: Annotated[int, Field(ge=0, le=LARGEST)] = 0

    @property
    def page(self) -> Page:
        """The part of a list."""
        return Page(min(self.limit, HIGHEST_LIMIT), self.offset)


class OrderQuery(query.Query):
    """Which way a list goes, and behind which id it begins."""

    after: query.Text | None = None
    sort: Literal["created", "-created"] = "created"

    @property
    def order(self) -> Order:
        """Where the list begins, and which way it goes. Raises Invalid."""
        after = object_ids.check(self.after) if self.after is not None else None
        return Order(after, newest_first=self.sort == "-created")


class CountQuery(OrderQuery):
    """Which nodes: every other parameter is a filter."""

    model_config = ConfigDict(extra="allow", frozen=True)

    limit: Annotated[query.Whole, Field(ge=1)] | None = None
    offset: Annotated[query.Whole, Field(ge=0)] = 0

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The filters; a token in the address is none."""
        return [pair for pair in (self.model_extra or {}).items() if pair[0] != auth.PARAMETER and pair != AS_JSON]


def _wanted(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class NodesQuery(CountQuery):
    """Which nodes, which part of them, and whether all of them are to be counted."""

    total: Annotated[Literal["yes", "no"], BeforeValidator(_wanted)] = "yes"

    @property
    def part(self) -> Page:
        """The part of the list."""
        return Page(min(self.limit or USUAL_LIMIT, HIGHEST_LIMIT), self.offset)
