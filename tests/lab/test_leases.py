"""Leases: a queued job is handed to one caller, and offered again when nothing is heard of it."""

import datetime
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.lab import leases
from tests.conftest import NOW
from tests.units import accept, at, delete, job_of, rows, run_of, submit

TTL = datetime.timedelta(seconds=60)
LEASED = """
    SELECT jobs.key, granted, expires, ended, outcome FROM leases JOIN jobs ON jobs.id = job_id ORDER BY leases.id
"""


def claim(database: Database, queue: str = "q", now: datetime.datetime = NOW) -> str | None:
    """Take the most urgent job of a queue and return its key."""

    def work(session: Any) -> int | None:
        return leases.claim(session, [queue], "test", now, TTL)

    job_id = transact(database, work)
    return rows(database, "SELECT key FROM jobs WHERE id = :id", id=job_id)[0].key if job_id else None


def claims(database: Database, queue: str = "q") -> list[str | None]:
    """Take jobs until there is none, and return their keys."""
    taken = []
    while (key := claim(database, queue)) is not None:
        taken.append(key)
    return taken


def expire(database: Database, now: datetime.datetime, limit: int = 100) -> int:
    """End overdue leases and return how many."""
    return transact(database, lambda s: leases.expire(s, now, limit, 3))


def queued(database: Database, run: str, key: str, **said: Any) -> None:
    """Queue a job."""
    submit(database, run, key, status="queued", **{"queue": "q", **said})


def test_jobs_are_claimed_by_priority(database: Database) -> None:
    """The smallest number first, below zero too; no priority comes last."""
    for key, priority in {"none": None, "5": 5, "-1": -1, "100": 100, "0": 0}.items():
        queued(database, "r", key, priority=priority)

    assert ["-1", "0", "5", "100", "none"] == claims(database)


@pytest.mark.parametrize("priority", [7, None])
def test_jobs_of_equal_priority_are_claimed_by_run_then_job(database: Database, priority: int | None) -> None:
    """A job added late to an old run goes before newer runs; in a run the older job is first."""
    for run, key in (("old", "1"), ("new", "2"), ("old", "9"), ("new", "0"), ("old", "3")):
        queued(database, run, key, priority=priority)

    assert ["1", "9", "3", "2", "0"] == claims(database)


def test_a_job_that_was_made_more_urgent_is_claimed_earlier(database: Database) -> None:
    """The last word on a queued job's priority counts."""
    queued(database, "r", "1", priority=5)
    queued(database, "r", "2", priority=9)
    accept(database, "r", "2", priority=1)

    assert ["2", "1"] == claims(database)


@pytest.mark.parametrize("status", ["waiting", "running", "unknown", "pass", "fail", "dead"])
def test_only_queued_jobs_are_claimed(database: Database, status: str) -> None:
    """What is under way, unknown or finished is nobody's to take, nor is what waits in another queue or in none."""
    submit(database, "r", "1", status=status, queue="q")
    queued(database, "r", "2", queue="p")
    queued(database, "r", "3", queue=None)

    assert claim(database) is None
    assert [] == rows(database, LEASED)


def test_a_claimed_job_is_still_queued_and_nobody_elses(database: Database) -> None:
    """For clients that ask nothing but its status the job waits as before; it is one attempt of one minute."""
    queued(database, "r", "1")
    before = run_of(database)

    assert "1" == claim(database)
    assert claim(database) is None

    job = job_of(database)
    assert ("queued", True, 1) == (job.status, job.leased, job.attempt)
    assert before == run_of(database)
    assert [("1", NOW, at(60), None, None)] == rows(database, LEASED)


def test_a_job_nothing_was_heard_of_is_offered_again(database: Database) -> None:
    """When the minute is over, and not before; each offer is an attempt, and the old lease stays as history."""
    queued(database, "r", "1")
    claim(database)

    assert 0 == expire(database, at(59.999))
    assert claim(database, now=at(59.999)) is None
    assert 1 == expire(database, at(60))
    assert 0 == expire(database, at(60))

    assert "1" == claim(database, now=at(61))
    assert 2 == job_of(database).attempt
    assert [("1", NOW, at(60), at(60), "expired"), ("1", at(61), at(121), None, None)] == rows(database, LEASED)


def test_a_job_offered_again_keeps_its_place(database: Database) -> None:
    """It is as urgent as it was."""
    for key in "12":
        queued(database, "r", key)
    claim(database)
    expire(database, at(60))

    assert ["1", "2"] == claims(database)


def test_leases_end_in_batches_oldest_first(database: Database) -> None:
    """At most so many at once, those first that are overdue for longest."""
    for key in "123":
        queued(database, "r", key)
        claim(database, now=at(int(key)))

    assert 2 == expire(database, at(99), limit=2)
    assert [("1",), ("2",)] == rows(database, "SELECT key FROM jobs WHERE NOT leased ORDER BY key")
    assert (1, 0) == (expire(database, at(99), limit=2), expire(database, at(99), limit=2))


@pytest.mark.parametrize("said", [{"status": "running"}, {"status": "dead"}, {"success": True}, {"status": "waiting"}])
def test_a_report_settles_the_lease(database: Database, said: dict[str, Any]) -> None:
    """Any word of the job but "queued" says that it arrived: the lease ends, and is not there to expire."""
    queued(database, "r", "1")
    claim(database)

    accept(database, now=at(5), **said)

    assert [("1", NOW, at(60), at(5), "taken")] == rows(database, LEASED)
    assert not job_of(database).leased
    assert 0 == expire(database, at(999))


@pytest.mark.parametrize("said", [{"pid": "1"}, {"status": "queued"}, {"priority": 1}, {}])
def test_a_report_that_leaves_it_queued_leaves_the_lease(database: Database, said: dict[str, Any]) -> None:
    """Who was handed the job has not spoken of it yet: it stays handed out until its time is over."""
    queued(database, "r", "1", priority=1)
    claim(database)

    accept(database, now=at(5), **said)

    assert job_of(database).leased
    assert claim(database) is None
    assert 1 == expire(database, at(60))


def test_a_job_queued_again_is_offered_again(database: Database) -> None:
    """Settled, run, and queued anew: it is claimed once more, by a lease of its own."""
    queued(database, "r", "1")
    claim(database)
    accept(database, now=at(1), status="running")
    accept(database, now=at(2), status="queued")

    assert "1" == claim(database, now=at(3))
    assert ["taken", None] == [row.outcome for row in rows(database, LEASED)]


def test_a_deleted_job_takes_its_lease_along(database: Database) -> None:
    """Nothing of it is left to expire, and the next job is offered."""
    for key in "12":
        queued(database, "r", key)
    claim(database)

    delete(database, "r", "1")

    assert [] == rows(database, LEASED)
    assert ["2"] == claims(database)


def test_a_claim_passes_over_what_another_is_about_to_take(database: Database) -> None:
    """Two claims at once neither wait for each other nor get the same job; one undone leaves its job to be taken."""
    for key in "12":
        queued(database, "r", key)
    with Session(database.writer, writes=True) as first:
        taken = leases.claim(first, ["q"], "test", NOW, TTL)

        assert "2" == claim(database)
        assert claim(database) is None
        first.rollback()

    assert job_of(database, "r", "1").id == taken
    assert "1" == claim(database)


def test_expiry_passes_over_a_job_that_is_being_reported_on(database: Database) -> None:
    """A report under way is not waited for: its lease is settled by it, or overdue still when it is undone."""
    queued(database, "r", "1")
    claim(database)
    with Session(database.writer, writes=True) as reporter:
        reporter.execute(text("SELECT FROM jobs FOR NO KEY UPDATE"))

        assert 0 == expire(database, at(99))
        reporter.rollback()

    assert 1 == expire(database, at(99))


def test_a_job_moved_to_another_queue_is_offered_there(database: Database) -> None:
    """While it is handed out it is offered nowhere; afterwards where it then waits."""
    queued(database, "r", "1", queue="p")
    queued(database, "r", "2")
    claim(database, "p")
    accept(database, now=at(1), queue="q")
    assert ["2"] == claims(database)

    expire(database, at(60))

    assert claim(database, "p") is None
    assert ["1", "2"] == claims(database)
