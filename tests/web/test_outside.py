"""Endpoints that take bytes, and that have something to do outside of their unit of work."""

from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.errors import Conflict, Unavailable
from paddles.settings import Settings
from paddles.web.application import build
from paddles.web.face import Call, Context, Face, Then
from paddles.web.resource import Resource
from tests.client import Client

FACE = Face(error_body=lambda status, message: {"message": message})
INSERT = text("INSERT INTO queues (name) VALUES (:name)")
NAMES = text("SELECT name FROM queues ORDER BY name")


class Outside(Resource):
    """What adds a queue, does something outside, and adds another queue."""

    face = FACE
    fails: type[Exception] | None = None
    fails_inside: bool = False

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seen: list[str] = []

    @FACE.endpoint(body=bytes)
    def put_all(self, call: Call) -> Any:
        """Do all three."""
        call.session.execute(INSERT, {"name": "before"})

        def outside() -> None:
            with Session(self.database.reader) as session:
                self.seen = list(session.scalars(NAMES))
            if self.fails:
                raise self.fails("no")

        def work(session: Session) -> Any:
            session.execute(INSERT, {"name": "after"})
            if self.fails_inside:
                raise Conflict("no")
            return {"said": call.body.hex()}

        return Then(outside, work)


@pytest.fixture
def resource(database: Database) -> Outside:
    """The resource."""
    return Outside(database)


@pytest.fixture
def sample(resource: Outside, database: Database, settings: Settings) -> Client:
    """A service of that resource alone."""
    return Client(build(resource, Context(database, settings)))


def names(database: Database) -> list[str]:
    """Return the names of all queues."""
    with Session(database.reader) as session:
        return list(session.scalars(NAMES))


@pytest.mark.parametrize("body", [b"", b"{", b"\0\xff" * 1000])
def test_bytes_are_taken_as_they_are(sample: Client, body: bytes) -> None:
    """Whatever they are, they are no JSON to be read."""
    assert {"said": body.hex()} == sample.put("/", body, status=200).json


def test_too_many_bytes_are_refused(sample: Client, settings: Settings) -> None:
    """As with any body."""
    sample.put("/", b"x" * (settings.max_body_bytes + 1), status=413)


def test_the_first_unit_is_committed_before_and_the_second_begins_after(
    sample: Client, resource: Outside, database: Database
) -> None:
    """What happens outside holds no transaction open, and finds what was done before it."""
    sample.put("/", b"", status=200)

    assert ["before"] == resource.seen
    assert ["after", "before"] == names(database)


@pytest.mark.parametrize(("error", "status"), [(Unavailable, 503), (Conflict, 409), (OSError, 500)])
def test_what_fails_outside_is_answered(
    sample: Client, resource: Outside, database: Database, error: type[Exception], status: int
) -> None:
    """The second unit is not begun; what the first one did stays."""
    resource.fails = error

    sample.put("/", b"", status=status)

    assert ["before"] == names(database)


def test_what_fails_in_the_second_unit_is_undone(sample: Client, resource: Outside, database: Database) -> None:
    """That unit alone."""
    resource.fails_inside = True

    sample.put("/", b"", status=409)

    assert ["before"] == names(database)
