"""Backup and restore as docs/operations.md has them: its own lines, run between two servers."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, text

from paddles import settings as configuration
from paddles.app import serve
from paddles.db import binaries, embedded, engine, migrations
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.events import log
from paddles.events.log import Position
from paddles.settings import Settings
from tests.client import Client
from tests.db.servers import ask
from tests.factories import job_of, make_job, run_of
from tests.processes import ROOT, environment, open_place
from tests.units import inexact
from tests.waiting import until

PAGE = (ROOT / "docs" / "operations.md").read_text()
LINES = re.findall(
    r"^    (pg_dump .*|pg_restore .*|pecan .*)$", PAGE.partition("## Backup and restore")[2], re.MULTILINE
)
DUMP, *RESTORE = LINES

DUMPED = "paddles.dump"


class Site:
    """One server with the service on it, and the shell of its operator."""

    def __init__(self, place: Path, url: str) -> None:
        self.place, self.url = place, url
        self.settings: Settings = configuration.load(database_url=url)
        self.database: Database = engine.connect(self.settings)
        self.client = Client(serve(self.database, self.settings))
        (place / "config.py").write_text("")

    def run(self, line: str) -> str:
        """Run a line of the page; it must succeed."""
        path = os.pathsep.join([str(Path(sys.executable).parent), str(binaries.find()), os.environ["PATH"]])
        url = self.url.replace("+psycopg2", "")
        done = subprocess.run(
            ["/bin/sh", "-ec", line],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=self.place,
            env=environment(PATH=path, DATABASE_URL=url),
        )
        assert 0 == done.returncode, done
        return done.stdout

    def events(self, after: Position | None = None) -> list[Row[Any]]:
        """Return what a reader of the log gets now."""
        return read(self.database, lambda s: log.read(s, "job", after or Position(), 1000))


@contextmanager
def started(name: str) -> Iterator[Site]:
    """Start a server of its own, with nothing in it yet."""
    with open_place() as place:
        site = Site(place, embedded.acquire(place / name, fast=True).url)
        try:
            yield site
        finally:
            site.database.dispose()
            embedded.release(place / name)


@pytest.fixture(scope="module")
def old() -> Iterator[Site]:
    """A server with jobs in it, that has counted many more transactions than a new one, and was dumped."""
    with started("old") as made:
        migrations.upgrade(made.url)
        for _ in range(300):
            transact(made.database, lambda s: s.execute(text("SELECT pg_current_xact_id()")))
        for number in range(1, 4):
            make_job(made.client, "r", job_id=number, status="queued")
            made.client.put_json(f"/runs/r/jobs/{number}/", {"status": "running"})
        made.client.put_json("/runs/r/jobs/1/", {"success": True, "ö": "ü"})
        until(lambda: len(made.events()) == 7)
        made.run(DUMP)
        yield made


@pytest.fixture
def new(old: Site) -> Iterator[Site]:
    """An empty server that has just begun to count, and the dump of the old one."""
    with started("new") as made:
        shutil.copy(old.place / DUMPED, made.place)
        assert ask(made.url, "SELECT pg_current_xact_id()::text::int") < old.events()[0].xid
        yield made


def test_the_page_has_what_is_tested() -> None:
    """One line dumps; the others restore, migrate and let the log go on."""
    assert DUMP.startswith("pg_dump")
    assert ["pg_restore", "pecan populate", "pecan restored"] == [
        re.match(r"pg_\w+|pecan \w+", line)[0] for line in RESTORE[:3]
    ]


def test_what_was_dumped_is_served_elsewhere(old: Site, new: Site) -> None:
    """Runs, jobs and counters are the same; ids and events go on; a second restore over it is as good as the first."""
    for line in RESTORE[:3] * 2:
        new.run(line)

    assert run_of(old.client, "r") == run_of(new.client, "r")
    for job in (1, 2, 3):
        assert job_of(old.client, "r", job_id=job) == job_of(new.client, "r", job_id=job)
    assert [] == inexact(new.database)
    assert [(e.id, e.type, e.data) for e in old.events()] == [(e.id, e.type, e.data) for e in new.events()]


def test_events_and_ids_go_on(old: Site, new: Site) -> None:
    """A reader who sets its xid to 0, as the page says, gets exactly what is new; new jobs get new ids."""
    newest, job_ids = old.events()[-1], ask(old.url, "SELECT max(id) FROM jobs")
    for line in RESTORE[:3]:
        new.run(line)

    make_job(new.client, "r", job_id=4, status="running")
    new.client.put_json("/runs/r/jobs/2/", {"success": False})

    fresh = until(lambda: found if len(found := new.events(Position(0, newest.id))) == 2 else [])
    assert ["job.running", "job.fail"] == [event.type for event in fresh]
    assert all(event.id > newest.id for event in fresh)
    assert 9 == len(new.events())
    assert ask(new.url, "SELECT max(id) FROM jobs") > job_ids
    assert [] == inexact(new.database)


def test_without_the_last_line_old_events_would_be_hidden(new: Site) -> None:
    """Which is why it is there: the new server has not counted so far yet."""
    for line in RESTORE[:2]:
        new.run(line)
    assert [] == new.events()
    # Those of jobs, which are seven, and of runs.
    there = ask(new.url, "SELECT count(*) FROM events")

    assert f"{there} events put before those to come\n" == new.run(RESTORE[2])

    assert 7 == len(new.events())
    assert "0 events put before those to come\n" == new.run(RESTORE[2])


def test_an_owner_without_other_rights_restores(new: Site) -> None:
    """The service's user needs to own its database and nothing else."""
    ask(new.url, "CREATE ROLE plain LOGIN")
    ask(new.url, "CREATE DATABASE plain OWNER plain")
    new.url = new.url.replace("paddles@/paddles?", "plain@/plain?")

    for line in RESTORE[:3] * 2:
        new.run(line)

    assert 3 == ask(new.url, "SELECT count(*) FROM jobs")
