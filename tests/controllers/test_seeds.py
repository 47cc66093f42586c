"""The examples of the documents that the service grew from, as written or as their successors corrected them."""

from typing import Any

import pytest

from tests.client import Client
from tests.factories import job_of, make_job, make_run, run_of

RADOS = "teuthology-2013-09-25_23:00:06-rados-master-testing-basic-plana"
UPGRADE = "teuthology-2013-09-26_01:30:26-upgrade-fs-next-testing-basic-plana"
NEXT = "teuthology-2013-09-26_01:30:26-rados-next-testing-basic-plana"
NIGHTLY = "teuthology-2013-09-01_23:59:59-rados-master-testing-basic-plana"
SUMMARY = "application/vnd.paddles.summary+json"

# The object of the first README: each key null until it is reported, but for the id.
FIRST_JOB = {
    "archive_path": None,
    "kernel": None,
    "teuthology_branch": None,
    "tasks": None,
    "verbose": None,
    "description": None,
    "roles": None,
    "overrides": None,
    "pid": None,
    "success": None,
    "name": None,
    "targets": None,
    "owner": None,
    "last_in_suite": None,
    "os_type": None,
    "machine_type": None,
    "nuke_on_error": None,
    "duration": None,
    "flavor": None,
    "email": None,
    "job_id": "1",
}
# The keys that the README says are saved, each with a value.
SAVED: dict[str, Any] = {
    "name": NIGHTLY,
    "email": "ceph-qa@example.org",
    "archive_path": "/a/1",
    "description": "collection:basic",
    "duration": 100,
    "flavor": "basic",
    "kernel": {"sha1": "x"},
    "last_in_suite": False,
    "machine_type": "plana",
    "mon.a_kernel_sha1": "a" * 40,
    "mon.b_kernel_sha1": "b" * 40,
    "nuke_on_error": True,
    "os_type": "ubuntu",
    "overrides": {"ceph": {}},
    "owner": "ann@example",
    "pid": "123",
    "roles": [["mon.a"]],
    "success": True,
    "targets": {"ubuntu@plana01": "key"},
    "tasks": [{"ceph": None}],
    "teuthology_branch": "master",
    "verbose": True,
}


def make_jobs(client: Client, run: str, **counts: int) -> None:
    """Create so many jobs of each status in a run."""
    statuses = [status for status, count in counts.items() for _ in range(count)]
    for number, status in enumerate(statuses):
        make_job(client, run, job_id=number, status=status.rstrip("_"))


def summary(run: str, status: str, **results: int) -> dict[str, Any]:
    """Return what the README shows of a run."""
    counts = {name.rstrip("_"): count for name, count in results.items()}
    return {"href": f"http://paddles.example/runs/{run}/", "status": status, "results": counts}


@pytest.fixture
def readme(client: Client) -> Client:
    """The three runs of the README's first example."""
    make_jobs(client, RADOS, pass_=10, running=15)
    make_jobs(client, UPGRADE, pass_=3, queued=4, waiting=3, running=2, unknown=1, fail=1)
    make_jobs(client, NEXT, pass_=8, fail=1, dead=1)
    return client


def test_recent_runs_are_summarised(readme: Client) -> None:
    """``?format=summary``, or its media type, gives the README's object: runs by name, three results each.

    Dead jobs count as failed; whatever is not finished counts as running.
    """
    expected = {
        NEXT: summary(NEXT, "finished", pass_=8, running=0, fail=2),
        UPGRADE: summary(UPGRADE, "running", pass_=3, running=10, fail=1),
        RADOS: summary(RADOS, "running", pass_=10, running=15, fail=0),
    }

    answer = readme.get("/runs/?format=summary")

    assert expected == answer.json
    assert [NEXT, UPGRADE, RADOS] == list(answer.json)
    assert expected == readme.get("/runs/", headers={"Accept": SUMMARY}).json


def test_the_summary_has_the_latest_hundred(client: Client) -> None:
    """100 runs by default, with ``count`` and ``page`` as in any list."""
    for number in range(102):
        make_run(client, f"run-{number:03}")

    assert 100 == len(client.get("/runs/?format=summary").json)
    assert ["run-001", "run-000"] == list(client.get("/runs/?format=summary&page=2").json)
    assert ["run-099", "run-098"] == list(client.get("/runs/?format=summary&count=2&page=2").json)
    assert 25 == len(client.get("/runs/").json)


def test_filtered_runs_are_summarised_too(readme: Client) -> None:
    """The form works at the address of every filter."""
    assert [RADOS] == list(readme.get("/runs/branch/master/suite/rados/?format=summary").json)
    assert [UPGRADE] == list(readme.get("/runs/queued/?format=summary").json)
    assert [NEXT, UPGRADE] == sorted(readme.get("/runs/date/from/2013-09-26/to/2013-09-26?format=summary").json)


def test_a_run_without_jobs_is_finished(client: Client) -> None:
    """In the summary nothing of an empty run is running."""
    make_run(client, RADOS)

    assert {RADOS: summary(RADOS, "finished", pass_=0, running=0, fail=0)} == client.get("/runs/?format=summary").json


def test_a_run_is_created_by_its_name(client: Client) -> None:
    """The README's body is enough: 200; again, or without a name, it is an invalid request."""
    client.post_json("/runs/", {"name": NIGHTLY}, status=200)

    client.refused("POST", "/runs/", 400, {"name": NIGHTLY})
    client.refused("POST", "/runs/", 400, {})
    assert ("teuthology", "rados", "master") == tuple(run_of(client, NIGHTLY)[k] for k in ("user", "suite", "branch"))


def test_a_runs_jobs_are_summarised(client: Client) -> None:
    """The run itself in the short form is an object keyed by job id, each job counted as one."""
    for key, status in (("1500", "running"), ("1501", "pass"), ("1502", "dead")):
        make_job(client, NIGHTLY, job_id=key, status=status)
    href = f"http://paddles.example/runs/{NIGHTLY}/jobs"

    answer = client.get(f"/runs/{NIGHTLY}/?format=summary").json

    expected = {
        "1500": {"href": f"{href}/1500/", "status": "running", "results": {"pass": 0, "running": 1, "fail": 0}},
        "1501": {"href": f"{href}/1501/", "status": "finished", "results": {"pass": 1, "running": 0, "fail": 0}},
        "1502": {"href": f"{href}/1502/", "status": "finished", "results": {"pass": 0, "running": 0, "fail": 1}},
    }
    assert expected == answer
    assert expected == client.get(f"/runs/{NIGHTLY}/", headers={"Accept": SUMMARY}).json


def test_the_readmes_address_of_a_job_works(client: Client) -> None:
    """``/runs/<name>/<job_id>/`` is the job."""
    make_job(client, NIGHTLY, job_id="1500")

    assert job_of(client, NIGHTLY, job_id="1500") == client.get(f"/runs/{NIGHTLY}/1500/").json


def test_a_runs_jobs_are_listed(client: Client) -> None:
    """An empty list without jobs, else objects with at least the README's keys."""
    make_run(client, NIGHTLY)
    empty = client.get(f"/runs/{NIGHTLY}/jobs/").json

    client.post_json(f"/runs/{NIGHTLY}/jobs/", {"job_id": "1"})

    [job] = client.get(f"/runs/{NIGHTLY}/jobs/").json
    assert [] == empty
    assert FIRST_JOB == {key: job[key] for key in FIRST_JOB}


def test_every_key_of_the_readme_is_saved(client: Client) -> None:
    """The dot of a kernel's key becomes an underscore; keys outside the schema are ignored."""
    client.post_json(f"/runs/{NIGHTLY}/jobs/", {"job_id": 1, "not-in-the-schema": 1, **SAVED}, status=200)

    job = job_of(client, NIGHTLY)

    assert {**SAVED, "job_id": "1"} == {key: job[key.replace(".", "_")] for key in (*SAVED, "job_id")}
    assert "not-in-the-schema" not in job
    assert "not_in_the_schema" not in job


@pytest.mark.parametrize("key", sorted(SAVED))
def test_any_key_of_the_readme_may_be_put(client: Client, key: str) -> None:
    """PUT takes each key alone."""
    make_job(client, NIGHTLY)

    client.put_json(f"/runs/{NIGHTLY}/jobs/1/", {key: SAVED[key]}, status=200)

    assert SAVED[key] == job_of(client, NIGHTLY)[key.replace(".", "_")]


def test_the_id_of_a_job_never_changes(client: Client) -> None:
    """``job_id`` in a PUT has no effect."""
    make_job(client, NIGHTLY)

    client.put_json(f"/runs/{NIGHTLY}/jobs/1/", {"job_id": "2"}, status=200)

    assert "1" == job_of(client, NIGHTLY)["job_id"]


def test_results_follow_from_jobs_and_cannot_be_written(client: Client) -> None:
    """What a client says of a run's results is ignored; they move with its jobs."""
    client.post_json("/runs/", {"name": NIGHTLY, "results": {"pass": 99}, "status": "finished pass"})
    before = run_of(client, NIGHTLY)

    make_job(client, NIGHTLY, status="pass")

    after = run_of(client, NIGHTLY)
    assert ("empty", 0) == (before["status"], before["results"]["pass"])
    assert ("finished pass", 1) == (after["status"], after["results"]["pass"])


def test_a_missing_run_or_job_is_not_found(client: Client) -> None:
    """The README's 404s, but for the first job of a run, which makes the run."""
    make_run(client, NIGHTLY)

    client.get("/runs/nope/", status=404)
    client.get("/runs/nope/jobs/", status=404)
    client.put_json("/runs/nope/jobs/1/", {"success": True}, status=404)
    client.put_json(f"/runs/{NIGHTLY}/jobs/1/", {"success": True}, status=404)
    client.post_json("/runs/new/jobs/", {"job_id": 1}, status=200)
