"""Who asks: an administrator, two users and a lab, with their tokens."""

import pytest

from paddles.accounts import grants
from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.foreign import SECRET
from tests.controllers.kernelci.mailbox import Mailbox
from tests.controllers.kernelci.wire import Api, Person, make_person


@pytest.fixture
def api(client: Client) -> Api:
    """KernelCI's API, over an empty database."""
    return Api(client)


@pytest.fixture
def admin(database: Database, settings: Settings) -> Person:
    """Who may do everything."""
    return make_person(database, settings, "admin", is_superuser=True)


@pytest.fixture
def ann(database: Database, settings: Settings) -> Person:
    """A user."""
    return make_person(database, settings, "ann")


@pytest.fixture
def bob(database: Database, settings: Settings) -> Person:
    """Another user."""
    return make_person(database, settings, "bob")


@pytest.fixture
def mailbox(database: Database, settings: Settings, caplog: pytest.LogCaptureFixture) -> Mailbox:
    """The mail that the service sends."""
    return Mailbox(database, settings, caplog)


@pytest.fixture
def shared(database: Database, settings: Settings) -> Api:
    """The service with a secret that it shares with KernelCI's others."""
    return Api(Client(serve(database, settings.model_copy(update={"unified_secret": SECRET}))))


@pytest.fixture
def lab(database: Database) -> str:
    """The token of the lab ``lava-x``."""
    return transact(database, lambda session: grants.make(session, "lava-x", "report", NOW))
