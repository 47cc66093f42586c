"""A browser: it prefers pages, keeps cookies, and sends what forms hold."""

import re
from typing import Any
from urllib.parse import urlencode

from webtest import TestResponse

from paddles.app import serve
from paddles.controllers.pages import cookies
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.kernelci.wire import FORM, PASSWORD

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HOME = "http://localhost"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


class Browser:
    """Somebody at a browser of his own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.client = Client(serve(database, settings))
        self.headers = {"HTTP_ACCEPT": ACCEPT, "HTTP_ORIGIN": HOME, "HTTP_SEC_FETCH_SITE": "same-origin"}

    def get(self, path: str, *, status: Any = None, **environ: Any) -> TestResponse:
        """Ask for a page."""
        return self.client.send("GET", path, status=status, HTTP_ACCEPT=ACCEPT, **environ)

    def post(self, path: str, fields: Any = (), *, status: Any = None, **environ: Any) -> TestResponse:
        """Send a form with what its page says that it is known by, unless the fields say that themselves."""
        said = dict(fields)
        said.setdefault("csrf", self.csrf() if "csrf" not in said else "")
        body = urlencode(said).encode()
        return self.client.send("POST", path, body, status=status, **{**self.headers, "CONTENT_TYPE": FORM, **environ})

    def csrf(self) -> str:
        """Return what a page says that its forms are known by."""
        found = CSRF.search(self.get("/login").text)
        assert found
        return found[1]

    def login(self, username: str, password: str = PASSWORD, **environ: Any) -> TestResponse:
        """Log in."""
        return self.post("/login", {"username": username, "password": password}, status=303, **environ)

    @property
    def kept(self) -> dict[str, str]:
        """Return the cookies, by their names."""
        return {cookie.name: cookie.value or "" for cookie in self.client.cookiejar}

    def session(self) -> str:
        """Return what is kept of whoever has logged in."""
        return self.kept.get(cookies.SESSION, "").strip('"')
