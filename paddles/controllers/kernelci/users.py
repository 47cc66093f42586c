"""``/latest/users`` and ``/latest/user/``: users listed, made, shown, changed and taken away."""

from typing import Any, ClassVar

from paddles.accounts import access, groups, users
from paddles.accounts.access import Principal
from paddles.accounts.users import Changes, Taken
from paddles.controllers import secrets
from paddles.controllers.kernelci import bodies, face, words
from paddles.controllers.kernelci.invites import AcceptInviteController, InviteController
from paddles.controllers.kernelci.recovery import (
    ForgotPasswordController,
    RequestVerifyController,
    ResetPasswordController,
    VerifyController,
)
from paddles.controllers.kernelci.sessions import LoginController, LogoutController, UpdatePasswordController
from paddles.controllers.kernelci.words import UserShown
from paddles.controllers.user_queries import UsersQuery
from paddles.db import object_ids
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound, Unauthenticated
from paddles.web.face import Call
from paddles.web.resource import Resource


def changed(session: Session, user: Any, said: bodies.OwnChanges, hashed: str | None, asker: Principal) -> Any:
    """Change a user and show it. Raises Invalid as the API says it."""
    values = {**said.model_dump(exclude={"password"}), "password": hashed}
    missing = groups.unknown(session, said.groups or ())
    if missing is not None:
        raise Invalid(f"User group does not exist with name: {missing}")
    try:
        users.change(session, user, Changes(**values), asker)
    except Taken as error:
        name = f"Username already exists: {said.username}"
        raise Invalid(name if error.by_name else "UPDATE_USER_EMAIL_ALREADY_EXISTS") from None
    return words.user(users.by_id(session, user.id), asker)


class Whoami(Resource):
    """``/latest/whoami``"""

    face = face

    @face.endpoint(answers=UserShown, who=access.verified)
    def get_all(self, call: Call) -> Any:
        """Show the user whose token this is: 200."""
        user = users.by_id(call.session, call.principal.id)
        if user is None:  # taken away since the token was looked at
            raise Unauthenticated("Unauthorized")
        return words.user(user, call.principal)


class MeController(Whoami):
    """``/latest/user/me``"""

    @face.endpoint(body=bodies.OwnChanges, answers=UserShown, who=access.known)
    def patch_all(self, call: Call) -> Any:
        """Change oneself: 200 with the user, 400. Groups can be left, not joined; privileges are ignored."""
        said: bodies.OwnChanges = call.body
        if not call.principal.is_superuser and set(said.groups or ()) - set(call.principal.groups):
            raise Invalid("User groups can only be updated by an admin user")

        def change(session: Session, hashed: str | None) -> Any:
            user = users.locked(session, call.principal.id)
            if user is None:
                raise NotFound("Not Found")
            return changed(session, user, said, hashed, call.principal)

        return secrets.with_hash(call, said.password, change)


class RegisterController(Resource):
    """``/latest/user/register``"""

    face = face

    @face.endpoint(body=bodies.NewUser, answers=UserShown, who=access.superuser)
    def post(self, call: Call) -> Any:
        """Make a user, who is not verified yet: 200 with the user, 400, 422."""
        said: bodies.NewUser = call.body
        missing = groups.unknown(call.session, said.groups)
        if missing is not None:
            raise Invalid(f"User group does not exist with name: {missing}")

        def make(session: Session, hashed: str | None) -> Any:
            values = {**said.model_dump(), "password": hashed}
            try:
                user_id = users.create(session, users.NewUser(**values), call.principal, call.now)
            except Taken as error:
                message = "Username already exists" if error.by_name else "REGISTER_USER_ALREADY_EXISTS"
                raise Invalid(message) from None
            return words.user(users.by_id(session, user_id), call.principal)

        return secrets.with_hash(call, said.password, make)


class UserController(Resource):
    """``/latest/user/<id>`` and what else is called ``user``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "login": LoginController(),
        "logout": LogoutController(),
        "update-password": UpdatePasswordController(),
        "register": RegisterController(),
        "request-verify-token": RequestVerifyController(),
        "verify": VerifyController(),
        "forgot-password": ForgotPasswordController(),
        "reset-password": ResetPasswordController(),
        "invite": InviteController(),
        "accept-invite": AcceptInviteController(),
        "me": MeController(),
    }

    @face.endpoint(answers=UserShown, who=access.known)
    def get_one(self, user_id: str, call: Call) -> Any:
        """Show a user: 200, without the address to all but the user and superusers; 404."""
        user = users.by_id(call.session, words.id_or_none(user_id))
        if user is None:
            raise NotFound("Not Found")
        return words.user(user, call.principal)

    @face.endpoint(body=bodies.Changes, answers=UserShown, who=access.superuser)
    def patch(self, user_id: str, call: Call) -> Any:
        """Change a user: 200 with the user, 400, 404."""
        checked = object_ids.check(user_id)
        found(users.by_id(call.session, checked), user_id)

        def change(session: Session, hashed: str | None) -> Any:
            user = found(users.locked(session, checked), user_id)
            return changed(session, user, call.body, hashed, call.principal)

        return secrets.with_hash(call, call.body.password, change)

    @face.endpoint(answers=None, who=access.superuser)
    def delete(self, user_id: str, call: Call) -> Any:
        """Take a user away: 200 ``null``, 404."""
        user = users.by_id(call.session, words.id_or_none(user_id))
        if user is None:
            raise NotFound("Not Found")
        users.delete(call.session, user, call.principal)


def found(user: Any, user_id: str) -> Any:
    """Return a user. Raises NotFound where there is none."""
    if user is None:
        raise NotFound(f"User not found with id: {user_id}")
    return user


class UsersController(Resource):
    """``/latest/users``"""

    face = face

    @face.endpoint(query=UsersQuery, answers=words.UserPage, who=access.known)
    def get_all(self, call: Call) -> Any:
        """List users in the order in which they were made: 200 with a page.

        Others' addresses are shown to superusers alone. ``sort=-created`` begins with the newest, and ``after`` is the
        id of a user behind whom the page begins.
        """
        asked: UsersQuery = call.query
        rows, total = users.listed(call.session, asked.filters(call.principal), asked.page, asked.order)
        return words.page([words.user(row, call.principal) for row in rows], total, asked.page)
