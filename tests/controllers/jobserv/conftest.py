"""The service, with the key that its own programs sign with."""

from typing import Any, ClassVar

import pytest

from paddles.controllers.jobserv import face
from paddles.controllers.jobserv.artifacts import SignedController
from paddles.controllers.jobserv.runs import RunsController
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.web.application import build
from paddles.web.face import Context
from paddles.web.resource import Resource
from tests.client import Client
from tests.controllers.jobserv.wire import Api


class Builds(Resource):
    face = face
    nested: ClassVar[Any] = {"runs": RunsController()}


class Projects(Resource):
    face = face
    nested: ClassVar[Any] = {"builds": Builds()}


class Root(Resource):
    face = face
    words: ClassVar[Any] = {"projects": Projects(), "artifacts": SignedController()}


@pytest.fixture
def client(database: Database, settings: Settings) -> Client:
    """The service over WSGI, on an empty database."""
    return Client(build(Root(), Context(database, settings)))


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The whole service, and its administrator."""
    return Api(database, settings)
