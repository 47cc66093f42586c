"""Endpoints that ask who it is: the token first, then what it allows, then the shape of the request."""

from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.errors import Forbidden, Malformed, Unauthenticated
from paddles.settings import Settings
from paddles.web import body, query
from paddles.web.application import build
from paddles.web.endpoint import ACCEPTED, NO_CONTENT
from paddles.web.face import Call, Context, Face
from paddles.web.resource import Alias, Resource
from tests.client import Client
from tests.controllers.test_statements import counted

NAMES = text("SELECT count(*) FROM queues")


def identify(session: Any, settings: Settings, token: str, now: Any) -> str:
    """Know everybody by the name that they send, in one statement."""
    return token if session.scalar(NAMES) == 0 and token != "void" else ""


def somebody(principal: str) -> None:
    """Let in who is somebody and not banned."""
    if not principal:
        raise Unauthenticated("who?")
    if principal == "banned":
        raise Forbidden("not you")


FACE = Face(
    error_body=lambda status, message: {"why": message},
    statuses={Malformed: 422},
    malformed_body=lambda error: [[*fault.loc] for fault in error.faults],
    identify=identify,
    nobody="",
)


class Wish(BaseModel):
    """A body."""

    size: int


class Sheet(body.Form):
    """A form."""

    size: int


class Asked(query.Query):
    """A query."""

    count: query.Count = 0


class Guarded(Resource):
    """What asks who it is."""

    face = FACE

    @FACE.endpoint(query=Asked, who=somebody)
    def get_all(self, call: Call) -> Any:
        """Say who asks."""
        return call.principal

    @FACE.endpoint(body=Wish, query=Asked, who=somebody)
    def post(self, call: Call) -> Any:
        """Say who asks for what."""
        return [call.principal, call.body.size]


class Open(Resource):
    """What does not ask."""

    face = FACE

    @FACE.endpoint(query=Asked)
    def get_all(self, call: Call) -> Any:
        """Say that nobody asks."""
        return call.principal

    @FACE.endpoint(body=Sheet, answers=ACCEPTED)
    def post(self, call: Call) -> Any:
        """Take a form."""
        return call.body.size

    @FACE.endpoint(answers=NO_CONTENT)
    def delete_all(self, call: Call) -> Any:
        """Answer with nothing."""


GUARDED = Guarded()


class Root(Resource):
    """Both."""

    face = FACE
    words = {"guarded": GUARDED, "again": Alias(GUARDED), "open": Open()}  # noqa: RUF012


@pytest.fixture
def sample(database: Database, settings: Settings) -> Client:
    """A service of the resources above."""
    return Client(build(Root(), Context(database, settings)))


@pytest.mark.parametrize("path", ["/guarded", "/again"])
@pytest.mark.parametrize(("who", "sent", "status", "told"), [
    ("", b"{", 401, {"why": "who?"}), ("void", b"{", 401, {"why": "who?"}), ("banned", b"{", 403, {"why": "not you"}),
    ("ann", b"{", 422, [["body"]]), ("ann", b"{}", 422, [["body", "size"]]), ("ann", b'{"size": 3}', 200, ["ann", 3]),
])  # fmt: skip
def test_checks_are_in_order(sample: Client, path: str, who: str, sent: bytes, status: int, told: Any) -> None:
    """The token (401), what it allows (403), the shape (422); at an address's other name too."""
    assert told == sample.send("POST", path, sent, status=status, HTTP_AUTHORIZATION=who).json


def test_queries_are_looked_at_afterwards_too(sample: Client) -> None:
    """A stranger is told nothing of what is wrong."""
    sample.send("GET", "/guarded?count=x", status=401)
    assert [["query", "count"]] == sample.send("GET", "/guarded?count=x", status=422, HTTP_AUTHORIZATION="ann").json


def test_an_endpoint_that_asks_nobody_takes_no_statement(sample: Client, database: Database) -> None:
    """A credential that is sent all the same is not looked up; one that is asked for takes one statement."""
    with counted() as open_takes:
        assert "" == sample.send("GET", "/open", HTTP_AUTHORIZATION="ann").json
    with counted() as guarded_takes:
        assert "ann" == sample.send("GET", "/guarded", HTTP_AUTHORIZATION="ann").json

    assert (0, 1) == (len(open_takes), len(guarded_takes))


def test_forms_and_other_outcomes(sample: Client) -> None:
    """A form is bound as JSON is; statuses are the declared ones, and 204 has no body."""
    answer = sample.send("POST", "/open", b"size=3&size=4&x=", status=202)
    assert 4 == answer.json
    assert [["body", "size"]] == sample.send("POST", "/open", b"", status=422).json
    assert [["body"]] == sample.send("POST", "/open", b"size=%00", status=422).json
    assert [["body"]] == sample.send("POST", "/open", b"\xff", status=422).json
    assert b"" == sample.send("DELETE", "/open", status=204).body
