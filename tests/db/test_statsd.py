"""Counting to a statsd: what was committed, once, and never at the cost of what is counted."""

import logging
import socket
import time
from collections.abc import Iterator

import pytest

from paddles import settings as configuration
from paddles.app import serve
from paddles.archive import jobs
from paddles.db import engine, statsd
from paddles.db.engine import Database
from paddles.db.statsd import Statsd
from paddles.db.work import transact
from paddles.errors import Invalid
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.factories import RUN, make_job
from tests.units import accept, rows, submit


@pytest.fixture
def sink() -> Iterator[socket.socket]:
    """A statsd, as far as we are concerned."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(30)
        yield made


@pytest.fixture
def counting(database: Database, settings: Settings, sink: socket.socket) -> Iterator[Database]:
    """The database, counting to the sink."""
    host = f"127.0.0.1:{sink.getsockname()[1]}"
    made = engine.connect(settings.model_copy(update={"statsd_host": host, "statsd_prefix": "lab"}))
    yield made
    made.dispose()


def heard(database: Database, sink: socket.socket) -> list[str]:
    """Return all lines that were sent before this one."""
    transact(database, lambda session: statsd.count(session, "end"))
    lines: list[str] = []
    while "lab.end:1|c" not in lines:
        lines += sink.recv(65536).decode().split("\n")
    return lines[:-1]


def test_a_job_that_ends_is_counted(counting: Database, sink: socket.socket) -> None:
    """Once for each change to pass, fail or dead; queued, running and heartbeats are not counted."""
    submit(counting, "r", "1", status="queued")
    accept(counting, "r", "1", status="running")
    accept(counting, "r", "1")
    assert [] == heard(counting, sink)

    accept(counting, "r", "1", status="pass")
    accept(counting, "r", "1", status="pass")
    accept(counting, "r", "1", duration=3)
    assert ["lab.jobs.status.pass:1|c"] == heard(counting, sink)

    submit(counting, "r", "2", status="fail")
    accept(counting, "r", "2", success=True)
    assert ["lab.jobs.status.fail:1|c", "lab.jobs.status.pass:1|c"] == heard(counting, sink)


def test_jobs_that_expire_are_counted(counting: Database, sink: socket.socket) -> None:
    """Many at once are many."""
    for key in "123":
        submit(counting, "r", key, status="running")
    ids = [row.id for row in rows(counting, "SELECT id FROM jobs")]

    for _ in range(2):
        transact(counting, lambda session: jobs.move(session, ids, "dead", NOW))

    assert ["lab.jobs.status.dead:1|c"] * 3 == heard(counting, sink)


def test_what_is_not_committed_is_not_counted(counting: Database, sink: socket.socket) -> None:
    """A unit of work that is refused, or fails, says nothing."""

    def refused(session: object) -> None:
        statsd.count(session, "jobs.status.pass")  # type: ignore[arg-type]
        raise Invalid("no")

    with pytest.raises(Invalid):
        transact(counting, refused)

    assert [] == heard(counting, sink)


def test_nobody_listening_costs_nothing(database: Database, settings: Settings) -> None:
    """Where nothing listens, jobs end as ever; so they do where the name leads nowhere, which is said."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    silent = engine.connect(settings.model_copy(update={"statsd_host": host}))
    client = Client(serve(silent, settings))

    for key in range(5):
        make_job(client, job_id=key, status="pass")

    assert 5 == client.get(f"/runs/{RUN}/").json["results"]["pass"]
    silent.dispose()


def test_a_full_socket_is_not_waited_for(sink: socket.socket) -> None:
    """What does not fit is lost."""
    counter = Statsd("127.0.0.1", sink.getsockname()[1], "")
    begun = time.monotonic()

    for _ in range(5000):
        counter.send([("x" * 100, 1)] * 5)

    assert 20 > time.monotonic() - begun
    assert sink.recv(65536).startswith(b"xxx")
    counter.close()
    counter.send([("y", 1)])


def test_an_address_that_leads_nowhere_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Once, when the service starts."""
    with caplog.at_level(logging.WARNING, "paddles"):
        Statsd("no-such-host.invalid", 8125, "p").send([("x", 1)])

    assert 1 == len(caplog.records)
    assert "no-such-host.invalid" in caplog.text


@pytest.mark.parametrize(
    ("said", "expected"),
    [("", None), ("statsd", ("statsd", 8125)), ("10.0.0.1:99", ("10.0.0.1", 99)), ("[::1]:99", ("::1", 99)),
     ("[::1]", ("::1", 8125))],
)  # fmt: skip
def test_a_host_may_name_its_port(said: str, expected: tuple[str, int] | None) -> None:
    """8125 unless said otherwise."""
    assert expected == configuration.load(statsd_host=said).statsd


@pytest.mark.parametrize("said", ["h:x", "h:99999", "http://h", ":1", "h/x"])
def test_an_address_that_is_none_is_refused(said: str) -> None:
    """By the name of the setting."""
    with pytest.raises(Invalid, match="statsd_host"):
        configuration.load(statsd_host=said)
