"""Answers with a status of their own, errors told in a header, and ports with a root of their own."""

from typing import Any, Never

import pytest

from paddles import errors
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.web.application import build
from paddles.web.face import Call, Context, Face, Reply
from paddles.web.resource import Resource
from tests.client import Client

FACE = Face(error_body=lambda status, message: b"", error=Never, error_header="X-Why")


class Sample(Resource):
    """Answers of every kind."""

    face = FACE

    @FACE.endpoint(needs_database=False, answers={200: str, 201: Never, 202: dict[str, int]})
    def get_one(self, name: str, call: Call) -> Any:
        """Answer as the name says."""
        if name in ("none", "some"):
            return Reply(201) if name == "none" else Reply(202, {"a": 1})
        raise errors.Conflict(name)


class Root(Resource):
    """The service."""

    face = FACE
    words = {"sample": Sample()}  # noqa: RUF012


@pytest.fixture
def sample(database: Database, settings: Settings) -> Client:
    """A service of the resources above, of which one has a port of its own."""
    return Client(build(Root(), Context(database, settings), {"99": Sample()}))


def test_a_reply_has_its_own_status(sample: Client) -> None:
    """With JSON, or with no body at all, whatever the endpoint answers else."""
    assert b"" == sample.get("/sample/none", status=201).body
    assert {"a": 1} == sample.get("/sample/some", status=202).json


@pytest.mark.parametrize(("said", "told"), [
    ("plain", "plain"), ("a%0D%0AX-Evil:%201", "a??X-Evil: 1"), ("%C3%BC%E2%80%A8", "??"),
    ("x" * 2000, "x" * 1000)])  # fmt: skip
def test_an_error_is_told_in_a_header(sample: Client, said: str, told: str) -> None:
    """Where the face says so: one line of ASCII, however long and strange the message."""
    answer = sample.get(f"/sample/{said}", status=409)

    assert (told, b"") == (answer.headers["X-Why"], answer.body)
    assert "X-Evil" not in answer.headers


def test_a_refused_address_is_told_the_same_way(sample: Client) -> None:
    """What is not there, and methods that are not known, are errors of the face as well."""
    assert "resource was not found" == sample.get("/sample/a/b", status=404).headers["X-Why"]
    assert "PUT was attempted" in sample.put("/sample/x", status=405).headers["X-Why"]


def test_a_port_may_have_a_root_of_its_own(sample: Client) -> None:
    """What counts is where a request arrived, and not what it says of that."""
    assert 201 == sample.send("GET", "/none", SERVER_PORT="99").status_int
    assert 404 == sample.send("GET", "/sample/none", status="*", SERVER_PORT="99").status_int
    assert 404 == sample.send("GET", "/none", status="*", HTTP_HOST="x:99").status_int
