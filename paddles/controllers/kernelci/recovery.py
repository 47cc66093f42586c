"""Addresses verified and passwords set anew, by tokens that mails bring."""

from typing import Any

from paddles.accounts import addresses, limits, mails, recovery, users
from paddles.accounts.users import Changes
from paddles.controllers import secrets
from paddles.controllers.kernelci import bodies, face, words
from paddles.db.session import Session
from paddles.errors import Invalid, TooMany
from paddles.web import origins
from paddles.web.endpoint import ACCEPTED
from paddles.web.face import Call
from paddles.web.resource import Resource


def ask(call: Call, kind: str) -> None:
    """Note that somebody is to get a mail of a kind, if there is somebody. Raises TooMany."""
    recipient = addresses.key(call.body.email)
    counted = limits.mails(recipient, origins.peer(call.headers))
    limits.check(call.session, counted, call.now)
    limits.count(call.session, counted, call.now)
    mails.note(call.session, kind, recipient, call.now)


def refused(session: Session, call: Call, message: str) -> Invalid:
    """Count a token that is none, and return the refusal of it."""
    limits.count(session, limits.secrets(origins.peer(call.headers)), call.now)
    return Invalid(message)


def bearer(session: Session, call: Call, kind: str) -> Any:
    """Return the user whose token is sent, None where it is worth nothing. Raises TooMany."""
    limits.check(session, limits.secrets(origins.peer(call.headers)), call.now)
    return recovery.bearer(session, call.settings, kind, call.body.token, call.now)


class RequestVerifyController(Resource):
    """``/latest/user/request-verify-token``"""

    face = face
    needs = "enter"

    @face.endpoint(body=bodies.Recipient, answers=ACCEPTED, refuses=(TooMany,))
    def post(self, call: Call) -> Any:
        """Send mail to a user who is not verified, by which to be: 202 ``null`` whoever is there or not, 422, 429."""
        ask(call, "verify")


class VerifyController(Resource):
    """``/latest/user/verify``"""

    face = face
    needs = "enter"

    @face.endpoint(body=bodies.Token, answers=words.UserShown, refuses=(TooMany,))
    def post(self, call: Call) -> Any:
        """Verify a user's address: 200 with the user, 400 ``VERIFY_USER_BAD_TOKEN`` or ``..._ALREADY_VERIFIED``."""
        user = bearer(call.session, call, "verify")
        if user is None or not user.is_active:
            return refused(call.session, call, "VERIFY_USER_BAD_TOKEN")
        if user.is_verified:
            raise Invalid("VERIFY_USER_ALREADY_VERIFIED")
        asker = users.principal(user)
        users.change(call.session, user, Changes(is_verified=True), asker)
        mails.note(call.session, "verified", addresses.key(user.email), call.now)
        return words.user(users.by_id(call.session, user.id), asker)


class ForgotPasswordController(Resource):
    """``/latest/user/forgot-password``"""

    face = face
    needs = "enter"

    @face.endpoint(body=bodies.Recipient, answers=ACCEPTED, refuses=(TooMany,))
    def post(self, call: Call) -> Any:
        """Send mail to a user, by which to set a password: 202 ``null`` whoever is there or not, 422, 429."""
        ask(call, "reset")


class ResetPasswordController(Resource):
    """``/latest/user/reset-password``"""

    face = face
    needs = "enter"

    @face.endpoint(body=bodies.NewPassword, answers=None, refuses=(TooMany,))
    def post(self, call: Call) -> Any:
        """Set a password by a token, which is good once: 200 ``null``, 400 ``RESET_PASSWORD_BAD_TOKEN``, 422, 429."""

        def reset(session: Session, hashed: str | None) -> Any:
            # Looked at again: two requests with one token set one password.
            user = bearer(session, call, "reset")
            if user is None or not user.is_active:
                return refused(session, call, "RESET_PASSWORD_BAD_TOKEN")
            users.change(session, user, Changes(password=hashed), users.principal(user))
            mails.note(session, "changed", addresses.key(user.email), call.now)
            return None

        if bearer(call.session, call, "reset") is None:
            return refused(call.session, call, "RESET_PASSWORD_BAD_TOKEN")
        return secrets.with_hash(call, call.body.password, reset)
