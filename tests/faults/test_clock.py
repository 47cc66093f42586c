"""Clocks that are set while jobs are under way: early or late by as much, but never twice and never lost."""

import datetime

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.lab import leases
from tests.units import accept, at, inexact, job_of, submit

TTL = datetime.timedelta(seconds=60)
YEAR_S = 365 * 24 * 3600


def popped(database: Database, seconds: float) -> int | None:
    """Return what is handed out at a moment."""
    return transact(database, lambda s: leases.claim(s, ["q"], "test", at(seconds), TTL))


def expired(database: Database, seconds: float) -> int:
    """Return how many leases end at a moment."""
    return transact(database, lambda s: leases.expire(s, at(seconds), 100, 3))


@pytest.mark.parametrize("step", [-YEAR_S, -1, 0])
def test_a_clock_set_back_hands_nothing_out_twice(database: Database, step: int) -> None:
    """The lease of a job lasts for as much longer."""
    submit(database, queue="q", status="queued")
    assert popped(database, 0)

    assert 0 == expired(database, step)
    assert popped(database, step) is None

    assert 1 == expired(database, 60)
    assert popped(database, 61)


def test_a_clock_set_forward_offers_a_job_again_and_loses_none(database: Database) -> None:
    """The lease ends early; what the first holder reports is taken all the same."""
    submit(database, queue="q", status="queued")
    assert popped(database, 0)

    assert 1 == expired(database, YEAR_S)
    accept(database, now=at(1), status="running")

    assert popped(database, 2) is None
    assert "running" == job_of(database).status


@pytest.mark.parametrize("step", [-YEAR_S, YEAR_S])
def test_reports_count_in_the_order_in_which_they_come(database: Database, step: int) -> None:
    """Whatever the clock says meanwhile; the summary stays exact."""
    submit(database, status="queued", now=at(0))
    accept(database, now=at(step), status="running")
    accept(database, now=at(1), status="pass")

    assert "pass" == job_of(database).status
    assert [] == inexact(database)
    assert 1 == transact(database, lambda s: s.scalar(text("SELECT n_pass FROM runs")))
