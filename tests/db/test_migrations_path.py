"""Where the migrations are, how far a database is, and the way up."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

import paddles
from paddles import settings as configuration
from paddles.db import engine, migrations
from paddles.db.engine import Database
from paddles.db.work import read, transact
from tests.conftest import maintain


@pytest.fixture
def empty(server_url: str) -> Iterator[Database]:
    """A database with nothing in it, whose name holds what addresses and Alembic take for something else."""
    name = f"paddles %s {uuid.uuid4().hex[:12]}"
    maintain(server_url, f'CREATE DATABASE "{name}"')
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    made = engine.connect(configuration.load(database_url=url))
    yield made
    made.dispose()
    maintain(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def test_the_migrations_of_a_checkout_are_beside_the_package() -> None:
    """Nothing has to be installed, and no folder to be the current one."""
    assert Path(paddles.__file__).parents[1] / "alembic" == migrations.directory()
    assert (migrations.directory() / "env.py").is_file()


def test_the_newest_revision_is_one_of_the_migrations() -> None:
    """What the code needs is there: one migration, called by its revision, comes after all others."""
    versions = migrations.directory() / "versions"

    assert 1 == len(list(versions.glob(f"{migrations.head()}_*.py")))


def test_a_database_says_how_far_it_is(empty: Database) -> None:
    """Nowhere before the first migration, at the head after it, wherever its address leads."""
    assert read(empty, migrations.current) is None

    migrations.upgrade(empty.url)

    assert migrations.head() == read(empty, migrations.current)
    assert 0 == read(empty, lambda s: s.scalar(text("SELECT count(*) FROM runs")))


def test_a_database_that_is_up_to_date_stays_as_it_is(database: Database) -> None:
    """Upgrading again changes nothing, and waits for nobody."""
    with database.writer.connect() as session:
        session.execute(text("INSERT INTO queues (name) VALUES ('q')"))

        migrations.upgrade(database.url)

        session.commit()
    assert 1 == read(database, lambda s: s.scalar(text("SELECT count(*) FROM queues")))


def test_an_empty_version_table_is_no_revision(empty: Database) -> None:
    """A first migration that was undone leaves a table and no word in it."""
    transact(empty, lambda s: s.execute(text("CREATE TABLE alembic_version (version_num text)")))

    assert read(empty, migrations.current) is None


@pytest.mark.parametrize("password", ["simple", "a%b", "100%", "%(here)s", "p@ss:w/rd", "%%"])
def test_any_password_reaches_alembic(password: str) -> None:
    """Alembic takes a per cent sign for the beginning of something; an address comes out as it went in."""
    url = make_url("postgresql+psycopg2://host/db").set(username="u", password=password)
    made = migrations.config(url.render_as_string(hide_password=False))

    assert password == make_url(str(made.get_main_option("sqlalchemy.url"))).password
