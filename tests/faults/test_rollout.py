"""A release that changes the schema, rolled out over two servers at work: expand, use, contract, no request failed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import make_url

from paddles.db import migrations
from tests.faults.load import load
from tests.faults.servers import Server, reload, served
from tests.processes import ROOT, environment
from tests.waiting import until

EXPAND = '''"""Jobs know how often they were reported on."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "9001", "{head}", None, None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN reports bigint DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE jobs ADD CONSTRAINT ck_jobs_reports CHECK (reports >= 0) NOT VALID")
    op.execute("CREATE TABLE reporters (name text PRIMARY KEY)")
'''
INDEX = '''"""Jobs can be found by how often they were reported on."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "9002", "9001", None, None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs VALIDATE CONSTRAINT ck_jobs_reports")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_jobs_reports ON jobs (reports)")
'''
CONTRACT = '''"""Nobody asks any more how often a job was reported on."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "9003", "9002", None, None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs DROP COLUMN reports")
    op.execute("DROP TABLE reporters")
'''
# What the release that uses the column does in another way.
REASON = '_REPORTED = f"reason = :reason,'
USES = ("paddles/archive/job_statements.py", REASON, f"{REASON} reports = jobs.reports + 1,")
VERSION = ("paddles/__init__.py", '__version__ = "', '__version__ = "9.')


class Checkout:
    """A checkout of its own, which can become another release."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.said = place / "said"
        for name in ("paddles", "alembic"):
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("gunicorn_config.py", "config.py.in"):
            shutil.copy(ROOT / name, place / name)

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text of a module by another one."""
        before = (self.place / name).read_text()
        assert old in before
        (self.place / name).write_text(before.replace(old, new))

    def add(self, name: str, text: str) -> None:
        """Add a migration."""
        (self.place / "alembic" / "versions" / name).write_text(text.format(head=migrations.head()))

    def migrate(self, url: str) -> subprocess.Popen[bytes]:
        """Begin to bring the database to the newest schema; ``said`` is what it says."""
        with self.said.open("wb") as said:
            return subprocess.Popen(
                [str(Path(sys.executable).with_name("pecan")), "populate", str(self.place / "config.py.in")],
                cwd=self.place,
                env=environment(self.place, DATABASE_URL=url),
                stdout=said,
                stderr=said,
            )

    def migrated(self, url: str, name: str, text: str) -> None:
        """Add a migration, and bring the database to it."""
        self.add(name, text)
        assert 0 == self.migrate(url).wait(120), self.said.read_text()


@pytest.fixture
def checkout(place: Path) -> Checkout:
    """A checkout that is at this release."""
    return Checkout(place / "checkout")


@pytest.fixture
def servers(place: Path, own_url: str, checkout: Checkout) -> Iterator[list[Server]]:
    """Two servers of the checkout on one database, as two machines have."""
    for name in ("one", "two"):
        (place / name).mkdir()
    with served(place / "one", own_url, checkout.place) as one, served(place / "two", own_url, checkout.place) as two:
        yield [one, two]


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """Return what the database answers."""
    with connected(url) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchall()


@contextmanager
def connected(url: str) -> Iterator[psycopg2.extensions.connection]:
    """Give a connection past the service."""
    parts = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(parts)) as connection:
        yield connection


def versions(servers: list[Server]) -> set[str]:
    """Return which versions answer, all of them ready."""
    for server in servers:
        assert 200 == server.send("GET", "/readyz")[0]
    return {json.loads(server.send("GET", "/healthz")[2])["version"] for server in servers}


def test_a_column_comes_is_used_and_goes(own_url: str, checkout: Checkout, servers: list[Server]) -> None:
    """Old and new releases serve side by side on the schema between them, ready all the time; nothing is lost."""
    present = versions(servers)
    with load(*(server.port for server in servers)) as clients:
        checkout.migrated(own_url, "9001_expand.py", EXPAND)
        checkout.migrated(own_url, "9002_index.py", INDEX)
        clients.goes_on()
        assert present == versions(servers)

        for change in (USES, VERSION):
            checkout.change(*change)
        for server in servers:
            reload(server)
            clients.goes_on()
            assert [] == clients.wrong()
        assert {f"9.{version}" for version in present} == versions(servers)
        assert rows(own_url, "SELECT 1 FROM jobs WHERE reports > 0 LIMIT 1")

        for name, new, old in (USES, VERSION):
            checkout.change(name, old, new)
        reload(*servers)
        checkout.migrated(own_url, "9003_contract.py", CONTRACT)
        clients.goes_on()
        assert present == versions(servers)
        assert [] == clients.wrong()
    assert [("9003",)] == rows(own_url, "SELECT version_num FROM alembic_version")


def test_a_migration_waits_without_making_others_wait(own_url: str, checkout: Checkout, servers: list[Server]) -> None:
    """While somebody reads a table for long, a backup for instance, it stands back, and requests go on."""
    with load(*(server.port for server in servers)) as clients, connected(own_url) as backup:
        backup.cursor().execute("SELECT count(*) FROM jobs")
        checkout.add("9001_expand.py", EXPAND)
        migration = checkout.migrate(own_url)
        until(lambda: "trying again" in checkout.said.read_text())
        clients.goes_on()
        assert migration.poll() is None

        backup.rollback()
        assert 0 == migration.wait(60)
        clients.goes_on()
        assert [] == clients.wrong()


def test_processes_that_migrate_at_once_take_turns(own_url: str, checkout: Checkout) -> None:
    """Also where one builds an index CONCURRENTLY, which waits for everybody else's statements."""
    checkout.add("9001_expand.py", EXPAND)
    checkout.add("9002_index.py", INDEX)
    several = [checkout.migrate(own_url) for _ in range(3)]

    assert [0] * 3 == [migration.wait(120) for migration in several], checkout.said.read_text()
    assert [(True,)] == rows(own_url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_jobs_reports'::regclass")
