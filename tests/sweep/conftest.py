"""What triggers look at: a server of repositories, and the service with a project."""

from collections.abc import Iterator

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.jobserv.wire import Api
from tests.projects.repositories import Served, serving

DEFINITIONS = "/definitions.git"


@pytest.fixture
def served() -> Iterator[Served]:
    """A server with the repository that is watched, and the one of definitions."""
    with serving() as made:
        made.make()
        made.make(DEFINITIONS, "refs/heads/trunk")
        yield made


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The service, which may ask this machine, with one project."""
    made = Api(database, settings, git_to_private=True)
    made.project("p")
    return made
