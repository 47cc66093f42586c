"""What a job says of itself: each key stored, transformed and shown."""

from typing import Any

import pytest

from tests.client import Client
from tests.factories import RUN, job_of, make_job, run_of

JOBS = f"/runs/{RUN}/jobs"
JOB = f"{JOBS}/1/"
KEYS = set(
    """archive_path description duration email failure_reason flavor job_id kernel last_in_suite machine_type name
    nuke_on_error os_type os_version overrides owner package_source pcp_grafana_url pid priority queue roles
    seed sentry_event sha1 status subset success suite suite_branch suite_path suite_relpath suite_repo suite_sha1
    targets tasks teuthology_branch timestamp user verbose branch posted started updated log_href""".split()
)
# One value of every key that a client may write, as it is read again.
WRITTEN: dict[str, Any] = {
    "archive_path": "/a/teuthology-2026/1",
    "branch": "wip/x",
    "description": "rados/thrash {clusters/fixed-2 msgr/async}",
    "duration": 1234,
    "email": "ceph-qa@example.org",
    "failure_reason": "Command failed on smithi001 with status 1: 'sudo true'",
    "flavor": "default",
    "job_id": "1",
    "kernel": {"kdb": True, "sha1": "distro"},
    "last_in_suite": False,
    "machine_type": "smithi",
    "name": RUN,
    "nuke_on_error": True,
    "os_type": "ubuntu",
    "os_version": "22.04",
    "overrides": {"ceph": {"conf": {"osd": {"debug osd": 20}}, "log-ignorelist": ["\\(OSD_"]}},
    "owner": "scheduled_teuthology@example",
    "package_source": "shaman",
    "pcp_grafana_url": "https://pcp.example/d?a=1&b=2",
    "pid": "4711",
    "priority": 75,
    "queue": "smithi",
    "roles": [["mon.a", "osd.0"], ["client.0"]],
    "seed": -1,
    "sentry_event": "https://sentry.example/1",
    "sha1": "deadbeef" * 5,
    "status": "running",
    "subset": "3/1000",
    "success": None,
    "suite": "rados",
    "suite_branch": "main",
    "suite_path": "/srv/qa",
    "suite_relpath": "qa",
    "suite_repo": "https://git.example/ceph.git",
    "suite_sha1": "c" * 40,
    "targets": {"ubuntu@smithi001.front.example": "ssh-ed25519 AAAA"},
    "tasks": [{"install": None}, {"ceph": {"fs": "xfs"}}],
    "teuthology_branch": "main",
    "timestamp": "2026-01-31 23:00:06",
    "user": "teuthology",
    "verbose": True,
}


def test_every_documented_key_is_stored_and_shown(client: Client) -> None:
    """What a job says of itself is read again as it was written, key by key; no key is missing and none is new."""
    client.post_json(f"{JOBS}/", WRITTEN)

    job = job_of(client)

    assert WRITTEN == {key: job[key] for key in WRITTEN}
    assert KEYS == set(job)
    assert 45 == len(job)


def test_every_documented_key_may_be_put(client: Client) -> None:
    """PUT takes the same keys one at a time; the last that tells the status is a ``success`` of nothing."""
    make_job(client, status="queued")
    for key, value in WRITTEN.items():
        client.put_json(JOB, {key: value}, status=200)

    job = job_of(client)

    expected = {**WRITTEN, "status": "unknown"}
    assert expected == {key: job[key] for key in WRITTEN}


def test_what_was_never_said_is_null(client: Client) -> None:
    """A job of an id alone shows every key, null but for its id, status, times and the log it has no address of."""
    client.post_json(f"{JOBS}/", {"job_id": 1})

    job = job_of(client)

    said = {key for key, value in job.items() if value is not None}
    assert {"job_id", "status", "posted", "updated", "log_href"} == said
    assert KEYS == set(job)
    assert "unknown" == job["status"]


def test_the_order_of_keys_within_a_value_is_kept(client: Client) -> None:
    """The order of a JSON object's keys is the order in which a job's programs run."""
    make_job(client, tasks={"z": 1, "a": {"y": 1, "b": 2}, "m": []})

    assert b'{"z":1,"a":{"y":1,"b":2},"m":[]}' in client.get(JOB).body


def test_dashes_and_dots_in_keys_become_underscores(client: Client) -> None:
    """``os-type`` is ``os_type`` and ``mon.a_kernel_sha1`` is ``mon_a_kernel_sha1``; below the top nothing changes."""
    client.post_json(f"{JOBS}/", {"job_id": 1, "os-type": "centos", "nuke-on-error": True, "mon.a_kernel_sha1": "a",
                                  "mon.b_kernel_sha1": "b", "overrides": {"log-rotate": {"a.b": 1}}})  # fmt: skip

    job = job_of(client)

    assert ("centos", True, "a", "b") == (
        job["os_type"], job["nuke_on_error"], job["mon_a_kernel_sha1"], job["mon_b_kernel_sha1"])  # fmt: skip
    assert {"log-rotate": {"a.b": 1}} == job["overrides"]


def test_numbers_do_for_text(client: Client) -> None:
    """Keys that are text take numbers and read back their decimals; a duration is rounded to a whole number."""
    client.post_json(f"{JOBS}/", {"job_id": 1, "os_version": 22.04, "pid": 123, "duration": 12.6, "sha1": 5})

    job = job_of(client)

    assert ("22.04", "123", 13, "5") == (job["os_version"], job["pid"], job["duration"], job["sha1"])


def test_unknown_keys_are_not_shown(client: Client) -> None:
    """Keys that the runner sends and nobody reads are taken and left out of the answer."""
    client.post_json(f"{JOBS}/", {"job_id": 1, "first_in_suite": True, "meta": [{}], "tube": "x", "log-rotate": {},
                                  "worker_log": "x", "archive": "y", "results_timeout": 1})  # fmt: skip

    assert KEYS == set(job_of(client))


def test_kept_keys_are_shown_when_asked_for(client: Client) -> None:
    """What has no place in the default answer is given through ``fields=``."""
    make_job(client, repo="r", sleep_before_teardown=5, teuthology_sha1="t", issue_url="u", comment="c")
    fields = "repo,sleep_before_teardown,teuthology_sha1,issue_url,comment"
    expected = {"repo": "r", "sleep_before_teardown": 5, "teuthology_sha1": "t", "issue_url": "u", "comment": "c"}

    assert [expected] == client.get(f"{JOBS}/?fields={fields}").json
    assert expected == client.get(f"{JOB}?fields={fields}").json


@pytest.mark.parametrize(("said", "shown"), [({}, {}), ({"no_nested_subset": None}, {}),
                                             ({"no_nested_subset": True}, {"no_nested_subset": True}),
                                             ({"no_nested_subset": False}, {"no_nested_subset": False})])  # fmt: skip
def test_no_nested_subset_is_never_null(client: Client, said: dict[str, Any], shown: dict[str, Any]) -> None:
    """The key is true, false or absent: the suite tool takes null for a difference and exits."""
    make_job(client, **said)

    job = run_of(client)["jobs"][0]

    assert shown == {key: job[key] for key in job if key == "no_nested_subset"}


def test_the_servers_own_keys_cannot_be_written(client: Client) -> None:
    """posted, started, log_href, href and id in a body are ignored, and so are times that were never so."""
    make_job(client, posted="2001-01-01 00:00:00", started="2001-01-01 00:00:00", log_href="evil", href="evil", id=1)
    client.put_json(JOB, {"posted": "2001-01-01 00:00:00", "started": "2001-01-01 00:00:00", "log_href": "evil"})

    job = job_of(client)

    assert not job["posted"].startswith("2001")
    assert (None, "") == (job["started"], job["log_href"])
