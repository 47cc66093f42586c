"""``pecan recount`` and ``pecan set_status``: summaries that are exact, whatever happened to them."""

import datetime
import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from paddles.archive import job_search, jobs, upkeep
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.ingest import load
from paddles.ingest.facts import Suite, case
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.concurrency.threads import inexact
from tests.conftest import NOW
from tests.factories import make_job, make_queue, make_run, run_of
from tests.waiting import until

WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def damage(database: Database, statement: str) -> None:
    """Change the database behind everybody's back."""
    with database.writer.begin() as session:
        session.execute(text(statement))


def wait_for_a_waiter(database: Database) -> None:
    """Return when somebody waits for a lock."""

    def waits() -> bool:
        with Session(database.reader) as session:
            return bool(session.scalar(WAITS))

    until(waits)


@pytest.fixture
def wrong(client: Client, database: Database) -> Database:
    """A run ``r`` of two running jobs that says it has three, and one passed."""
    make_job(client, "r", job_id=1, status="running")
    make_job(client, "r", job_id=2, status="running")
    damage(database, "UPDATE runs SET n_running = 3, n_pass = 1")
    return database


def test_nothing_wrong_is_0(client: Client, pecan: Pecan) -> None:
    """A last line says what was looked at."""
    make_job(client, "r", status="pass")
    make_run(client, "without jobs")

    assert pecan("recount") == "2 runs counted: 0 runs, 0 leased jobs and 0 tests repaired\n"


def test_what_differs_is_repaired_and_1(client: Client, wrong: Database, pecan: Pecan) -> None:
    """Each repair is printed, and the exit code says that there was one."""
    printed = pecan("recount", code=1)

    assert printed == (
        "r: running 3, counted 2, pass 1, counted 0; now running\n"
        "1 runs counted: 1 runs, 0 leased jobs and 0 tests repaired\n"
    )
    assert run_of(client, "r")["results"]["running"] == 2
    assert inexact(wrong) == []
    assert pecan("recount").endswith("0 runs, 0 leased jobs and 0 tests repaired\n")


def test_check_only_looks(wrong: Database, pecan: Pecan) -> None:
    """The same is printed, the exit code is 1, and all stays as it is."""
    first, second = pecan("recount", "--check", code=1), pecan("recount", "--check", code=1)

    assert first == second
    assert first.startswith("r: running 3, counted 2, pass 1, counted 0\n")
    assert first.endswith("1 runs, 0 leased jobs and 0 tests would be repaired\n")
    assert len(inexact(wrong)) == 1


def test_a_repaired_run_is_finished_when_its_jobs_are(client: Client, database: Database, pecan: Pecan) -> None:
    """The moment of the end follows the counters, as it does when jobs move."""
    make_job(client, "r", status="pass")
    damage(database, "UPDATE runs SET n_queued = 1, finished = NULL")

    pecan("recount", code=1)

    assert run_of(client, "r")["status"] == "finished pass"
    with Session(database.reader) as session:
        assert session.scalar(text("SELECT runs.finished = jobs.finished FROM runs JOIN jobs ON run_id = runs.id"))


def test_runs_beyond_one_stretch_are_counted(
    client: Client, database: Database, pecan: Pecan, now: datetime.datetime
) -> None:
    """However many runs there are, all are looked at."""
    many = upkeep.BATCH + 3
    damage(
        database,
        f"INSERT INTO runs (name, scheduled, posted, n_fail) SELECT 'r' || n, now(), now(), CAST(n = {many} AS int) "
        f"FROM generate_series(1, {many}) AS n",
    )

    printed = pecan("recount", code=1)

    assert printed.startswith(f"r{many}: fail 1, counted 0; now empty\n{many} runs counted")


def test_a_job_leased_without_a_lease_is_offered_again(client: Client, database: Database, pecan: Pecan) -> None:
    """Nobody would ever get it otherwise."""
    make_job(client, "r", queue="q")
    damage(database, "UPDATE jobs SET leased = true")

    assert "r/1: leased without a lease\n1 runs counted: 0 runs, 1 leased jobs and 0 tests repaired" in pecan(
        "recount", code=1
    )

    assert client.get("/queue/pop_queue?queue=q").json["job_id"] == "1"


def test_a_lease_without_a_leased_job_is_respected(client: Client, database: Database, pecan: Pecan) -> None:
    """The job is kept for whoever has the lease."""
    make_queue(client, "q")
    make_job(client, "r", queue="q")
    client.get("/queue/pop_queue?queue=q")
    damage(database, "UPDATE jobs SET leased = false")

    assert "r/1: not leased with a lease" in pecan("recount", "--check", code=1)
    assert "r/1: not leased with a lease" in pecan("recount", code=1)

    assert inexact(database) == []
    assert client.get("/queue/pop_queue?queue=q").json is None


def test_a_repair_waits_for_reports_under_way(wrong: Database, pecan: Pecan, now: datetime.datetime) -> None:
    """A job that moves while its run is repaired is counted once, whoever comes first: here the report does."""
    with Session(wrong.writer, writes=True) as session:
        job = job_search.one(session, "r", "1")
        jobs.move(session, [job.id], "pass", now)
        repair = threading.Thread(target=pecan, args=("recount",), kwargs={"code": 1})
        repair.start()
        wait_for_a_waiter(wrong)
        session.commit()
    repair.join(timeout=60)

    assert inexact(wrong) == []


def test_reports_wait_for_a_repair_under_way(wrong: Database, now: datetime.datetime) -> None:
    """And here the repair does."""
    with Session(wrong.writer, writes=True) as session:
        job = job_search.one(session, "r", "1")
        repaired = upkeep.repair(session, job_search.run_id(session, "r"))
        report = threading.Thread(
            target=transact, args=(wrong, lambda other: jobs.move(other, [job.id], "pass", now)), daemon=True
        )
        report.start()
        wait_for_a_waiter(wrong)
        session.commit()
    report.join(timeout=60)

    assert repaired is not None
    assert inexact(wrong) == []


def test_what_somebody_else_repaired_is_not_repaired_again(wrong: Database) -> None:
    """Between looking and locking another process may have been faster, or the run may have gone."""

    def twice(session: Session) -> list[bool]:
        run_id = job_search.run_id(session, "r")
        return [upkeep.repair(session, each) is not None for each in (run_id, run_id, run_id + 1)]

    assert [True, False, False] == transact(wrong, twice)


def test_a_test_whose_counters_differ_is_repaired(client: Client, database: Database, pecan: Pecan) -> None:
    """It is called by its run, its job and its own name; a look alone changes nothing."""
    make_job(client, "r", status="pass")
    suite = Suite("s", (case("a", "pass"), case("b", "fail")), "fail")
    suites = [suite, replace(suite, name="t")]
    transact(database, lambda session: load.store(session, job_search.one(session, "r", "1").id, suites, NOW))
    damage(database, "UPDATE tests SET n_pass = 5, n_skip = 1 WHERE name = 's'")

    wrong = "r/1/s: pass 5, counted 1, skip 1, counted 0\n1 runs counted: 0 runs, 0 leased jobs and 1 tests "
    assert f"{wrong}would be repaired\n" == pecan("recount", "--check", code=1)
    assert f"{wrong}repaired\n" == pecan("recount", code=1)

    assert inexact(database) == []
    assert pecan("recount").endswith("0 tests repaired\n")


def test_set_status_repairs_runs_marked_running(client: Client, database: Database, pecan: Pecan) -> None:
    """One that has no running job any more gets the status of its jobs."""
    make_job(client, "r", status="pass")
    damage(database, "UPDATE runs SET n_running = 1, n_pass = 0")

    printed = pecan("set_status")

    assert printed == "r: running 1, counted 0, pass 0, counted 1; now finished pass\n1 runs changed\n"
    assert run_of(client, "r")["status"] == "finished pass"


def test_set_status_leaves_others_alone(client: Client, database: Database, pecan: Pecan) -> None:
    """Runs not marked running are for `recount`."""
    make_job(client, "r", status="pass")
    damage(database, "UPDATE runs SET n_pass = 2")

    assert pecan("set_status") == "0 runs changed\n"
    assert run_of(client, "r")["results"]["pass"] == 2
