"""``paddles retain``: what is old of kernels goes, and nothing else; ``paddles setup`` before any of it."""

import datetime
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from paddles.archive import runs as archive
from paddles.commands import program, retain
from paddles.db import migrations
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.feeds import records, retention
from paddles.notes.subjects import Subject
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.conftest import NOW
from tests.factories import make_job
from tests.notes import things

# What stands beside a job of a kernel once its documents were read.
BESIDE = """
    UPDATE jobs SET kind = 'outside' WHERE run_id = :run;
    INSERT INTO contents (digest, size, stored) VALUES (:log, 1, :now), (:document, 1, :now);
    INSERT INTO files (job_id, path, digest, stored)
        SELECT id, name, digest, :now
        FROM jobs, (VALUES ('log', CAST(:log AS bytea)), ('kept', :document)) AS f (name, digest) WHERE run_id = :run;
    INSERT INTO kernel_logs (job_id, digest, size, lines, levels, parts)
        SELECT id, :log, 1, 1, '{}', '{0}' FROM jobs WHERE run_id = :run;
    INSERT INTO log_lines (job_id, line, level, at, message)
        SELECT id, 1, 'error', :now, 'x' FROM jobs WHERE run_id = :run;
    INSERT INTO receipts (source, external_id, digest, state, received, updated, job_id)
        SELECT 'lava', 'r' || id, :document, 'processed', :now, :now, id FROM jobs WHERE run_id = :run;
    INSERT INTO kernel_boots (job_id, result, happened, details)
        SELECT id, 'pass', :now, '{}' FROM jobs WHERE run_id = :run;
    INSERT INTO tests (job_id, name, status, stored) SELECT id, 't', 'pass', :now FROM jobs WHERE run_id = :run;
    INSERT INTO cases (test_id, name, status)
        SELECT tests.id, 'c', 'pass' FROM tests JOIN jobs ON jobs.id = tests.job_id WHERE run_id = :run;
    UPDATE tests SET n_pass = 1;
    INSERT INTO marks (job_id, path_id, lineage_id, happened, status, flip)
        SELECT id, 1, 1, :now, 'pass', false FROM jobs WHERE run_id = :run;
    UPDATE runs SET finished = :ended WHERE id = :run
"""
REGRESSION = """
    WITH lineage AS (INSERT INTO lineages (digest) VALUES ('x') RETURNING id),
        path AS (INSERT INTO paths (digest, suite, name) VALUES ('x', 's', 'c') RETURNING id)
    INSERT INTO regressions (lineage_id, path_id, state, good_job_id, good_at, bad_job_id, bad_at, last_job_id, last_at)
    SELECT lineage.id, path.id, 'open', jobs.id, :now, 0, :now, 0, :now
    FROM lineage, path, jobs JOIN runs ON runs.id = jobs.run_id WHERE runs.name = :run
"""
ALL = {"runs", "jobs", "tests", "cases", "kernel_boots", "marks", "log_lines", "receipts", "files", "kernel_logs"}
RAW = {"receipts", "files", "kernel_logs"}
Kernel = Callable[..., str]


@pytest.fixture
def kernel(client: Client, database: Database) -> Kernel:
    """Make a run of a kernel, with one job that has all there can be, which ended some days ago."""

    def make(name: str, days: float, **said: Any) -> str:
        make_job(client, name, job_id=1, status=said.pop("status", "pass"))
        now = datetime.datetime.now(datetime.UTC)
        ended = None if said.get("open") else now - datetime.timedelta(days=days)

        def work(session: Session) -> None:
            run = session.scalar(text("SELECT id FROM runs WHERE name = :name"), {"name": name})
            values = {"run": run, "now": now, "ended": ended, "log": b"l" + name.encode(), "document": name.encode()}
            session.later(text(BESIDE), values)

        transact(database, work)
        return name

    return make


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits."""
    monkeypatch.setattr(retain, "PAUSE_S", 0)


def runs(database: Database) -> set[str]:
    """Return the names of the runs that there are."""
    return set(read(database, lambda session: session.scalars(text("SELECT name FROM runs"))))


def counted(printed: str) -> dict[str, int]:
    """Return the tables of which rows went, and how many."""
    rows = [line.split("\t") for line in printed.splitlines()]
    return {table: int(n) for table, n in rows if n != "0"}


def test_what_is_old_goes_with_all_that_is_beside_it(database: Database, pecan: Pecan, kernel: Kernel) -> None:
    """By the age of the run's end; for each table it says how many rows."""
    kernel("old", 3.1)
    kernel("new", 2.9)

    printed = pecan("retain", "--days", "3")

    assert dict.fromkeys(ALL, 1) == counted(printed)
    assert [*retention.TABLES] == [line.split("\t")[0] for line in printed.splitlines()]
    assert {"new"} == runs(database)


def test_what_came_goes_before_what_was_made_of_it(
    client: Client, database: Database, pecan: Pecan, kernel: Kernel
) -> None:
    """Results stay, with what else the job has left, and what goes is counted once."""
    kernel("old", 3.1)
    kernel("older", 9)

    assert dict.fromkeys(RAW, 2) | dict.fromkeys(ALL - RAW, 1) == counted(
        pecan("retain", "--days", "5", "--raw-days", "3")
    )

    assert {"old"} == runs(database)
    left = read(database, lambda session: session.scalars(text("SELECT path FROM files")))
    assert ["kept"] == left
    assert {} == counted(pecan("retain", "--days", "5", "--raw-days", "3"))
    assert "finished pass" == client.get("/runs/old/").json["status"]


def test_a_dry_run_counts_the_same_and_deletes_nothing(database: Database, pecan: Pecan, kernel: Kernel) -> None:
    """What it says is what would go."""
    for name, days in (("a", 9), ("b", 8), ("c", 4), ("d", 1)):
        kernel(name, days)
    words = ("--days", "5", "--raw-days", "3")

    said = pecan("retain", *words, "--dry-run")

    assert {"a", "b", "c", "d"} == runs(database)
    assert said == pecan("retain", *words)
    assert {"c", "d"} == runs(database)


def test_what_is_needed_still_stays(client: Client, database: Database, pecan: Pecan, kernel: Kernel) -> None:
    """What runs, what is pinned, and all that this service itself has run, however old it is."""
    kernel("running", 9, open=True, status="running")
    kernel("pinned", 9)
    transact(database, lambda session: archive.tag(session, "pinned", ["x", "pinned"]))
    kernel("for all", 9)
    pin = things.write(database, Subject("run", "for all"), kind="pin")
    make_job(client, "archive", job_id=1, status="pass")
    client.post_json("/runs/", {"name": "empty"})
    kernel("mixed", 9)
    make_job(client, "mixed", job_id=2, status="pass")
    transact(database, lambda s: s.later(text("UPDATE runs SET finished = '2020-01-01' WHERE finished IS NOT NULL")))

    assert {} == counted(pecan("retain", "--days", "0", "--yes"))
    assert {"running", "pinned", "for all", "archive", "empty", "mixed"} == runs(database)

    things.end(database, pin)
    pecan("retain", "--days", "0", "--yes")
    assert "for all" not in runs(database)


def test_where_something_last_worked_stays(database: Database, pecan: Pecan, kernel: Kernel) -> None:
    """For as long as the regression is open."""
    kernel("good", 9)
    kernel("other", 9)
    transact(database, lambda s: s.later(text(REGRESSION), {"run": "good", "now": NOW}))

    pecan("retain", "--days", "0", "--yes")
    assert {"good"} == runs(database)

    fixed = text("UPDATE regressions SET state = 'fixed', fixed_at = :now")
    transact(database, lambda session: session.later(fixed, {"now": NOW}))
    pecan("retain", "--days", "0", "--yes")
    assert set() == runs(database)


def test_a_run_that_goes_on_meanwhile_stays(database: Database, kernel: Kernel) -> None:
    """What was old when it was listed is looked at again under the lock."""
    kernel("old", 9)
    age = retention.age(datetime.datetime.now(datetime.UTC), 3, 3, 2)
    (run,) = read(database, lambda session: retention.due(session, age, 0, raw=False))
    transact(database, lambda session: session.later(text("UPDATE runs SET tags = '{pinned}'")))

    assert {} == transact(database, lambda session: retention.forget(session, run, age, raw=False))
    assert {"old"} == runs(database)


def test_all_of_them_go_in_batches(
    database: Database, pecan: Pecan, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are; between batches there is a pause."""
    pauses: list[float] = []
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retain.time, "sleep", pauses.append)
    for number in range(5):
        kernel(f"r{number}", 9)

    assert 5 == counted(pecan("retain"))["runs"]
    assert set() == runs(database)
    assert 2 == len(pauses)


def test_what_was_brought_is_known_for_longer(database: Database, pecan: Pecan) -> None:
    """Than it is kept, by the days that a feed looks back and one more."""

    def noted(session: Session) -> None:
        now = datetime.datetime.now(datetime.UTC)
        for days in (5, 6.5):
            records.note(session, "x", "build", str(days), b"x", now - datetime.timedelta(days=days))

    transact(database, noted)

    assert {} == counted(pecan("retain", "--days", "4"))
    assert {"fed": 1} == counted(pecan("retain", "--days", "3"))
    assert {"5"} == set(read(database, lambda session: session.scalars(text("SELECT source_id FROM fed"))))


def test_it_is_written_down(database: Database, pecan: Pecan, kernel: Kernel) -> None:
    """With what went, where other changes that nobody sees are."""
    kernel("old", 9)

    pecan("retain", "--days", "3")

    said = read(
        database, lambda session: session.execute(text("SELECT data FROM events WHERE type = 'retention.done'")).one()
    )
    assert b'"runs": 1' in bytes(said.data)


def test_all_is_not_deleted_by_a_slip(database: Database, pecan: Pecan, kernel: Kernel) -> None:
    """Zero days are asked about; who is no person has to say it."""
    kernel("new", 0.1)

    assert "say --yes" in pecan("retain", "--days", "0", code=2)
    assert {"new"} == runs(database)
    assert 1 == counted(pecan("retain", "--days", "0", "--yes"))["runs"]


@pytest.mark.parametrize(("answer", "left"), [("y\n", set()), ("n\n", {"new"}), ("\n", {"new"})])
def test_a_person_is_asked(
    database: Database, pecan: Pecan, kernel: Kernel, monkeypatch: pytest.MonkeyPatch, answer: str, left: set[str]
) -> None:
    """No answer is no."""
    kernel("new", 0.1)
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", typed)

    pecan("retain", "--days", "0", code=2 if left else 0)

    assert left == runs(database)


def test_kcings_name_does_too(
    capsys: pytest.CaptureFixture[str], config_file: Path, database: Database, kernel: Kernel
) -> None:
    """``paddles drp --drp-days N``."""
    kernel("old", 9)

    program.main(["drp", "--drp-days", "3", "--config", str(config_file)])

    assert 1 == counted(capsys.readouterr().out)["runs"]
    assert set() == runs(database)


def test_setup_makes_the_schema_and_may_be_repeated(empty_config: Path, command: Pecan) -> None:
    """It says what it was and what it is."""
    head = migrations.head()

    assert f"schema\tnone\t{head}" == command("setup", empty_config).splitlines()[0]
    assert f"schema\t{head}\t{head}" == command("setup", empty_config).splitlines()[0]
    assert command("recount", empty_config).startswith("0 runs")
