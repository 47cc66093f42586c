"""The service, with the key that its own programs sign with."""

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.jobserv.wire import Api


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The whole service, and its administrator."""
    return Api(database, settings)
