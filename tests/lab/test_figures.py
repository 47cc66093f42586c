"""The figures of the lab: what they say, and that they cost the same however much there is."""

import datetime

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.lab import figures, leases, sweeps
from paddles.lab.figures import Figures
from tests.conftest import NOW
from tests.units import accept, at, submit


def taken(database: Database) -> Figures:
    """Return the figures."""
    return read(database, figures.taken)


def test_an_empty_lab_is_all_zeros(database: Database) -> None:
    """Nothing there, nothing waits, nobody swept."""
    found = taken(database)

    assert (0, 0, {}, None, 0, []) == (
        found.runs, sum(found.jobs.values()), found.queued, found.oldest, found.leases, found.sweeps,
    )  # fmt: skip


def test_jobs_are_known_by_status_and_by_queue(database: Database) -> None:
    """Jobs of all runs; of queues those with something in them, the fullest first; jobs without a queue in none."""
    submit(database, "r", "1", status="queued", queue="a")
    submit(database, "r", "2", status="queued", queue="b")
    submit(database, "s", "1", status="queued", queue="b")
    submit(database, "s", "2", status="queued")
    submit(database, "s", "3", status="running", queue="c")
    submit(database, "s", "4", status="pass", queue="c")

    found = taken(database)

    assert (2, 4, 1, 1, 0) == (found.runs, *(found.jobs[status] for status in ("queued", "running", "pass", "dead")))
    assert [("b", 2), ("a", 1)] == list(found.queued.items())


def test_the_oldest_is_the_first_posted_that_still_waits(database: Database) -> None:
    """A heartbeat does not make it younger; once it runs, the next one is the oldest."""
    submit(database, "r", "1", now=at(1), status="queued")
    submit(database, "r", "2", now=at(2), status="queued")
    accept(database, "r", "1", now=at(9))
    assert at(1) == taken(database).oldest

    accept(database, "r", "1", now=at(9), status="running")

    assert at(2) == taken(database).oldest


def test_leases_are_the_live_ones(database: Database) -> None:
    """One more with a claim, one less when its job is heard of."""
    for key in "12":
        submit(database, "r", key, status="queued", queue="q")
        ttl = datetime.timedelta(seconds=60)
        transact(database, lambda s, ttl=ttl: leases.claim(s, ["q"], "test", NOW, ttl))
    assert 2 == taken(database).leases

    accept(database, "r", "1", status="running")

    assert 1 == taken(database).leases


def test_sweeps_add_up(database: Database) -> None:
    """The last moment counts, and all rows ever handled."""
    for second, handled in ((1, 5), (2, 0), (3, 2)):
        transact(database, lambda s, second=second, handled=handled: sweeps.record(s, "t", at(second), handled))

    assert [("t", at(3), 7)] == [(row.task, row.at, row.handled) for row in taken(database).sweeps]
