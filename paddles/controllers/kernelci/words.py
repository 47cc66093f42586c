"""The KernelCI face's words: its names for what the core knows, both ways. Pure."""

import datetime
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from paddles.accounts import addresses
from paddles.accounts.access import Principal
from paddles.db import object_ids
from paddles.db.pages import Order, Page
from paddles.errors import Fault, Malformed
from paddles.web import query

TRUE, FALSE = frozenset(("1", "true")), frozenset(("0", "false"))
# Rows of a page when nobody says how many, and at the most whatever is said.
USUAL_LIMIT, HIGHEST_LIMIT = 50, 1000
LARGEST = 2**63 - 1
NOBODYS_ID = "0" * object_ids.LENGTH


def timestamp(moment: datetime.datetime | None) -> str | None:
    """Return a moment as the API writes it: UTC without saying so, no fraction when it is zero."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat() if moment else None


def page(items: Iterable[Any], total: int | None, part: Page) -> dict[str, Any]:
    """Return part of a list, and where in the list it is."""
    return {"items": list(items), "total": total, "limit": part.limit, "offset": part.offset}


def misplaced(name: str, message: str, value: str) -> Malformed:
    """Return the refusal of a part of the path that is not what stands there: 422, ``loc`` is ``["path", name]``."""
    return Malformed(f"{name}: {message}", (Fault("value_error", ("path", name), message, value[:200]),))


def user(row: Any, asker: Principal) -> dict[str, Any]:
    """Return a user as ``asker`` may see it: the address is for the user and for superusers alone."""
    shown = {
        "id": row.id,
        "email": row.email,
        "is_active": row.is_active,
        "is_superuser": row.is_superuser,
        "is_verified": row.is_verified,
        "username": row.username,
        "groups": [group(*pair) for pair in zip(row.group_ids, row.groups, strict=True)],
    }
    if asker.id != row.id and not asker.is_superuser:
        del shown["email"]
    return shown


def user_filters(said: dict[str, Any], asker: Principal) -> dict[str, Any]:
    """Return which users a query asks for; by an address only superusers find others than themselves."""
    filters = {name: value for name, value in said.items() if name != "email"}
    if "email" in said:
        filters["email_key"] = addresses.key(said["email"])
        hidden = not asker.is_superuser and filters["email_key"] != addresses.key(asker.email)
        filters["id"] = NOBODYS_ID if hidden else filters.get("id")
    return filters


def id_or_none(text: str) -> str:
    """Return an id that a path holds, in lower case; what is none is nobody's."""
    return text.lower() if len(text) == object_ids.LENGTH and object_ids.DIGITS.issuperset(text) else NOBODYS_ID


def group(group_id: str, name: str) -> dict[str, str]:
    """Return a group."""
    return {"id": group_id, "name": name}


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


class GroupShown(BaseModel):
    """A group."""

    id: str
    name: str


class UserShown(BaseModel):
    """A user; the address is for the user and for administrators."""

    id: str
    email: str | None = None
    is_active: bool
    is_superuser: bool
    is_verified: bool
    username: str
    groups: list[GroupShown]


class UserPage(BaseModel):
    """Part of the users."""

    items: list[UserShown]
    total: int
    limit: int
    offset: int


class GroupPage(BaseModel):
    """Part of the groups."""

    items: list[GroupShown]
    total: int
    limit: int
    offset: int
