"""Invitations: users made by a superuser, who choose their password by a token."""

import secrets as randomness
from typing import Any, ClassVar

from pydantic import BaseModel

from paddles.accounts import access, addresses, groups, mails, recovery, users
from paddles.accounts.users import Changes, Taken
from paddles.controllers import secrets
from paddles.controllers.kernelci import bodies, browsers, face, words
from paddles.controllers.kernelci.recovery import bearer, refused
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound, TooMany
from paddles.web import origins, pages, query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource


class Places(BaseModel):
    """Where invitations lead."""

    public_base_url: str
    accept_invite_url: str


class Invited(Places):
    """An invitation; its token, and an address with it, only for who asked for them."""

    user: words.UserShown
    email_sent: bool
    invite_url: str | None
    token: str | None


class AcceptQuery(query.Query):
    """The token of an invitation, as the address of one holds it."""

    token: query.Text = ""


def places(call: Call) -> dict[str, str]:
    """Return where invitations lead."""
    base = origins.base(call.settings.public_base_url, call.headers)
    return {"public_base_url": base, "accept_invite_url": f"{base}/latest/user/accept-invite"}


def again(session: Session, said: bodies.Invitation) -> Any:
    """Return the user of an earlier invitation like this one, None where there was none. Raises Invalid."""
    same = users.by_email(session, said.email)
    named = users.by_name(session, said.username)
    if same is None and named is None:
        return None
    if not said.resend_if_exists:
        raise Invalid("User already exists")
    if same is None:
        raise Invalid("Existing user has a different email")
    if same.username != said.username:
        raise Invalid("Existing user has a different username")
    if same.is_verified:
        raise Invalid("User already verified")
    return same


def sent(session: Session, call: Call, user: Any) -> Any:
    """Send an invitation to a user and return what is said of it."""
    said: bodies.Invitation = call.body
    where = places(call)
    if said.send_email:
        mails.note(session, "invite", addresses.key(user.email), call.now, where["accept_invite_url"])
    token = recovery.token(session, call.settings, "invite", user, call.now) if said.return_token else None
    return {
        **where,
        "user": words.user(user, call.principal),
        "email_sent": said.send_email,
        "invite_url": f"{where['accept_invite_url']}?token={token}" if token else None,
        "token": token,
    }


class InviteUrlController(Resource):
    """``/latest/user/invite/url``"""

    face = face

    @face.endpoint(answers=Places, who=access.superuser)
    def get_all(self, call: Call) -> Any:
        """Say where invitations lead: 200."""
        return places(call)


class InviteController(Resource):
    """``/latest/user/invite``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {"url": InviteUrlController()}

    @face.endpoint(answers=Html, needs_database=False)
    def get_all(self, call: Call) -> Any:
        """Show a form to invite somebody by: 200."""
        return pages.render("kernelci/invite.html", place=pages.place(call.settings))

    @browsers.page("kernelci/invite.html")
    @face.endpoint(body=bodies.Invitation, answers=Invited, who=access.superuser)
    def post(self, call: Call) -> Any:
        """Make a user, and send the token to choose a password by: 200, 400."""
        said: bodies.Invitation = call.body
        missing = groups.unknown(call.session, said.groups)
        if missing is not None:
            raise Invalid(f"User group does not exist with name: {missing}")
        known = again(call.session, said)
        if known is not None:
            return sent(call.session, call, known)

        def make(session: Session, hashed: str | None) -> Any:
            new = users.NewUser(said.username, said.email, hashed or "", said.groups, is_superuser=said.is_superuser)
            try:
                user_id = users.create(session, new, call.principal, call.now)
            except Taken:
                raise Invalid("User already exists") from None
            return sent(session, call, users.by_id(session, user_id))

        return secrets.with_hash(call, randomness.token_hex(), make)


class AcceptInviteController(Resource):
    """``/latest/user/accept-invite``"""

    face = face
    needs = "enter"

    @face.endpoint(query=AcceptQuery, answers=Html, needs_database=False)
    def get_all(self, call: Call) -> Any:
        """Show a form to choose a password by: 200."""
        return pages.render("kernelci/accept.html", place=pages.place(call.settings), token=call.query.token)

    @browsers.page("kernelci/accept.html")
    @face.endpoint(body=bodies.Acceptance, answers=words.UserShown, refuses=(NotFound, TooMany))
    def post(self, call: Call) -> Any:
        """Choose a password by the token of an invitation: 200 with the user, who is verified; 400."""

        def accept(session: Session, hashed: str | None) -> Any:
            user = checked(session)
            if isinstance(user, Invalid):
                return user
            asker = users.principal(user)
            users.change(session, user, Changes(password=hashed, is_verified=True), asker)
            mails.note(session, "welcome", addresses.key(user.email), call.now)
            return words.user(users.by_id(session, user.id), asker)

        def checked(session: Session) -> Any:
            user = bearer(session, call, "invite")
            if user is None:
                return refused(session, call, "Invalid or expired invite token")
            if not user.is_active:
                raise Invalid("User is inactive")
            if user.is_verified:
                raise Invalid("Invite already accepted")
            return user

        first = checked(call.session)
        return first if isinstance(first, Invalid) else secrets.with_hash(call, call.body.password, accept)
