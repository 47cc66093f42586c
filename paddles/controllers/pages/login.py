"""``/login`` and ``/logout``: a browser speaks for a user from the one to the other."""

from typing import Annotated, Any

from pydantic import Field

from paddles.accounts import access, identity, users
from paddles.controllers import secrets
from paddles.controllers.pages import addresses, cookies, csrf, frame, plain
from paddles.db.session import Session
from paddles.errors import Invalid, TooMany
from paddles.web import pages
from paddles.web.body import Form
from paddles.web.endpoint import Html
from paddles.web.face import Call, Then
from paddles.web.pages import Page
from paddles.web.query import Query, Text
from paddles.web.resource import Resource

Short = Annotated[str, Field(max_length=2000)]
WRONG, UNVERIFIED = "The name or the password is wrong.", "Nobody has shown yet that mail reaches this account."


class LoginQuery(Query):
    """Where to go afterwards."""

    next: Text = ""


class Credentials(Form):
    """Who somebody says to be, and where to go afterwards."""

    csrf: Short = ""
    username: Short = ""
    password: Short = Field(default="", repr=False)
    next: Short = ""


class Leaving(Form):
    """That somebody leaves, here or wherever he has logged in."""

    csrf: Short = ""
    everywhere: bool = False


class LoginPage(Resource):
    """A form, and what it leads to."""

    face = plain

    @plain.endpoint(query=LoginQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200."""
        return _form(call, addresses.local(call.query.next))

    @plain.endpoint(body=Credentials, answers=Html, refuses=(TooMany,))
    def post(self, call: Call) -> Any:
        """Log in and go on: 303; 400 with the form again, 403, 429."""
        said: Credentials = call.body
        csrf.check(call.headers, call.settings, said.csrf)

        def log_in(session: Session, user: Any) -> Any:
            if not user.is_verified:
                return Invalid(UNVERIFIED)
            token = identity.session_token(session, call.settings, user, call.now)
            kept = cookies.kept(
                call.headers, call.settings, cookies.SESSION, token, int(identity.SESSION.total_seconds())
            )
            return _on(call, said.next, kept, cookies.dropped(call.headers, call.settings, cookies.CSRF))

        proof = secrets.proven(call, said.username, said.password, log_in)
        return Then(proof.outside, lambda session: _shown(call, said, proof.work(session)))


class LogoutPage(Resource):
    """The way out."""

    face = plain

    @plain.endpoint(body=Leaving, answers=Html, who=access.anybody)
    def post(self, call: Call) -> Any:
        """Forget who is at this browser, and with ``everywhere`` all tokens of the user: 303, 403."""
        csrf.check(call.headers, call.settings, call.body.csrf)
        if call.body.everywhere and call.principal.id:
            users.void(call.session, call.principal.id, call.principal)
        return _on(
            call, "", *(cookies.dropped(call.headers, call.settings, n) for n in (cookies.SESSION, cookies.CSRF))
        )


def _shown(call: Call, said: Credentials, answer: Any) -> Any:
    """Return an answer, a refusal as the form with what is wrong: what was counted is kept."""
    if not isinstance(answer, Invalid):
        return answer
    return _form(call, addresses.local(said.next), UNVERIFIED if str(answer) == UNVERIFIED else WRONG, said.username)


def _form(call: Call, following: str, fault: str = "", username: str = "") -> Page:
    shown = frame.show(
        call, "pages/login.html", title="Log in", forms=(), next=following, fault=fault, username=username
    )
    return Page(shown.html, 400 if fault else 200, {"Cache-Control": pages.SECRET}, shown.cookies)


def _on(call: Call, following: str, *said: str) -> Page:
    to = pages.place(call.settings) + addresses.local(following)
    return Page("", 303, {"Location": to, "Cache-Control": pages.SECRET}, said)
