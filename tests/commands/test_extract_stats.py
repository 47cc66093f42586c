"""``pecan extract_stats``: what jobs uploaded becomes their tests and cases."""

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from paddles.archive import contents
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.commands.conftest import SCRIPT, Pecan
from tests.concurrency.threads import inexact
from tests.ingest.test_recognition import JUNIT, KUNIT, TAP
from tests.processes import environment
from tests.units import rows
from tests.waiting import until

RUN = "mine"
TASKS = "SELECT id, key, status, reason, kind, leased, attempt FROM jobs WHERE kind = 'task' ORDER BY id"


def ran(client: Client, health: str = "", **uploaded: bytes) -> str:
    """Run a job from its submission to its end, with files uploaded meanwhile, and return its number."""
    job = {"suite": "nap", "testbox": "vm-1", "submit_id": RUN}
    job_id = str(client.send("POST", "/scheduler/v1/jobs/submit", job).text)
    client.get("/boot.container/host/vm-1")
    for name, content in uploaded.items():
        path = name.replace("__", "/").replace("_", ".")
        client.send("PUT", f"/result/nap/{job_id}/{path}?job_id={job_id}", content)
    client.get(f"/~lkp/cgi-bin/lkp-post-run?job_id={job_id}&job_health={health}")
    return job_id


def found_of(client: Client, job_id: str) -> dict[str, dict[str, Any]]:
    """Return the tests of a job by name."""
    return {test["name"]: test for test in client.get(f"/runs/{RUN}/jobs/{job_id}/tests/").json}


def test_what_jobs_left_becomes_tests(client: Client, database: Database, pecan: Pecan) -> None:
    """From the upload to the answer: tests with their cases, counted exactly; the task has passed."""
    job_id = ran(client, results_xml=JUNIT, dmesg=KUNIT, other__out_tap=TAP, job_sh=b"#!/bin/sh\n")
    (task,) = rows(database, TASKS)
    assert (job_id, "queued", "task") == (task.key, task.status, task.kind)

    assert "1 extracted\n" == pecan("extract_stats", "--once")

    found = found_of(client, job_id)
    assert {"s": "junit", "lists": "kunit", "other/out": "tap"} == {name: t["context"] for name, t in found.items()}
    assert all(1 == test["results"]["pass"] == test["results"]["total"] for test in found.values())
    (task,) = rows(database, TASKS)
    assert ("pass", None, False) == (task.status, task.reason, task.leased)
    assert [] == inexact(database)
    assert "0 extracted\n" == pecan("extract_stats", "--once")


def test_the_verdict_of_a_job_stays(client: Client, pecan: Pecan) -> None:
    """It fell when the job ended; neither good nor bad statistics change it."""
    bad = ran(client, results_xml=JUNIT.replace(b'"a"/>', b'"a"><failure/></testcase>'))
    good = ran(client, "fail", results_xml=JUNIT)
    before = [client.get(f"/runs/{RUN}/jobs/{job_id}/").json for job_id in (bad, good)]

    pecan("extract_stats", "--once")

    assert before == [client.get(f"/runs/{RUN}/jobs/{job_id}/").json for job_id in (bad, good)]
    assert ["pass", "fail"] == [job["status"] for job in before]
    assert ["fail", "pass"] == [found_of(client, job_id)["s"]["status"] for job_id in (bad, good)]


def test_a_job_without_files_waits_for_nothing(client: Client, database: Database, pecan: Pecan) -> None:
    """Nor does one that is ended twice wait twice."""
    ran(client)
    assert [] == rows(database, TASKS)

    job_id = ran(client, results_xml=JUNIT)
    client.get(f"/~lkp/cgi-bin/lkp-post-run?job_id={job_id}")
    assert 1 == len(rows(database, TASKS))


def test_a_job_that_says_it_has_files_and_has_none_waits_for_nothing(client: Client, database: Database) -> None:
    """Its machine may say so itself; what counts is what came. Nor does a file count less for what it says."""
    for says, uploaded in (("uploaded", {}), ("N/A", {"dmesg": KUNIT})):
        job = {"suite": "nap", "testbox": "vm-1", "submit_id": RUN}
        job_id = str(client.send("POST", "/scheduler/v1/jobs/submit", job).text)
        client.get("/boot.container/host/vm-1")
        for name, content in uploaded.items():
            client.send("PUT", f"/result/nap/{job_id}/{name}?job_id={job_id}", content)
        client.get(f"/~lkp/cgi-bin/lkp-jobfile-append-var?job_id={job_id}&job_data_readiness={says}")
        client.get(f"/~lkp/cgi-bin/lkp-post-run?job_id={job_id}")

        assert len(uploaded) == len(rows(database, TASKS))


def test_files_that_say_nothing_are_no_mistake(client: Client, database: Database, pecan: Pecan) -> None:
    """The job then has no tests."""
    job_id = ran(client, dmesg=b"[    0.1] Linux version 6\n")

    assert "1 extracted\n" == pecan("extract_stats", "--once")

    assert {} == found_of(client, job_id)
    assert ["pass"] == [task.status for task in rows(database, TASKS)]


def test_a_file_that_cannot_be_read_fails_the_task(
    client: Client, database: Database, settings: Settings, pecan: Pecan
) -> None:
    """With the reason; what could be read is stored all the same."""
    job_id = ran(client, broken_xml=JUNIT[:-3], dmesg=KUNIT, gone_tap=TAP)
    contents.forget(contents.store(settings), [contents.digest(TAP)])

    pecan("extract_stats", "--once")

    (task,) = rows(database, TASKS)
    assert "fail" == task.status
    assert "broken.xml: not XML" in task.reason
    assert "gone.tap: No such file" in task.reason
    assert ["lists"] == list(found_of(client, job_id))
    assert task.reason == client.get(f"/runs/extract_stats/jobs/{job_id}/").json["failure_reason"]


def test_a_task_that_names_no_job_fails(client: Client, database: Database, pecan: Pecan) -> None:
    """Whoever made it."""
    ran(client, dmesg=KUNIT)
    with database.writer.begin() as session:
        session.execute(text('UPDATE jobs SET document = \'{"content": {"id": "x"}}\' WHERE kind = \'task\''))

    assert "1 extracted\n" == pecan("extract_stats", "--once")
    assert ["the task names no job"] == [task.reason for task in rows(database, TASKS)]


def test_a_job_that_was_deleted_meanwhile_has_no_tests(client: Client, database: Database, pecan: Pecan) -> None:
    """And nobody is kept busy by it."""
    ran(client, dmesg=KUNIT)
    client.delete(f"/runs/{RUN}/")

    assert "1 extracted\n" == pecan("extract_stats", "--once")
    assert ["pass"] == [task.status for task in rows(database, TASKS)]


def test_a_task_over_which_everybody_dies_is_given_up(client: Client, database: Database, pecan: Pecan) -> None:
    """After as many attempts as a job has."""
    job_id = ran(client, dmesg=KUNIT)
    with database.writer.begin() as session:
        session.execute(text("UPDATE jobs SET attempt = 3 WHERE kind = 'task'"))

    pecan("extract_stats", "--once")

    assert [("fail", "given up after 3 attempts")] == [(t.status, t.reason) for t in rows(database, TASKS)]
    assert {} == found_of(client, job_id)


def test_somebody_elses_job_in_the_run_of_tasks_harms_nobody(client: Client, database: Database) -> None:
    """The end of a job is not refused because its task cannot be made."""
    job = {"suite": "nap", "testbox": "vm-1", "submit_id": RUN}
    job_id = str(client.send("POST", "/scheduler/v1/jobs/submit", job).text)
    client.get("/boot.container/host/vm-1")
    client.send("PUT", f"/result/nap/{job_id}/dmesg?job_id={job_id}", KUNIT)
    client.send("POST", "/runs/extract_stats/jobs/", {"job_id": job_id})

    assert "Done\n" == client.get(f"/~lkp/cgi-bin/lkp-post-run?job_id={job_id}").text
    assert [] == rows(database, TASKS)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_works_until_told_to_end(client: Client, config_file: Path, end: signal.Signals) -> None:
    """As supervisors run it; SIGTERM and Ctrl-C end it with 0."""
    with subprocess.Popen([SCRIPT, "extract_stats", config_file], env=environment()) as extractor:
        try:
            job_id = ran(client, dmesg=KUNIT)
            until(lambda: found_of(client, job_id) != {})
        finally:
            extractor.send_signal(end)

    assert 0 == extractor.returncode
