"""``/latest/group``, ``/latest/groups`` and ``/latest/user-groups``: one kind of thing under two names."""

from typing import Any

from paddles.accounts import access, groups
from paddles.controllers.kernelci import bodies, face, words
from paddles.controllers.user_queries import GroupsQuery
from paddles.db import object_ids
from paddles.errors import Conflict, Invalid, NotFound
from paddles.nodes import nodes
from paddles.web.endpoint import NO_CONTENT
from paddles.web.face import Call
from paddles.web.resource import Resource


def listed(call: Call) -> Any:
    """Return a page of groups."""
    asked: GroupsQuery = call.query
    rows, total = groups.listed(call.session, asked.name, asked.page)
    return words.page([words.group(row.id, row.name) for row in rows], total, asked.page)


def made(call: Call, refusal: str) -> Any:
    """Make a group and return it. Raises Invalid with ``refusal`` where there is one of that name."""
    name = call.body.name
    try:
        return words.group(groups.create(call.session, name, call.principal, call.now), name)
    except Conflict:
        raise Invalid(refusal.format(name=name)) from None


class GroupController(Resource):
    """``/latest/group``"""

    face = face

    @face.endpoint(body=bodies.NewGroup, answers=words.GroupShown, who=access.superuser)
    def post(self, call: Call) -> Any:
        """Make a group: 200 with the group, 400 where there is one of that name."""
        return made(call, "Group '{name}' already exists. Use a different group name.")

    @face.endpoint(answers=words.GroupShown | None)
    def get_one(self, group_id: str, call: Call) -> Any:
        """Show a group: 200, ``null`` where there is none."""
        row = groups.by_id(call.session, object_ids.check(group_id))
        return words.group(row.id, row.name) if row else None

    @face.endpoint(answers=NO_CONTENT, who=access.superuser)
    def delete(self, group_id: str, call: Call) -> Any:
        """Take a group away, from its members too: 204, 404."""
        try:
            name = groups.delete(call.session, object_ids.check(group_id), call.principal, with_members=True)
            nodes.forget_group(call.session, name)
        except NotFound:
            raise NotFound(f"Group not found with id: {group_id}") from None


class GroupsController(Resource):
    """``/latest/groups``"""

    face = face

    @face.endpoint(query=GroupsQuery, answers=words.GroupPage)
    def get_all(self, call: Call) -> Any:
        """List groups, as they were made: 200 with a page."""
        return listed(call)


class UserGroupsController(Resource):
    """``/latest/user-groups``"""

    face = face

    @face.endpoint(query=GroupsQuery, answers=words.GroupPage, who=access.superuser)
    def get_all(self, call: Call) -> Any:
        """List groups, as they were made: 200 with a page."""
        return listed(call)

    @face.endpoint(body=bodies.NewGroup, answers=words.GroupShown, who=access.superuser)
    def post(self, call: Call) -> Any:
        """Make a group: 200 with the group, 400 where there is one of that name."""
        return made(call, "User group already exists with name: {name}")

    @face.endpoint(answers=words.GroupShown, who=access.superuser)
    def get_one(self, group_id: str, call: Call) -> Any:
        """Show a group: 200, 404."""
        row = groups.by_id(call.session, object_ids.check(group_id))
        if row is None:
            raise NotFound(f"User group not found with id: {group_id}")
        return words.group(row.id, row.name)

    @face.endpoint(answers=NO_CONTENT, who=access.superuser, refuses=(Conflict,))
    def delete(self, group_id: str, call: Call) -> Any:
        """Take a group without members away: 204, 404, 409 while it has some."""
        try:
            name = groups.delete(call.session, object_ids.check(group_id), call.principal, with_members=False)
            nodes.forget_group(call.session, name)
        except NotFound:
            raise NotFound(f"User group not found with id: {group_id}") from None
        except Conflict:
            message = "User group is assigned to users and cannot be deleted. Remove it from users first."
            raise Conflict(message) from None
