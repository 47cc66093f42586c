"""``/latest/whoami``, ``/latest/users`` and ``/latest/groups``: who has an account, who is in which group, who I am."""

import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from paddles.accounts import access, groups, identity, users
from paddles.controllers.pages import addresses, csrf, frame, listing
from paddles.controllers.pages import kernelci as face
from paddles.controllers.pages.listing import Chip, Choice
from paddles.controllers.pages.node_parts import Narrowed
from paddles.controllers.user_queries import GroupsQuery, UsersQuery
from paddles.db import object_ids
from paddles.errors import NoAddress, NotFound, Unauthenticated
from paddles.events import subscriptions
from paddles.web import pages, query
from paddles.web.body import Form
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Found, Resource

USERS, GROUPS, MINE = ("Users", "/latest/users"), ("User groups", "/latest/groups"), ("My account", "/latest/whoami")
MOST_MEMBERS, MOST_FOLLOWED = 500, 200
# What is asked of a list of users, beside their names, is yes or no.
FLAGS = ("is_active", "is_verified", "is_superuser")
TITLES = {"username": "Name", "email": "Address", "is_active": "Active", "is_verified": "Verified"}
TITLES |= {"is_superuser": "Superuser", "name": "Name", "id": "Id"}


class UserListQuery(UsersQuery):
    """Which users, and how they are shown."""

    fragment: query.Text = ""
    form: query.Text = ""


class GroupListQuery(GroupsQuery):
    """Which groups, and how they are shown."""

    fragment: query.Text = ""
    form: query.Text = ""


class Wish(Form):
    """That a token is made."""

    csrf: Annotated[str, Field(max_length=2000)] = ""


class TokensPage(Resource):
    """A token that is shown once."""

    face = face
    needs = "enter"

    @face.endpoint(body=Wish, answers=Html, who=access.verified)
    def post(self, call: Call) -> Any:
        """Make a token for whoever asks, and show it: 200, 401, 403."""
        csrf.check(call.headers, call.settings, call.body.csrf)
        token = identity.make_token(call.session, call.settings, call.principal, call.now)
        until = call.now + datetime.timedelta(seconds=call.settings.access_token_expire_seconds)
        shown = frame.show(
            call, "pages/accounts/token.html", title="A new token", crumbs=(MINE,), forms=(), token=token, until=until
        )
        return Page(shown.html, 200, {"Cache-Control": pages.SECRET}, shown.cookies)


class WhoamiPage(Resource):
    """Whoever asks."""

    face = face
    words: ClassVar[dict[str, Resource]] = {"tokens": TokensPage()}

    @face.endpoint(query=frame.PageQuery, answers=Html, who=access.verified)
    def get_all(self, call: Call) -> Any:
        """Show the user that asks, his groups and what he follows: 200, 401, 403."""
        row = users.by_id(call.session, call.principal.id)
        if row is None:  # taken away since it was looked who asks
            raise Unauthenticated("Unauthorized")
        followed = subscriptions.of_user(call.session, row.username, MOST_FOLLOWED + 1)
        return frame.show(
            call,
            "pages/accounts/mine.html",
            title="My account",
            forms=(),
            account=row,
            followed=followed[:MOST_FOLLOWED],
            more=len(followed) > MOST_FOLLOWED,
        )


class UserPage(Resource):
    """One user."""

    face = face
    words: ClassVar[dict[str, Resource]] = {"me": WhoamiPage()}

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes: what is no id of a user has a page of its own, or none."""
        if path and path[0] not in self.words and not object_ids.DIGITS.issuperset(path[0]):
            return Found(self.face, refusal=NoAddress("resource was not found"), route=route)
        return super().locate(path, method, ids, route)

    @face.endpoint(query=frame.PageQuery, answers=Html, who=access.known)
    def get_one(self, user_id: str, call: Call) -> Any:
        """Show a user: 200, 400, 401, 404."""
        row = users.by_id(call.session, object_ids.check(user_id))
        if row is None:
            raise NotFound(f"there is no user {user_id}")
        return frame.show(
            call,
            "pages/accounts/user.html",
            title=row.username,
            crumbs=(USERS,),
            forms=(),
            account=row,
            address=access.reads_address(call.principal, row.id),
        )


class UsersPage(Resource):
    """All users."""

    face = face

    @face.endpoint(query=UserListQuery, answers=Html, who=access.known)
    def get_all(self, call: Call) -> Any:
        """Show users, in the order in which they were made: 200, 400, 401."""
        asked: UserListQuery = call.query
        if asked.form:
            return listing.tidied(call)
        found, total = users.listed(call.session, asked.filters(call.principal), asked.page, asked.order)
        named = ("username", "email") if call.principal.is_superuser else ("username",)
        return frame.show(
            call,
            "pages/accounts/users.html",
            title="Users",
            forms=(),
            users=found,
            total=total,
            reads=lambda user_id: access.reads_address(call.principal, user_id),
            **_part(call, (*named, *FLAGS), total, len(found)),
        )


class GroupsPage(Resource):
    """All groups of users."""

    face = face

    @face.endpoint(query=GroupListQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show groups, as they were made: 200, 400."""
        asked: GroupListQuery = call.query
        if asked.form:
            return listing.tidied(call)
        found, total = groups.listed(call.session, asked.name, asked.page)
        return frame.show(
            call,
            "pages/accounts/groups.html",
            title="User groups",
            groups=found,
            total=total,
            **_part(call, ("name",), total, len(found)),
        )


class GroupPage(Resource):
    """One group."""

    face = face

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_one(self, group_id: str, call: Call) -> Any:
        """Show a group, and to users who is in it: 200, 400, 404."""
        row = groups.by_id(call.session, object_ids.check(group_id))
        if row is None:
            raise NotFound(f"there is no group {group_id}")
        members = groups.members(call.session, row.id, MOST_MEMBERS + 1) if call.principal.id else None
        return frame.show(
            call,
            "pages/accounts/group.html",
            title=row.name,
            crumbs=(GROUPS,),
            group=row,
            members=None if members is None else members[:MOST_MEMBERS],
            more=len(members or ()) > MOST_MEMBERS,
        )


def _part(call: Call, names: tuple[str, ...], total: int, shown: int) -> dict[str, Any]:
    """Return what a list is narrowed by, and where it goes on."""
    asked = call.query
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    values = dict(said)
    choices = [Choice(n, TITLES[n], ("true", "false") if n in FLAGS else (), values.get(n, "")) for n in names]
    chips = [Chip(f"{TITLES[n]}: {value}", addresses.without(said, n, value)) for n, value in said if n in TITLES]
    elsewhere = [pair for pair in said if pair[0] != "offset"]
    end = asked.page.offset + shown
    return {
        "rows": Narrowed(choices, chips),
        "next": addresses.moved(elsewhere, offset=str(end)) if shown and end < total else "",
        "first": addresses.changed(elsewhere) if asked.page.offset else "",
    }
