"""A database per test process, made by the migrations; the service over it; and a clean slate for every test."""

import datetime
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import make_url, text

from paddles import settings as configuration
from paddles.app import serve
from paddles.archive import contents, logs
from paddles.db import embedded, engine, migrations
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.tables import METADATA
from tests.client import Client

NOW = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)
# The tests say what they mean: nothing of the caller's environment reaches the settings.
SERVER = os.environ.get("DATABASE_URL", "")
# A transaction pooler in front of that server, which the service is then to go through.
POOLER = os.environ.get("POOLER_URL", "")


def pytest_configure(config: pytest.Config) -> None:
    """Forget every setting of the caller's environment but the server that the tests are to use."""
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        # The tests run in workers, which are born with this environment and have to be told the server too.
        return
    for name in list(os.environ):
        if name.startswith("PADDLES_") and not name.startswith("PADDLES_PG_"):
            del os.environ[name]
    os.environ.pop("DATABASE_URL", None)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a PostgreSQL on which databases may be made: DATABASE_URL, else a throw-away embedded one."""
    if SERVER:
        yield configuration.normalise(SERVER)
        return
    # Not pytest's own folder: root's is closed to the account that PostgreSQL then runs as.
    home = Path(tempfile.mkdtemp(prefix="paddles-tests-"))
    home.chmod(stat.S_IRWXU | stat.S_IXGRP | stat.S_IXOTH)
    try:
        yield embedded.acquire(home, fast=True).url
    finally:
        embedded.release(home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """The URL of a migrated database of this process."""
    yield from migrated(server_url)


def migrated(server_url: str) -> Iterator[str]:
    """Give the URL of a migrated database that is there as long as somebody uses it."""
    name = f"paddles_test_{uuid.uuid4().hex[:12]}"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    maintain(server_url, f'CREATE DATABASE "{name}"')
    try:
        migrations.upgrade(url)
        yield url
    finally:
        maintain(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def maintain(server_url: str, statement: str) -> None:
    """Execute a statement that no transaction may hold, on the database that the server's URL names."""
    url = make_url(server_url)
    connection = psycopg2.connect(
        host=url.query.get("host") or url.host,
        port=url.query.get("port") or url.port,
        user=url.username,
        password=url.password,
        dbname=url.database,
    )
    connection.autocommit = True
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with every default, on the database and with the files of this process."""
    files = tmp_path_factory.mktemp("files")
    # Passwords are hashed in a moment: what a hash withstands is not for these tests to find out.
    said = {"address": "http://paddles.example", "pool_size": 32, "files_dir": files, "password_memory_kib": 8}
    # Nothing leaves this machine: nobody listens there.
    loaded = configuration.load(database_url=database_url, github_api_url="http://127.0.0.1:9", **said)
    if not POOLER:
        return loaded
    pooled = make_url(configuration.normalise(POOLER)).set(database=make_url(database_url).database)
    through = {"database_url": pooled.render_as_string(hide_password=False), "database_direct_url": database_url}
    return loaded.model_copy(update={**through, "database_pooler": True})


@pytest.fixture(scope="session")
def engines(settings: Settings) -> Iterator[Database]:
    """The database's engines, for the whole session."""
    made = engine.connect(settings)
    yield made
    made.dispose()


@pytest.fixture
def database(engines: Database, settings: Settings) -> Iterator[Database]:
    """The database, empty, and no log that grows; units of work on it commit for real."""
    yield engines
    tables = reversed(METADATA.sorted_tables)
    # DELETE on a few rows is a hundred times faster than TRUNCATE on all tables.
    with engines.writer.begin() as session:
        for table in tables:
            session.execute(text(f"DELETE FROM {table.name}"))
    # The sweep would count those of jobs that are gone.
    shutil.rmtree(contents.directory(settings) / logs.FOLDER, ignore_errors=True)


@pytest.fixture
def client(database: Database, settings: Settings) -> Client:
    """The service over WSGI, on an empty database."""
    return Client(serve(database, settings))


@pytest.fixture
def now() -> datetime.datetime:
    """A moment to pass to units of work."""
    return NOW
