"""Summaries are exact after whatever happened to jobs, and nothing but a change of status writes a run."""

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from paddles.archive import jobs, runs
from paddles.archive.status import STATUSES
from paddles.db import tally
from paddles.db.engine import Database
from paddles.db.work import transact
from tests.units import accept, at, delete, inexact, job_of, rows, run_of, submit

RUNS, KEYS = ("a", "b", "c"), tuple("12345")
COUNTED = "SELECT run_id, status, count(*) AS n FROM jobs GROUP BY run_id, status"
KEPT = f"SELECT id, {', '.join(f'n_{status}' for status in STATUSES)} FROM runs"


def disagreements(database: Database) -> list[tuple[int, str, int, int]]:
    """Return the run, status, kept and counted number wherever these differ, counted apart from the code under test."""
    counted = {(row.run_id, row.status): row.n for row in rows(database, COUNTED)}
    kept = {(row.id, status): row._mapping[f"n_{status}"] for row in rows(database, KEPT) for status in STATUSES}
    assert counted.keys() <= kept.keys()
    return [(*key, number, counted.get(key, 0)) for key, number in kept.items() if number != counted.get(key, 0)]


class Story:
    """A random story of jobs, the same for the same seed."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.dice = database, random.Random(seed)
        self.there: set[tuple[str, str]] = set()

    def step(self, second: int) -> None:
        """Let one thing happen."""
        act = self.dice.choices(
            (self.create, self.report, self.move, self.delete, self.delete_run), (30, 50, 10, 9, 1)
        )[0]
        act(second)

    def create(self, second: int) -> None:
        """Create a job that is not there, if one is left."""
        missing = sorted(set(itertools.product(RUNS, KEYS)) - self.there)
        if missing:
            run, key = self.dice.choice(missing)
            submit(self.database, run, key, now=at(second), **self.said())
            self.there.add((run, key))

    def report(self, second: int) -> None:
        """Report on a job that is there."""
        if self.there:
            accept(self.database, *self.some(), now=at(second), **self.said())

    def move(self, second: int) -> None:
        """Move jobs of several runs at once, the same job twice included."""
        ids = [job_of(self.database, *self.some()).id for _ in range(4)] if self.there else []
        after, before = self.dice.choice(STATUSES), self.dice.sample(STATUSES, 3)
        transact(self.database, lambda s: jobs.move(s, ids, after, at(second), before=before))

    def delete(self, second: int) -> None:
        """Delete a job that is there."""
        if self.there:
            run, key = self.some()
            delete(self.database, run, key, now=at(second))
            self.there.remove((run, key))

    def delete_run(self, _second: int) -> None:
        """Delete a run with all its jobs."""
        if self.there:
            name = self.some()[0]
            transact(self.database, lambda s: runs.delete(s, name))
            self.there = {(run, key) for run, key in self.there if run != name}

    def some(self) -> tuple[str, str]:
        """Choose a job that is there."""
        return self.dice.choice(sorted(self.there))

    def said(self) -> dict[str, Any]:
        """Make up a report."""
        said: Sequence[dict[str, Any]] = (
            {},
            {"pid": str(self.dice.random())},
            {"success": self.dice.choice((True, False, None))},
            {"status": self.dice.choice(STATUSES)},
            {"status": self.dice.choice(STATUSES)},
            {"status": self.dice.choice(STATUSES), "success": self.dice.choice((True, False, None))},
        )
        return self.dice.choice(said)


@pytest.mark.parametrize("seed", range(6))
def test_summaries_equal_a_recount_after_every_step(database: Database, seed: int) -> None:
    """Whatever is created, reported, moved and deleted, each run's counters are those of a count, at every moment."""
    story = Story(database, seed)
    for second in range(60):
        story.step(second)
        assert [] == disagreements(database)

    assert [] == inexact(database)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"name": "r", "job_id": "1"},
        {"pid": "4711"},
        {"status": "running"},
        {"status": "running", "targets": {"u@m": "k"}, "description": "d"},
        {"priority": 5},
    ],
)
def test_a_heartbeat_writes_no_run(database: Database, said: dict[str, Any]) -> None:
    """A report that changes no status leaves the row of the run untouched, whatever else it says of the job."""
    submit(database, status="running")
    before = run_of(database).version

    accept(database, now=at(1), **said)

    assert before == run_of(database).version
    assert at(1) == job_of(database).updated


@pytest.mark.parametrize("said", [{"status": "dead"}, {"status": "queued", "success": False}])
def test_a_refused_status_writes_no_run(database: Database, said: dict[str, Any]) -> None:
    """What a finished job does not take does not touch its run either."""
    submit(database, status="pass")
    before = run_of(database).version

    accept(database, now=at(1), **said)

    assert before == run_of(database).version


def test_a_change_of_status_writes_the_one_run(database: Database) -> None:
    """The run of the job is written, other runs are not."""
    submit(database, "r", status="queued")
    submit(database, "s", status="queued")
    before = run_of(database, "r").version, run_of(database, "s").version

    accept(database, "r", status="running")

    assert before[0] != run_of(database, "r").version
    assert before[1] == run_of(database, "s").version


def test_a_thousand_jobs_are_one_statement(database: Database) -> None:
    """Ten runs of a hundred jobs are moved at once, and each run is written once."""
    fill = """
        INSERT INTO jobs (run_id, key, status, posted, updated, document, answer)
        SELECT runs.id, number, 'queued', now(), now(), '{}', '{}' FROM runs, generate_series(1, 100) AS number"""
    for number in range(10):
        transact(database, lambda s, number=number: s.execute(
            text("INSERT INTO runs (name, scheduled, posted, n_queued) VALUES (:name, now(), now(), 100)"),
            {"name": f"r{number}"},
        ))  # fmt: skip
    transact(database, lambda s: s.execute(text(fill)))
    ids = [row.id for row in rows(database, "SELECT id FROM jobs")]

    assert 1000 == transact(database, lambda s: jobs.move(s, ids, "dead", at(9)))

    assert [] == disagreements(database)
    assert 1 == len(rows(database, "SELECT DISTINCT CAST(xmin AS text) FROM runs"))
    assert {"finished dead"} == {row.status for row in rows(database, "SELECT status FROM runs")}


def corrupt(database: Database, run: str) -> None:
    """Make a run's counters wrong, as nothing of ours does."""
    wrong = text("UPDATE runs SET n_pass = n_pass + 7, n_queued = 0 WHERE name = :name")
    transact(database, lambda s: s.execute(wrong, {"name": run}))


def test_a_recount_finds_what_is_wrong(database: Database) -> None:
    """Each run whose counters are not exact, with what they should be; those of the range and condition asked for."""
    for run in RUNS:
        submit(database, run, "1", status="queued")
    corrupt(database, "a")
    corrupt(database, "c")
    first, last = run_of(database, "a").id, run_of(database, "c").id

    wrong = inexact(database)

    assert [first, last] == [row.id for row in wrong]
    assert {(1, 0, 0, 0, 0, 0, 0)} == {tuple(row)[1:] for row in wrong}
    only = tally.recount(parent="runs", child="jobs", key="run_id", statuses=STATUSES, only="p.name = 'c'")
    assert [last] == [row.id for row in rows(database, only, after=0, until=last)]
    assert [] == rows(database, only, after=0, until=first)
    assert [] == rows(database, only, after=last, until=last + 9)


def test_a_repair_sets_what_was_counted(database: Database) -> None:
    """A repaired run is exact again, and its status with it; others are left alone."""
    submit(database, "a", "1", status="queued")
    submit(database, "b", "1", status="queued")
    corrupt(database, "a")
    assert "finished pass" == run_of(database, "a").status
    other = run_of(database, "b").version

    (wrong,) = inexact(database)
    transact(database, lambda s: s.execute(text(tally.repair(parent="runs", statuses=STATUSES)), dict(wrong._mapping)))

    assert [] == disagreements(database)
    assert "queued" == run_of(database, "a").status
    assert other == run_of(database, "b").version
