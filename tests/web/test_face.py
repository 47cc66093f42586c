"""A face's endpoints: body and query in, one transaction, an answer or an error out."""

import datetime
import logging
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from paddles import errors
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.errors import PaddlesError
from paddles.settings import Settings
from paddles.web import query
from paddles.web.application import build
from paddles.web.face import Call, Context, Face
from paddles.web.resource import Resource
from tests.client import Client

FACE = Face(error_body=lambda status, message: {"no": status, "why": message}, statuses={errors.Conflict: 418})
INSERT = text("INSERT INTO queues (name) VALUES (:name)")
LATE = text("CREATE TEMP TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP")
COUNT = text("SELECT count(*) FROM queues")


class Wish(BaseModel):
    """A body."""

    name: str


class Named(query.Query):
    """A query."""

    name: query.Text = "nobody"


class Reader(Resource):
    """What reads, and what tries to write while it reads."""

    face = FACE

    @FACE.endpoint(query=Named)
    def get_all(self, call: Call) -> Any:
        """Tell what a handler is given."""
        told = {"name": call.query.name, "body": call.body, "accept": call.accept}
        now = {"now": call.now.timestamp(), "zone": str(call.now.tzinfo)}
        return {**told, **now, "limit": call.settings.max_body_bytes}

    @FACE.endpoint()
    def get_one(self, name: str, call: Call) -> Any:
        """Write on the way of a read."""
        return call.session.execute(INSERT, {"name": name}).rowcount


class Writer(Resource):
    """What writes."""

    face = FACE

    @FACE.endpoint(writes=True)
    def get_all(self, call: Call) -> Any:
        """Write by GET, where a protocol demands it."""
        return call.session.execute(INSERT, {"name": "by get"}).rowcount

    @FACE.endpoint(body=Wish)
    def post(self, call: Call) -> Any:
        """Write, then refuse what is called bad."""
        call.session.execute(INSERT, {"name": call.body.name})
        if call.body.name == "bad":
            raise errors.Forbidden("not this one")
        return {}

    @FACE.endpoint(body=Wish | None)
    def put_all(self, call: Call) -> Any:
        """Take a body or none."""
        return call.body.name if call.body else None

    @FACE.endpoint()
    def delete_all(self, call: Call) -> Any:
        """Write what the commit finds wanting."""
        call.session.execute(
            text("CREATE TEMP TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP")
        )
        call.session.execute(text("INSERT INTO late VALUES (1), (1)"))
        return {}


class Answers(Resource):
    """Ready answers and every error."""

    face = FACE

    @FACE.endpoint(answers=int, refuses=(errors.Forbidden,))
    def get_all(self, call: Call) -> Any:
        """Answer with bytes that are JSON already."""
        return b'{"ready":  true}'

    @FACE.endpoint()
    def get_one(self, name: str, call: Call) -> Any:
        """Raise the error of this name."""
        kind = getattr(errors, name, RuntimeError)
        raise kind("a&b; <i>ü</i>", ("GET",)) if kind is errors.NotAllowed else kind("a&b; <i>ü</i>")


class Root(Resource):
    """All of these."""

    face = FACE
    words = {"reader": Reader(), "writer": Writer(), "answers": Answers()}  # noqa: RUF012


@pytest.fixture
def sample(database: Database, settings: Settings) -> Client:
    """A service of the resources above."""
    return Client(build(Root(), Context(database, settings)))


def queues(database: Database) -> int:
    """Return how many queues the database holds."""
    with Session(database.reader) as session:
        return int(session.scalar(COUNT) or 0)


def test_a_handler_is_given_what_it_declared(sample: Client, settings: Settings) -> None:
    """Query, Accept header, settings and an aware moment; no body where none is declared, even when one was sent."""
    before = datetime.datetime.now(datetime.UTC).timestamp()

    given = sample.send("GET", "/reader/?name=ann&x=1", {"name": "bob"}, HTTP_ACCEPT="text/html").json

    assert ("ann", None, "text/html") == (given["name"], given["body"], given["accept"])
    assert (settings.max_body_bytes, "UTC") == (given["limit"], given["zone"])
    assert 0 <= given["now"] - before < 60


def test_query_and_body_never_become_parts_of_the_path(sample: Client) -> None:
    """A parameter named like an id leads to the collection all the same, and so does a key of a body."""
    assert "nobody" == sample.get("/reader/?name=&name=nobody&id=7&args=1&self=2&call=3").json["name"]
    assert "x" == sample.put_json("/writer/", {"name": "x", "id": 7, "self": 1}).json


def test_a_read_cannot_write(sample: Client, database: Database) -> None:
    """PostgreSQL keeps a GET from writing; the attempt is an error and leaves nothing."""
    answer = sample.get("/reader/x/", status="*")

    assert answer.status_int >= 500
    assert 0 == queues(database)


def test_a_get_that_says_so_writes(sample: Client, database: Database) -> None:
    """Where a protocol changes things by GET, the endpoint declares it and its work is committed."""
    sample.get("/writer/", status=200)

    assert 1 == queues(database)


def test_what_was_done_before_a_refusal_is_undone(sample: Client, database: Database) -> None:
    """One request is one transaction: an error takes back all of it, an answer keeps all of it."""
    sample.post_json("/writer/", {"name": "bad"}, status=403)
    refused = queues(database)

    sample.post_json("/writer/", {"name": "good"}, status=200)

    assert (0, 1) == (refused, queues(database))


def test_an_error_at_commit_is_an_error(sample: Client, caplog: pytest.LogCaptureFixture) -> None:
    """What only the commit finds wrong never answers 200, and passes through the face's own error body."""
    with caplog.at_level(logging.CRITICAL):
        answer = sample.delete("/writer/", status=500)

    assert {"no": 500, "why": "internal error"} == answer.json


def test_an_optional_body_may_be_absent(sample: Client) -> None:
    """Without a body the handler gets None and its None is JSON's null; a body that is there is checked."""
    assert b"null" == sample.put("/writer/", b"", status=200).body
    assert b'"x"' == sample.put_json("/writer/", {"name": "x"}, status=200).body
    sample.put_json("/writer/", {"name": 5}, status=400)
    sample.put("/writer/", b"{", status=400)
    sample.post("/writer/", b"", status=400)


def test_bytes_are_sent_as_they_are(sample: Client) -> None:
    """An answer that is JSON already is not rendered again, nor held against what the endpoint declares."""
    answer = sample.get("/answers/")

    assert b'{"ready":  true}' == answer.body
    assert "application/json" == answer.content_type


@pytest.mark.parametrize(
    ("name", "status"),
    [("Invalid", 400), ("Forbidden", 403), ("NotFound", 404), ("NotAllowed", 405), ("TooLarge", 413),
     ("Unavailable", 503), ("Conflict", 418), ("Unauthenticated", 401), ("Closed", 423), ("TooMany", 429)],
)  # fmt: skip
def test_every_error_has_its_status(sample: Client, name: str, status: int) -> None:
    """An error is told in the face's own body, its message in full; the face may give a kind another status."""
    answer = sample.get(f"/answers/{name}/", status=status)

    assert {"no": status, "why": "a&b; <i>ü</i>"} == answer.json
    assert ("GET" if name == "NotAllowed" else None) == answer.headers.get("Allow")
    assert (name in ("Unavailable", "TooMany")) == ("Retry-After" in answer.headers)


def test_every_kind_of_error_is_tested() -> None:
    """A new kind of error belongs into the table above."""
    kinds = {kind.__name__ for kind in PaddlesError.__subclasses__()}
    table = test_every_error_has_its_status.pytestmark[0].args[1]

    assert {name for name, _ in table} == kinds


def test_an_unforeseen_error_says_nothing_to_the_client(sample: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The client hears a bare 500 in JSON; the log has the traceback."""
    answer = sample.get("/answers/whatever/", status=500)

    assert {"no": 500, "why": "internal error"} == answer.json
    assert ["unhandled error"] == [record.message for record in caplog.records if record.exc_info]
    assert "RuntimeError" in caplog.text
