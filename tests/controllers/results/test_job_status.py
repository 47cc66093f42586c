"""What a report does to a job and its run: times, statuses, priority and targets."""

import datetime
from typing import Any

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.factories import RUN, job_of, make_job, make_node, names_of, node_of, run_of

JOB = f"/runs/{RUN}/jobs/1/"
ALLOWED = "Job status must be one of: queued, waiting, running, unknown, pass, fail, dead"
STATUSES = ("queued", "waiting", "running", "unknown", "pass", "fail", "dead")

# What a job was, what is said of it, and its status and success then.
MOVES: list[tuple[dict[str, Any], dict[str, Any], str, bool | None]] = [
    ({"status": "pass", "success": True}, {"status": "dead"}, "pass", True),
    ({"status": "fail", "success": False}, {"status": "running"}, "fail", False),
    ({"status": "pass", "success": True}, {"status": "dead", "success": False}, "pass", True),
    ({"status": "pass", "success": True}, {"status": "pass", "success": True}, "pass", True),
    ({"status": "dead"}, {"status": "running"}, "running", None),
    ({"status": "dead"}, {"status": "pass"}, "pass", None),
    ({"status": "running"}, {"status": "dead", "success": False}, "dead", False),
    ({"status": "running"}, {"success": True}, "pass", True),
    ({"status": "running"}, {"success": False}, "fail", False),
    ({"status": "running"}, {"success": None}, "unknown", None),
    ({"status": "pass"}, {"success": False}, "fail", False),
    ({"status": "fail"}, {"success": None}, "unknown", None),
    ({"status": "running"}, {"name": "n"}, "running", None),
    ({"name": "n"}, {"name": "m"}, "unknown", None),
    ({"success": True}, {"name": "m"}, "pass", True),
    ({"success": False}, {"name": "m"}, "fail", False),
]


@pytest.mark.parametrize(("was", "said", "status", "success"), MOVES)
def test_a_report_moves_a_job(
    client: Client, was: dict[str, Any], said: dict[str, Any], status: str, success: bool | None
) -> None:
    """pass and fail are final for ``status``, ``success`` alone settles anything, both together say what they say."""
    client.post_json(f"/runs/{RUN}/jobs/", {"job_id": 1, **was})

    answer = client.put_json(JOB, {"job_id": "1", **said}, status=200)

    assert {} == answer.json
    assert (status, success) == (job_of(client)["status"], job_of(client)["success"])


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_taken(client: Client, status: str) -> None:
    """All seven may be posted and put."""
    make_job(client, job_id=2, status=status)
    make_job(client, job_id=1, status="unknown")

    client.put_json(JOB, {"status": status})

    assert {status} == set(names_of(run_of(client)["jobs"], "status"))


@pytest.mark.parametrize("status", [None, "", "passed", "PASS", "finished pass", 1, True, ["pass"], {"a": 1}])
def test_a_status_that_does_not_exist_is_refused(client: Client, status: Any) -> None:
    """The refusal names the allowed ones, and nothing is stored: neither the job nor what came with the status."""
    make_job(client, status="running")

    assert ALLOWED == client.refused("PUT", JOB, 400, {"status": status, "name": "n"})
    assert ALLOWED == client.refused("POST", "/runs/new/jobs/", 400, {"job_id": 1, "status": status})
    assert ("running", None) == (job_of(client)["status"], job_of(client)["name"])
    client.get("/runs/new/", status=404)


def test_a_report_of_nothing_is_a_heartbeat(client: Client) -> None:
    """Any PUT sets ``updated`` of the job and of its run to now, and changes nothing else."""
    make_job(client, status="running", name=RUN)
    before, run = job_of(client), run_of(client)

    client.put_json(JOB, {"name": RUN, "job_id": "1"})

    after = job_of(client)
    assert after["updated"] > before["updated"]
    assert {**before, "updated": after["updated"]} == after
    assert after["updated"] == run_of(client)["updated"]
    assert run["started"] == run_of(client)["started"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_reporter_dates_its_news(client: Client, method: str) -> None:
    """``updated`` in a body, a log file's time, is the job's and the run's, without its fraction."""
    if method == "PUT":
        make_job(client)

    client.send(
        method, JOB if method == "PUT" else f"/runs/{RUN}/jobs/", {"job_id": 1, "updated": "2026-01-31 23:59:58.75"}
    )

    assert "2026-01-31 23:59:58" == job_of(client)["updated"]
    assert "2026-01-31 23:59:58" == run_of(client)["updated"]


def test_the_reporters_clock_is_in_the_configured_zone(database: Database, settings: Settings) -> None:
    """``updated`` is local time where the logs are, and served as UTC."""
    berlin = Client(serve(database, settings.model_copy(update={"timezone": "Europe/Berlin"})))

    make_job(berlin, updated="2026-07-01 12:00:00")

    assert "2026-07-01 10:00:00" == job_of(berlin)["updated"]


@pytest.mark.parametrize(
    "text", ["2026-01-31_23:00:06", "2026-01-31 23:00:06", "2026-01-31T23:00:06", "2026-01-31T23:00:06Z"]
)
def test_a_timestamp_is_taken_in_the_runners_form_and_in_ours(client: Client, text: str) -> None:
    """A popped job may be sent back unchanged: its ``timestamp`` is read as it is printed, and never converted."""
    make_job(client, timestamp=text)
    shown = job_of(client)

    client.put_json(JOB, dict(shown), status=200)

    assert "2026-01-31 23:00:06" == shown["timestamp"]
    assert "2026-01-31 23:00:06" == job_of(client)["timestamp"]


@pytest.mark.parametrize("key", ["timestamp", "updated"])
@pytest.mark.parametrize("value", ["yesterday", "", "2026-02-30 00:00:00", "2026-13-01_00:00:00", 5, True, [], {}])
def test_a_time_that_is_none_is_refused(client: Client, key: str, value: Any) -> None:
    """A bad time is a 400 that names the key, on creation and on update."""
    make_job(client)

    for method, path in (("PUT", JOB), ("POST", "/runs/new/jobs/")):
        message = client.refused(method, path, 400, {"job_id": 1, key: value})
        assert f"{key} must be a time like 2026-01-31 23:59:59" == message


def test_a_job_starts_when_it_first_runs(client: Client) -> None:
    """Neither queued nor waiting is a start; running is, and going back to wait for machines does not move it."""
    make_job(client, status="queued")
    client.put_json(JOB, {"status": "waiting"})
    waiting = job_of(client)

    client.put_json(JOB, {"status": "running"})
    running = job_of(client)
    for status in ("waiting", "running"):
        client.put_json(JOB, {"status": status})

    assert waiting["started"] is None
    assert running["updated"] == running["started"]
    assert running["started"] == job_of(client)["started"]


def test_a_job_that_was_queued_again_starts_again(client: Client) -> None:
    """From queued to running is a start each time."""
    make_job(client, status="running")
    first = job_of(client)["started"]

    client.put_json(JOB, {"status": "queued"})
    client.put_json(JOB, {"status": "running"})

    assert job_of(client)["started"] > first


def test_a_run_starts_with_its_first_running_job(client: Client) -> None:
    """The run's ``started`` is that job's; a second running job does not move it."""
    make_job(client, job_id=2, status="queued")
    make_job(client, job_id=1, status="running")
    first = run_of(client)["started"]

    client.put_json(f"/runs/{RUN}/jobs/2/", {"status": "running"})

    assert job_of(client)["started"] == first
    assert first == run_of(client)["started"]


def test_a_run_that_stopped_starts_again(client: Client) -> None:
    """A run that stops running and starts again is stamped again."""
    make_job(client, job_id=1, status="running")
    client.put_json(JOB, {"status": "dead"})
    stopped = run_of(client)

    make_job(client, job_id=2, status="running")

    again = run_of(client)
    assert "finished dead" == stopped["status"]
    assert job_of(client, job_id=2)["started"] == again["started"]
    assert again["started"] > stopped["started"]


def test_priority_changes_while_a_job_is_queued(client: Client) -> None:
    """A queued job takes a new priority; any other keeps the old one, with 200."""
    make_job(client, status="queued", priority=100)
    client.put_json(JOB, {"priority": 50})
    queued = job_of(client)["priority"]

    client.put_json(JOB, {"status": "running"})
    client.put_json(JOB, {"priority": 10, "name": "n"}, status=200)

    assert 50 == queued
    assert (50, "n") == (job_of(client)["priority"], job_of(client)["name"])
    assert 50 == run_of(client)["priority"]


def test_targets_link_a_job_to_machines(client: Client) -> None:
    """A target names a machine behind its ``@``, or whole; one that nobody knows is registered with the job's type."""
    make_node(client, "smithi001", machine_type="gibba", up=True)

    make_job(client, machine_type="smithi", targets={"ubuntu@smithi001": "k", "smithi002": "k"})

    new = node_of(client, "smithi002")
    assert ("gibba", True) == (node_of(client)["machine_type"], node_of(client)["up"])
    assert ("smithi", None, False) == (new["machine_type"], new["up"], new["locked"])
    for name in ("smithi001", "smithi002"):
        assert ["1"] == names_of(client.get(f"/nodes/{name}/jobs/").json, "job_id")


def test_replaced_targets_are_linked_too(client: Client) -> None:
    """Links are added and never removed; the targets shown are the last ones sent."""
    make_job(client, targets={"u@smithi001": "k"})

    client.put_json(JOB, {"targets": {"u@smithi002": "k"}})
    client.put_json(JOB, {"targets": {"u@smithi002": "new key"}})

    for name in ("smithi001", "smithi002"):
        assert ["1"] == names_of(client.get(f"/nodes/{name}/jobs/").json, "job_id")
    assert {"u@smithi002": "new key"} == job_of(client)["targets"]


@pytest.mark.parametrize("targets", [["u@smithi001"], "u@smithi001", 5, True])
def test_targets_are_an_object(client: Client, targets: Any) -> None:
    """Targets that are no object are refused."""
    make_job(client)

    assert "targets must be an object" == client.refused("PUT", JOB, 400, {"targets": targets})
    assert "targets must be an object" == client.refused("POST", f"/runs/{RUN}/jobs/", 400, {"targets": targets})


@pytest.mark.parametrize("targets", [None, {}, []])
def test_no_targets_are_fine(client: Client, targets: Any) -> None:
    """Null and empty targets are taken and shown as they came."""
    make_job(client, targets=targets)

    assert targets == job_of(client)["targets"]


def test_news_of_the_future_are_taken(client: Client) -> None:
    """A reporter's clock may be wrong by thousands of years without harm."""
    for updated in ("1970-01-01 00:00:00", "9998-12-31 23:59:59"):
        make_job(client, job_id=updated[:4], updated=updated)

        assert updated == job_of(client, job_id=updated[:4])["updated"]
        assert datetime.datetime.fromisoformat(run_of(client)["updated"])


def test_a_time_that_not_every_zone_can_show_is_refused(client: Client) -> None:
    """Years before any clock, or at the end of the calendar, are 400: stored, they would break whoever reads them."""
    for updated in ("0001-01-01 00:00:00", "9999-12-31 23:59:59"):
        message = client.refused("POST", "/runs/r/jobs/", 400, {"job_id": 1, "updated": updated})

        assert "updated must be a time like 2026-01-31 23:59:59" == message
