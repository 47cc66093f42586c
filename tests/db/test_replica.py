"""Reading from a streaming replica: a real one, made with pg_basebackup, behind, away and back."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from paddles import settings as configuration
from paddles.app import serve
from paddles.db import binaries, embedded, engine, migrations
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import browse, read
from paddles.settings import Settings
from tests.client import Client
from tests.db.servers import ask
from tests.factories import make_job, make_node, make_queue, node_of
from tests.processes import open_place
from tests.waiting import until

ON_REPLICA = text("SELECT pg_is_in_recovery()")


class Pair:
    """A server and its replica, each embedded in a home of its own."""

    def __init__(self, place: Path) -> None:
        self.first, self.second = place / "first", place / "second"
        self.url = embedded.acquire(self.first).url
        self._copy()
        self.replica_url = embedded.acquire(self.second).url
        migrations.upgrade(self.url)
        self.settings: Settings = configuration.load(database_url=self.url, database_replica_url=self.replica_url)

    def _copy(self) -> None:
        """Make the data of the second home a replica of the first, owned by whoever PostgreSQL runs as."""
        owner = (self.first / "data").stat()
        account = binaries.account(owner.st_uid)
        self.second.mkdir(0o711)
        data = self.second / "data"
        data.mkdir(0o700)
        who = {}
        if account:
            os.chown(data, owner.st_uid, owner.st_gid)
            who = {"user": account.uid, "group": account.gid, "extra_groups": []}
        program = binaries.usable(binaries.find(), account, self.first) / "pg_basebackup"
        source = self.url.replace("+psycopg2", "")
        words = [str(program), "-R", "-c", "fast", "-D", str(data), "-d", f"{source}&application_name=second"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", **who)
        assert 0 == done.returncode, done.stderr

    def caught_up(self) -> None:
        """Wait until the replica has everything."""
        here = ask(self.url, "SELECT pg_current_wal_lsn()::text")
        until(lambda: ask(self.replica_url, f"SELECT pg_last_wal_replay_lsn() >= '{here}'"))

    def pause(self) -> None:
        """Let the replica fall behind."""
        ask(self.replica_url, "SELECT pg_wal_replay_pause()")
        until(lambda: ask(self.replica_url, "SELECT pg_get_wal_replay_pause_state()") == "paused")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """A server with a replica, on which the schema is."""
    with open_place() as place:
        try:
            yield Pair(place)
        finally:
            embedded.release(place / "second")
            embedded.release(place / "first")


@pytest.fixture
def both(pair: Pair) -> Iterator[Database]:
    """The database with its replica, empty and level."""
    ask(pair.url, "TRUNCATE runs, machines, queues, events, descriptions CASCADE")
    pair.caught_up()
    made = engine.connect(pair.settings)
    yield made
    made.dispose()
    ask(pair.replica_url, "SELECT pg_wal_replay_resume()")


@pytest.fixture
def client(both: Database, pair: Pair) -> Client:
    """The service over both."""
    return Client(serve(both, pair.settings))


def where(session: Session) -> bool:
    """Return whether a session is on the replica."""
    return bool(session.scalar(ON_REPLICA))


def test_browsing_is_done_on_the_replica(both: Database) -> None:
    """Reads that may be late go there, all others to the server."""
    assert browse(both, where)
    assert not read(both, where)


def test_a_late_replica_shows_in_runs_and_jobs_only(client: Client, pair: Pair) -> None:
    """What clients act on is always fresh; what they browse comes when the replica has it."""
    pair.pause()

    make_job(client, "r")
    make_queue(client, "q")
    make_node(client, "n")
    client.put_json("/nodes/n/", {"locked": True, "locked_by": "me"})

    assert node_of(client, "n")["locked"]
    assert ["n"] == [node["name"] for node in client.get("/nodes/").json]
    client.get("/readyz")
    assert [] == client.get("/runs/").json
    client.get("/runs/r/", status=404)

    ask(pair.replica_url, "SELECT pg_wal_replay_resume()")
    assert until(lambda: client.get("/runs/").json)


def test_with_remote_apply_every_write_is_seen(client: Client, both: Database, pair: Pair) -> None:
    """Whoever was answered finds what it wrote, on the replica too, at once."""
    ask(pair.url, "ALTER SYSTEM SET synchronous_standby_names = 'second'")
    ask(pair.url, "ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
    ask(pair.url, "SELECT pg_reload_conf()")
    until(lambda: ask(pair.url, "SELECT sync_state FROM pg_stat_replication") == "sync")
    try:
        for number in range(1, 51):
            make_job(client, "r", job_id=number, status="running")
            assert "running" == client.get(f"/runs/r/jobs/{number}/").json["status"]
            client.put_json(f"/runs/r/jobs/{number}/", {"success": True})
            assert "pass" == client.get(f"/runs/r/jobs/{number}/").json["status"]
        assert browse(both, where)
    finally:
        ask(pair.url, "ALTER SYSTEM RESET ALL")
        ask(pair.url, "SELECT pg_reload_conf()")


def test_while_the_replica_is_away_the_server_is_asked(client: Client, both: Database, pair: Pair) -> None:
    """Nobody notices but the log; when it is back, and its rest is over, it is used again."""
    make_job(client, "r")
    assert embedded.release(pair.second)

    assert ["r"] == [run["name"] for run in client.get("/runs/").json]
    assert not browse(both, where)

    assert embedded.acquire(pair.second).url == pair.replica_url
    assert both.replica
    assert not browse(both, where)
    both.replica.away_until = 0
    assert browse(both, where)


def test_the_replica_is_never_written(client: Client, both: Database) -> None:
    """Its connections refuse, as the reader's do."""
    assert both.replica
    with both.replica.engine.connect() as session:
        assert "on" == session.scalar(text("SHOW default_transaction_read_only"))
