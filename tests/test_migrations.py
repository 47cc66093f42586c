"""The migrations make exactly what the models say, from nothing, and back again."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from alembic import command
from paddles.db import migrations
from paddles.db.base import XID8
from paddles.tables import METADATA
from tests.conftest import maintain

ROOT = Path(__file__).parents[1]


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = f"paddles_empty_{uuid.uuid4().hex[:12]}"
    maintain(server_url, f'CREATE DATABASE "{name}"')
    yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    maintain(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def differences(url: str) -> list[object]:
    """Return what the models say and the database does not have, or the other way round."""
    ischema_names["xid8"] = XID8  # a type that SQLAlchemy has no name for
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = [
            each
            for each in compare_metadata(context, METADATA)
            # These depend on what the server offers, and are no model's.
            if not (each[0] == "remove_index" and str(each[1].name).endswith("_trigrams"))
        ]
    engine.dispose()
    return found


def test_an_empty_database_becomes_what_the_models_say(empty_url: str) -> None:
    """Upgraded from nothing, the schema has every table, column, index and constraint of the models, and no other."""
    migrations.upgrade(empty_url)

    assert [] == differences(empty_url)


def test_every_check_of_the_models_is_in_the_database(empty_url: str) -> None:
    """Checks are compared by name: a comparison of schemas does not see them."""
    migrations.upgrade(empty_url)

    engine = create_engine(empty_url)
    there = {check["name"] for table in METADATA.tables for check in inspect(engine).get_check_constraints(table)}
    engine.dispose()
    wanted = {c.name for t in METADATA.tables.values() for c in t.constraints if str(c.name).startswith("ck_")}
    assert wanted == there


def test_every_migration_can_be_undone_and_done_again(empty_url: str) -> None:
    """Head, base, head: nothing is left behind that the next upgrade would stumble over."""
    migrations.upgrade(empty_url)

    command.downgrade(migrations.config(empty_url), "base")
    engine = create_engine(empty_url)
    assert {"alembic_version"} == set(inspect(engine).get_table_names())
    engine.dispose()
    migrations.upgrade(empty_url)

    assert [] == differences(empty_url)


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    """Whoever starts the service may upgrade; the second time there is nothing to do."""
    migrations.upgrade(empty_url)
    migrations.upgrade(empty_url)

    engine = create_engine(empty_url)
    with engine.connect() as connection:
        assert [migrations.head()] == list(connection.scalars(text("SELECT version_num FROM alembic_version")))
    engine.dispose()


def test_migrations_are_numbered() -> None:
    """One after the other, by four digits: a process knows by its number that a schema is newer than itself."""
    revisions = [script.revision for script in ScriptDirectory(str(migrations.directory())).walk_revisions()]

    assert [f"{number:04}" for number in range(len(revisions), 0, -1)] == revisions


@pytest.mark.parametrize(
    ("revision", "fits"),
    [(migrations.head(), True), ("9999", True), ("0000", False), (None, False), ("", False), ("cafe", False)],
)
def test_a_service_fits_its_schema_and_newer_ones(revision: str | None, fits: bool) -> None:
    """While a release is rolled out the schema is ahead of some processes; behind it none may be, nor beside it."""
    assert fits == migrations.fits(revision)


def test_upgrades_at_once_take_turns(empty_url: str) -> None:
    """Several processes that migrate the same empty database all succeed."""
    program = f"from paddles.db import migrations; migrations.upgrade({empty_url!r})"
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0].decode() for process in processes]

    assert [0] * 4 == [process.returncode for process in processes], said
    assert [] == differences(empty_url)


def test_alembic_itself_upgrades_an_empty_database(empty_url: str, tmp_path: Path) -> None:
    """``alembic upgrade head`` with alembic.ini made from alembic.ini.in is all that it takes."""
    text_ = (ROOT / "alembic.ini.in").read_text().replace("%(here)s/alembic", str(ROOT / "alembic"))
    ini = tmp_path / "alembic.ini"
    ini.write_text(text_.replace("sqlalchemy.url =", f"sqlalchemy.url = {empty_url.replace('%', '%%')}"))

    done = subprocess.run(
        [sys.executable, "-m", "alembic", "-c", str(ini), "upgrade", "head"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert [] == differences(empty_url)


def test_the_sql_of_the_migrations_can_be_read_beforehand() -> None:
    """``alembic upgrade head --sql`` prints what would be executed."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "-c", "alembic.ini.in", "upgrade", "head", "--sql"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert 0 == done.returncode, done.stderr
    assert "CREATE TABLE jobs" in done.stdout
