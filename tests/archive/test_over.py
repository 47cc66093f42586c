"""The times of jobs that are told of when they are over, as archives are that are read later, and of their runs."""

import datetime
from typing import Any

import pytest

from paddles.db.engine import Database
from tests.conftest import NOW
from tests.units import accept, at, inexact, job_of, run_of, submit

LONG_AGO = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize("status", ["pass", "fail", "dead"])
def test_a_job_that_is_over_ran_when_it_says(database: Database, status: str) -> None:
    """It ended when it was heard of last, began as much before as it took, and was posted no later."""
    submit(database, updated=at(-500), status=status, duration=120)

    job, run = job_of(database), run_of(database)
    assert (at(-620), at(-620), at(-500)) == (job.posted, job.started, job.finished)
    assert (at(-620), at(-500), at(-620)) == (run.started, run.finished, run.posted)


@pytest.mark.parametrize("duration", [None, -1, "long", 10**12, True, 1e300, float("1e9")])
def test_a_job_that_does_not_say_how_long_it_took(database: Database, duration: Any) -> None:
    """It has an end and no beginning."""
    submit(database, updated=at(-500), status="pass", duration=duration)

    assert (None, at(-500)) == (job_of(database).started, job_of(database).finished)


@pytest.mark.parametrize(("updated", "ended"), [(at(500), NOW), (None, NOW), (LONG_AGO, NOW)])
def test_an_end_that_cannot_be(database: Database, updated: datetime.datetime | None, ended: datetime.datetime) -> None:
    """What is still to come, is not said, or was before there were such jobs, was now."""
    submit(database, updated=updated, status="pass", duration=60)

    assert ended == job_of(database).finished


def test_jobs_that_go_on_keep_the_times_at_which_they_are_heard_of(database: Database) -> None:
    """Whatever they say; and so does a job that is known when its end is told."""
    submit(database, "r", "1", updated=at(-500), status="running", duration=60)
    accept(database, "r", "1", now=at(5), updated=at(-400), status="pass", duration=70)

    assert (NOW, NOW, at(5)) == (job_of(database).posted, job_of(database).started, job_of(database).finished)


def test_a_run_lasts_from_its_first_job_to_its_last(database: Database) -> None:
    """In whatever order they are told of; while one goes on it has not ended."""
    for key, ended in (("1", -300), ("2", -500), ("3", -100)):
        submit(database, "r", key, updated=at(ended), status="pass", duration=60)
    assert (at(-560), at(-100)) == (run_of(database).started, run_of(database).finished)

    submit(database, "r", "4", status="queued")
    submit(database, "r", "5", updated=at(-50), status="fail", duration=10)

    assert (at(-560), None, 4) == (run_of(database).started, run_of(database).finished, run_of(database).n_pass + 1)
    assert [] == inexact(database)
