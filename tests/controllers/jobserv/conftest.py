"""The service, with the key that its own programs sign with."""

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.jobserv.wire import Api


@pytest.fixture
def client(database: Database, settings: Settings) -> Client:
    """The service over WSGI, on an empty database."""
    return Client(serve(database, settings))


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The whole service, and its administrator."""
    return Api(database, settings)
