"""What lists of users and of their groups understand, for programs and for people."""

from typing import Any

from paddles.accounts import addresses
from paddles.accounts.access import Principal
from paddles.controllers.node_queries import Boolean, OrderQuery, PageQuery
from paddles.db import object_ids
from paddles.web import query

NOBODYS_ID = "0" * object_ids.LENGTH


class UsersQuery(PageQuery, OrderQuery):
    """Which users: those with these values."""

    id: query.Text | None = None
    username: query.Text | None = None
    email: query.Text | None = None
    is_active: Boolean | None = None
    is_verified: Boolean | None = None
    is_superuser: Boolean | None = None

    def filters(self, asker: Principal) -> dict[str, Any]:
        """Which users are asked for; by an address only superusers find others than themselves."""
        names = ("id", "username", "email", "is_active", "is_verified", "is_superuser")
        said = {name: value for name in names if (value := getattr(self, name)) is not None}
        email = said.pop("email", None)
        if email is not None:
            said["email_key"] = addresses.key(email)
            hidden = not asker.is_superuser and said["email_key"] != addresses.key(asker.email)
            said["id"] = NOBODYS_ID if hidden else said.get("id")
        return said


class GroupsQuery(PageQuery):
    """Which groups."""

    name: query.Text | None = None
