"""``/latest/user/`` and ``/latest/whoami``: users, and how they get their tokens."""

from typing import Any, ClassVar

from pydantic import BaseModel

from paddles.accounts import access, identity, passwords, users
from paddles.controllers.kernelci import face, words
from paddles.controllers.kernelci.folder import Folder
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.web import body, query
from paddles.web.face import Call, Then
from paddles.web.resource import Resource


class Login(body.Form):
    """A name and its password."""

    username: query.Text
    password: query.Text


class Token(BaseModel):
    """What speaks for a user."""

    access_token: str
    token_type: str


class LoginController(Resource):
    """``/latest/user/login``"""

    face = face

    @face.endpoint(body=Login, answers=Token)
    def post(self, call: Call) -> Any:
        """Give a user a token: 200, 400 ``LOGIN_BAD_CREDENTIALS`` or ``LOGIN_USER_NOT_VERIFIED``, 422."""
        said: Login = call.body
        user = users.by_name(call.session, said.username)
        stored = user.password if user else passwords.decoy(call.settings.password_memory_kib)
        fits: list[bool] = []

        def log_in(session: Session) -> Any:
            if not fits[-1] or user is None or not user.is_active:
                raise Invalid("LOGIN_BAD_CREDENTIALS")
            if not user.is_verified:
                raise Invalid("LOGIN_USER_NOT_VERIFIED")
            token = identity.access_token(session, call.settings, user, call.now)
            return {"access_token": token, "token_type": "bearer"}

        return Then(lambda: fits.append(passwords.fits(stored, said.password)), log_in)


class Whoami(Resource):
    """``/latest/whoami``"""

    face = face

    @face.endpoint(answers=words.UserShown, who=access.verified)
    def get_all(self, call: Call) -> Any:
        """Show the user whose token this is: 200."""
        return words.user(users.by_id(call.session, call.principal.id), call.principal)


class UserFolder(Folder):
    """``/latest/user``"""

    words: ClassVar[dict[str, Resource]] = {"login": LoginController()}
