"""A database that a test may spoil, and a server over the one of the process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import migrated
from tests.faults.servers import Server, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Server]:
    """A server for all tests of a module."""
    with served(tmp_path_factory.mktemp("server"), database_url) as running:
        yield running


@pytest.fixture
def own_url(server_url: str) -> Iterator[str]:
    """The URL of a migrated database of this test alone."""
    yield from migrated(server_url)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory for the files of a server."""
    return tmp_path
