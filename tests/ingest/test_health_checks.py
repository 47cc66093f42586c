"""Health checks that labs make of their boards: jobs of a suite of their own, of which nothing of kernels follows."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.ingest.kernel_units import ENDED, LAVA_KEY, LAVA_RUN, lava, load, tables, token_of
from tests.ingest.lavas import INCOMPLETE, RUNNING
from tests.units import inexact, job_of, rows

RUN = "lab-x~health-check~2026-01-31"
JOBS = "SELECT runs.name, jobs.key FROM jobs JOIN runs ON runs.id = jobs.run_id"


def test_a_health_check_is_a_job_of_its_board(client: Client, database: Database, settings: Settings) -> None:
    """In the run of its lab and day, whatever kernel it is of, with tests and log; there is no boot, and no mark."""
    load(client, database, settings, "lava", lava(health_check=True))

    job = job_of(database, RUN, LAVA_KEY)
    assert ("pass", "health-check") == (job.status, job.suite)
    assert [LAVA_KEY] == [each["job_id"] for each in client.get("/nodes/qemu01/jobs/").json]
    assert [] == rows(database, "SELECT FROM marks")
    assert [] == inexact(database)
    assert 0 == client.get("/boots").json["total"]
    log = client.get(f"/runs/{RUN}/jobs/{LAVA_KEY}/log?format=json").json
    assert log["lines"] > 0


def test_one_told_again_replaces_what_was_said(client: Client, database: Database, settings: Settings) -> None:
    """Its status and its tests."""
    load(client, database, settings, "lava", lava(health_check=True))
    before = tables(database)
    load(client, database, settings, "lava", lava(health_check=True, status=INCOMPLETE))

    assert "fail" == job_of(database, RUN, LAVA_KEY).status
    assert before == tables(database)
    assert [] == inexact(database)


def test_one_that_goes_on_at_midnight_is_one_job(client: Client, database: Database, settings: Settings) -> None:
    """Of the day on which it began; that it runs is not believed when it has ended."""
    goes_on = lava(health_check=True, status=RUNNING, status_string="running", end_time="")
    load(client, database, settings, "lava", goes_on)
    assert "running" == job_of(database, RUN, LAVA_KEY).status
    load(client, database, settings, "lava", lava(health_check=True, end_time="2026-02-01 00:03:00.000000+00:00"))
    load(client, database, settings, "lava", {**goes_on, "description": "later"})

    assert [(RUN, LAVA_KEY)] == [tuple(row) for row in rows(database, JOBS)]
    assert "pass" == job_of(database, RUN, LAVA_KEY).status
    assert [] == inexact(database)


@pytest.mark.parametrize("said", [False, None, "", "false", 0, 1, [True], {"a": 1}])
def test_other_jobs_are_not(client: Client, database: Database, settings: Settings, said: Any) -> None:
    """Nor where that is said in words that mean nothing."""
    load(client, database, settings, "lava", lava(health_check=said))

    assert "baseline" == job_of(database, LAVA_RUN, LAVA_KEY).suite


def test_a_lab_may_say_later_what_it_was(client: Client, database: Database, settings: Settings) -> None:
    """The job moves, and takes its results out of what was made of them."""
    load(client, database, settings, "lava", lava())
    assert rows(database, "SELECT FROM marks")

    load(client, database, settings, "lava", lava(health_check=True, end_time=ENDED.replace("12:30", "12:50")))

    assert [(RUN, LAVA_KEY)] == [tuple(row) for row in rows(database, JOBS)]
    assert [] == rows(database, "SELECT FROM marks")
    assert [] == inexact(database)


def test_a_callback_of_one_needs_no_kernel(client: Client, database: Database, settings: Settings) -> None:
    """What else a lab tells of has to say of which kernel it is."""
    lab = token_of(database, "lab-x")
    place = "/callback/lava/test?lab_name=lab-x"

    client.send("POST", place, lava({"device.type": "qemu"}), status=400, **lab)
    href = client.send("POST", place, lava({"device.type": "qemu"}, health_check=True), status=202, **lab).json["href"]
    load(client, database, settings, "lava", lava(id=8, health_check=True, lab_name="lab-y"))

    assert f"/runs/{RUN}/jobs/{LAVA_KEY}/" == client.get(href).json["job"]
    assert "pass" == job_of(database, RUN.replace("lab-x", "lab-y"), "lab-y-8").status
