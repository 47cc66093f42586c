"""The sweep as a process of its own, held in the middle of what it does, and killed there."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from typing import Any

from sqlalchemy import text

from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import loop
from tests.waiting import until

KILLED = -9
PATIENCE_S = 60
# Each is a fresh process, forked from one that has done nothing but import the code.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["paddles.sweep.loop"])
# Whoever waits for a row holds the lock on its place, and waits for the transaction that has the row.
WAITS = text("""
    SELECT EXISTS (SELECT FROM pg_locks
        WHERE relation = CAST(:table AS regclass) AND (locktype = 'tuple' OR NOT granted) AND pid <> pg_backend_pid())
""")


class Sweep:
    """A sweep that does what is due, again and again, until it is killed."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Start it."""
        self.database = database
        self.process: ForkServerProcess = CONTEXT.Process(target=_sweep, args=(settings.model_dump(),), daemon=True)
        self.process.start()

    def kill(self) -> None:
        """Kill it as ``kill -9`` does."""
        self.process.kill()
        self.process.join(PATIENCE_S)
        assert KILLED == self.process.exitcode

    def kill_at(self, table: str) -> None:
        """Kill it when it waits for somebody else who keeps a table, or a row of it."""
        until(lambda: waits(self.database, table), PATIENCE_S)
        self.kill()


@contextmanager
def sweeping(database: Database, settings: Settings) -> Iterator[Sweep]:
    """A sweep at work, killed at the end if not before."""
    sweep = Sweep(database, settings)
    try:
        yield sweep
    finally:
        if sweep.process.exitcode is None:
            sweep.kill()


def waits(database: Database, table: str) -> bool:
    """Say whether anybody waits for a table, or a row of it."""
    with database.writer.connect() as connection:
        return bool(connection.scalar(WAITS, {"table": table}))


@contextmanager
def locked(database: Database, table: str) -> Iterator[None]:
    """Keep the rows of a table, or where there are none the table, from whoever wants to change them."""
    with database.writer.connect() as connection:
        if not connection.execute(text(f"SELECT FROM {table} FOR UPDATE")).all():
            connection.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        try:
            yield
        finally:
            connection.rollback()


def _sweep(said: dict[str, Any]) -> None:
    loop.run(Settings.model_construct(**said))
