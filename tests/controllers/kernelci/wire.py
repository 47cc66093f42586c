"""KernelCI's API as a client speaks it: a token in the header, JSON or a form in the body."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from webtest import TestResponse

from paddles.accounts import identity, passwords, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import NewUser
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW

PASSWORD = "correct horse"
FORM = "application/x-www-form-urlencoded"
# A token of the tests was made in the past and is good for long.
HASHED = passwords.hashed(PASSWORD, 8)


@dataclass(frozen=True)
class Person:
    """A user, and a token that speaks for it."""

    id: str
    username: str
    token: str


class Api:
    """A client of the service: ``token`` speaks for somebody; without ``status`` anything but 2xx is an error."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def send(
        self, method: str, path: str, body: Any = None, *, token: str = "", status: Any = None, **environ: Any
    ) -> TestResponse:
        """Send a request; the body is JSON, or the bytes that it is."""
        said = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        return self.client.send(method, path, body, status=status, **said, **environ)

    def get(self, path: str, **how: Any) -> TestResponse:
        """GET."""
        return self.send("GET", path, **how)

    def post(self, path: str, body: Any = None, **how: Any) -> TestResponse:
        """POST JSON."""
        return self.send("POST", path, body, **how)

    def put(self, path: str, body: Any = None, **how: Any) -> TestResponse:
        """PUT JSON."""
        return self.send("PUT", path, body, **how)

    def patch(self, path: str, body: Any = None, **how: Any) -> TestResponse:
        """PATCH with JSON."""
        return self.send("PATCH", path, body, **how)

    def delete(self, path: str, **how: Any) -> TestResponse:
        """DELETE."""
        return self.send("DELETE", path, **how)

    def post_form(self, path: str, fields: dict[str, str], **how: Any) -> TestResponse:
        """POST a form."""
        return self.send("POST", path, urlencode(fields).encode(), CONTENT_TYPE=FORM, **how)

    def login(self, username: str, password: str = PASSWORD) -> str:
        """Return a token for a user."""
        answer = self.post_form("/latest/user/login", {"username": username, "password": password})
        return str(answer.json["access_token"])


def make_person(database: Database, settings: Settings, username: str, **said: Any) -> Person:
    """Make a user, verified and called so at ``example.org``, with ``PASSWORD``, and a token for it."""
    new = NewUser(username, f"{username}@example.org", HASHED, **{"is_verified": True, **said})

    def work(session: Session) -> Person:
        user_id = users.create(session, new, NOBODY, NOW)
        user = users.by_id(session, user_id)
        assert user is not None
        return Person(user_id, username, identity.access_token(session, settings, user, NOW))

    return transact(database, work)
