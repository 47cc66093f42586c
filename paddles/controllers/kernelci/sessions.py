"""``/latest/user/login`` and its like: what a password is good for, and what ends it."""

from typing import Any

from pydantic import BaseModel

from paddles.accounts import access, identity, passwords, users
from paddles.accounts.users import Changes
from paddles.controllers import secrets
from paddles.controllers.kernelci import bodies, face
from paddles.db.session import Session
from paddles.errors import Invalid, TooMany
from paddles.web.endpoint import NO_CONTENT
from paddles.web.face import Call, Then
from paddles.web.resource import Resource


class Token(BaseModel):
    """What speaks for a user."""

    access_token: str
    token_type: str


class LoginController(Resource):
    """``/latest/user/login``"""

    face = face
    needs = "enter"

    @face.endpoint(body=bodies.Login, answers=Token, refuses=(TooMany,))
    def post(self, call: Call) -> Any:
        """Give a user a token: 200, 400 ``LOGIN_BAD_CREDENTIALS`` or ``LOGIN_USER_NOT_VERIFIED``, 422, 429."""

        def log_in(session: Session, user: Any) -> Any:
            if not user.is_verified:
                raise Invalid("LOGIN_USER_NOT_VERIFIED")
            token = identity.access_token(session, call.settings, user, call.now)
            return {"access_token": token, "token_type": "bearer"}

        return secrets.proven(call, call.body.username, call.body.password, log_in)


class LogoutController(Resource):
    """``/latest/user/logout``"""

    face = face
    needs = "enter"

    @face.endpoint(answers=NO_CONTENT, who=access.known)
    def post(self, call: Call) -> Any:
        """Make all tokens of the user void: 204."""
        users.void(call.session, call.principal.id, call.principal)


class UpdatePasswordController(Resource):
    """``/latest/user/update-password``"""

    face = face
    needs = "enter"

    @face.endpoint(body=bodies.UpdatePassword, answers=None, refuses=(TooMany,))
    def post(self, call: Call) -> Any:
        """Set a new password for whoever knows the old one: 200 ``null``, 400 ``LOGIN_BAD_CREDENTIALS``, 422, 429."""
        said: bodies.UpdatePassword = call.body
        made: list[str] = []

        def change(session: Session, user: Any) -> None:
            still = users.locked(session, user.id)
            if still is None or still.generation != user.generation:
                raise Invalid(secrets.BAD_CREDENTIALS)  # somebody else has set another meanwhile
            users.change(session, still, Changes(password=made[-1]), users.principal(still))

        proof = secrets.proven(call, said.username, said.password, change)

        def hash_both() -> None:
            proof.outside()
            memory = call.settings.password_memory_kib
            made.append(secrets.slowly(lambda: passwords.hashed(said.new_password, memory)))

        return Then(hash_both, proof.work)
