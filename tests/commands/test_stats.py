"""``pecan node_jobs``, ``queue_stats`` and ``node_stats``: what ran where, when and for how long."""

import datetime
import json
from pathlib import Path
from typing import Any

from sqlalchemy import text

from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.factories import make_job, make_node, make_run

DAY = datetime.timedelta(days=1)


def noon(days_ago: float = 0) -> datetime.datetime:
    """Return the noon of today, or so many days earlier."""
    today = datetime.datetime.now(datetime.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return today - days_ago * DAY


def change(database: Database, statement: str, **values: Any) -> None:
    """Execute a statement: times are the server's to say, and tests must say them."""
    with database.writer.begin() as session:
        session.execute(text(statement), values)


def last_updated(database: Database, run: str, moment: datetime.datetime) -> None:
    """Let the jobs of a run have been updated then."""
    statement = "UPDATE jobs SET updated = :moment FROM runs WHERE runs.id = run_id AND name = :run"
    change(database, statement, moment=moment, run=run)


def test_node_jobs_prints_the_last_updated(client: Client, database: Database, pecan: Pecan) -> None:
    """Newest first, one a line, of all nodes that begin so; each once."""
    for name, node, days in (("a", "smithi001", 3), ("b", "smithi002", 1), ("c", "mira001", 2)):
        make_job(client, name, targets={f"ubuntu@{node}": "key"})
        last_updated(database, name, noon(days))
    make_job(client, "d", job_id="7", targets={"ubuntu@smithi001": "key", "smithi002": "key"})
    last_updated(database, "d", noon(2))

    assert pecan("node_jobs", "smithi001") == "d/7/\na/1/\n"
    assert pecan("node_jobs", "smithi") == "b/1/\nd/7/\na/1/\n"
    assert pecan("node_jobs", "smithi", "-c", "2") == "b/1/\nd/7/\n"


def test_node_jobs_prints_ten(client: Client, pecan: Pecan) -> None:
    """Unless told otherwise."""
    for number in range(12):
        make_job(client, "r", job_id=number, targets={"smithi001": "key"})

    assert len(pecan("node_jobs", "smithi001").splitlines()) == 10
    assert len(pecan("node_jobs", "smithi001", "--job-count", "11").splitlines()) == 11


def test_node_jobs_takes_names_literally(client: Client, pecan: Pecan) -> None:
    """Wildcards of SQL are letters like others."""
    make_node(client, "a1")

    assert pecan("node_jobs", "a1") == ""
    assert pecan("node_jobs", "_1", code=1) == "paddles: no node's name begins with _1\n"
    assert pecan("node_jobs", "%", code=1) == "paddles: no node's name begins with %\n"


def schedule(database: Database, run: str, moment: datetime.datetime) -> None:
    """Let a run have been scheduled then."""
    change(database, "UPDATE runs SET scheduled = :moment WHERE name = :run", moment=moment, run=run)


def test_queue_stats_prints_a_line_a_day(client: Client, database: Database, pecan: Pecan) -> None:
    """How many jobs were scheduled, how many passed or failed; days without any too, today last."""
    for number, status in enumerate(("pass", "fail", "dead"), start=1):
        make_job(client, "a", job_id=number, status=status)
    make_job(client, "b", status="queued")
    make_job(client, "older", status="pass")
    for run, days in (("a", 2), ("b", 0), ("older", 3)):
        schedule(database, run, noon(days))
    dates = [noon(days).date() for days in (2, 1, 0)]

    assert pecan("queue_stats", "3").splitlines() == [
        f"{dates[0]}: 3 scheduled, 2 completed (67%)",
        f"{dates[1]}: 0 scheduled, 0 completed (0%)",
        f"{dates[2]}: 1 scheduled, 0 completed (0%)",
    ]


def test_queue_stats_counts_days_of_the_configured_zone(
    client: Client, database: Database, pecan: Pecan, config_file: Path
) -> None:
    """A day begins when it does where the lab is."""
    config_file.write_text(config_file.read_text() + "timezone = 'Pacific/Auckland'\n")
    make_job(client, "a", status="pass")
    schedule(database, "a", datetime.datetime.now(datetime.UTC))

    assert "1 scheduled, 1 completed (100%)" in pecan("queue_stats", "1")


def finish(database: Database, run: str, posted: datetime.datetime, waited_s: int, runtime_s: int) -> None:
    """Let the jobs of a run have been posted, started and finished so."""
    started = posted + datetime.timedelta(seconds=waited_s)
    finished = started + datetime.timedelta(seconds=runtime_s)
    change(
        database,
        """UPDATE jobs SET posted = :posted, started = :started, finished = :finished
        FROM runs WHERE runs.id = run_id AND name = :run AND jobs.finished IS NOT NULL""",
        posted=posted, started=started, finished=finished, run=run,
    )  # fmt: skip


def test_node_stats_is_a_list_of_finished_jobs(client: Client, database: Database, pecan: Pecan) -> None:
    """Seconds of each phase, and on how many nodes."""
    said = {"suite": "rados", "description": "rados/one", "duration": 90, "targets": {"a@n1": "k", "a@n2": "k"}}
    make_job(client, "a", status="pass", **said)
    make_job(client, "b", job_id=2, status="dead")
    make_job(client, "b", job_id=3, status="running")
    finish(database, "a", noon(1), 30, 120)
    finish(database, "b", noon(0.5), 5, 10)

    assert json.loads(pecan("node_stats", "2")) == [
        {
            "job": "a/1",
            "status": "pass",
            "suite": "rados",
            "nodes": 2,
            "duration": 90,
            "runtime": 120.0,
            "waited": 30.0,
            "description": "rados/one",
        },
        {
            "job": "b/2",
            "status": "dead",
            "suite": "",
            "nodes": 0,
            "duration": 0,
            "runtime": 10.0,
            "waited": 5.0,
            "description": None,
        },
    ]


def test_node_stats_can_be_of_one_machine_type(client: Client, database: Database, pecan: Pecan) -> None:
    """Exactly that type; nothing found is an empty list."""
    make_job(client, "a", status="pass", machine_type="smithi")
    make_job(client, "b", status="pass", machine_type="smithi,mira")
    for run in "ab":
        finish(database, run, noon(), 1, 1)

    assert [job["job"] for job in json.loads(pecan("node_stats", "1", "-m", "smithi"))] == ["a/1"]
    assert json.loads(pecan("node_stats", "1", "--machine-type", "mira")) == []


def test_node_stats_goes_back_so_many_days(client: Client, database: Database, pecan: Pecan) -> None:
    """Jobs posted before are left out, and so are jobs that never started."""
    make_job(client, "a", status="pass")
    make_job(client, "never", status="dead")
    finish(database, "a", noon(2), 1, 1)

    assert json.loads(pecan("node_stats", "2")) == []
    assert [job["job"] for job in json.loads(pecan("node_stats", "3"))] == ["a/1"]


def test_node_stats_reads_any_number(client: Client, database: Database, pecan: Pecan) -> None:
    """More jobs than are read at once, some posted at the same moment, come out once each."""
    make_run(client, "r")
    many = 2100
    change(
        database,
        """INSERT INTO jobs (run_id, key, status, posted, started, updated, finished, document, answer)
        SELECT runs.id, n, 'pass', now(), now(), now(), now(), '{}', '{}' FROM runs, generate_series(1, :many) AS n""",
        many=many,
    )

    assert {job["job"] for job in json.loads(pecan("node_stats", "1"))} == {f"r/{n}" for n in range(1, many + 1)}
