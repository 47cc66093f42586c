"""Whoever reads documents is killed: the next one goes on where that was, and nothing is lost or there twice."""

import datetime
import os
import signal
import subprocess
import sys
from typing import Any

import psycopg2
import pytest
from sqlalchemy import make_url

from paddles.archive import receipts
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.ingest.kernel_units import ACCEPTS, BOOT, BUILD, lava, tables
from tests.processes import environment
from tests.units import inexact, rows
from tests.waiting import until

PROGRAM = """
import datetime, sys
from paddles import settings
from paddles.db import engine
from paddles.sweep import documents
loaded = settings.load(database_url=sys.argv[1], files_dir=sys.argv[2])
documents.read(engine.connect(loaded), loaded, datetime.datetime.now(datetime.UTC))
"""
WAITING = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND relation = CAST(%s AS regclass)"


def connect(settings: Settings) -> Any:
    """Return a connection of the test's own."""
    url = make_url(settings.database_direct_url or settings.database_url)
    return psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.mark.parametrize("table", ["jobs", "kernel_boots", "cases", "machines", "receipts"])
def test_whoever_is_killed_is_followed_by_another(
    client: Client, database: Database, settings: Settings, table: str
) -> None:
    """At whatever it was; a minute later the document is taken over, and the end is the same as if nothing had been."""
    for number in range(3):
        client.send("POST", "/ingest/lava", lava(id=number), status=201, **ACCEPTS)
    client.send("POST", "/ingest/build", BUILD, status=201, **ACCEPTS)
    client.send("POST", "/ingest/boot", BOOT, status=201, **ACCEPTS)
    holder, watcher = connect(settings), connect(settings)
    watcher.autocommit = True
    holder.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

    command = [sys.executable, "-c", PROGRAM, settings.database_url, str(settings.files_dir)]
    reader = subprocess.Popen(command, env=environment())
    try:
        until(lambda: waits(watcher, table))
        os.kill(reader.pid, signal.SIGKILL)
    finally:
        reader.kill()
        reader.wait()
        holder.rollback()
        holder.close()
    until(lambda: not waits(watcher, table))
    aged = f"UPDATE receipts SET updated = updated - interval '{2 * receipts.PATIENCE.total_seconds()} seconds'"
    watcher.cursor().execute(aged)
    watcher.close()
    documents.read(database, settings, NOW + datetime.timedelta(hours=1))

    assert {"processed"} == {row.state for row in rows(database, "SELECT state FROM receipts")}
    counted = tables(database)
    assert (5, 4, 1, 2) == tuple(counted[name] for name in ("jobs", "kernel_boots", "kernel_builds", "machines"))
    assert 3 * 5 == counted["cases"]
    assert [] == inexact(database)


def waits(watcher: Any, table: str) -> bool:
    """Say whether somebody waits for a table."""
    cursor = watcher.cursor()
    cursor.execute(WAITING, (table,))
    return bool(cursor.fetchone()[0])
