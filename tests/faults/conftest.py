"""A database that a test may spoil, and a server over the one of the process."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from paddles.db import migrations
from tests.conftest import maintain
from tests.faults.servers import Server, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Server]:
    """A server for all tests of a module."""
    with served(tmp_path_factory.mktemp("server"), database_url) as running:
        yield running


@pytest.fixture
def own_url(server_url: str) -> Iterator[str]:
    """The URL of a migrated database of this test alone."""
    name = f"paddles_test_{uuid.uuid4().hex[:12]}"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    maintain(server_url, f'CREATE DATABASE "{name}"')
    try:
        migrations.upgrade(url)
        yield url
    finally:
        maintain(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory for the files of a server."""
    return tmp_path
