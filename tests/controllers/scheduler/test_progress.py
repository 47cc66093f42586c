"""Updates of a job, its deadline, and jobs that are not wanted any more."""

import datetime
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from tests.client import Client
from tests.controllers.scheduler.lkp import boot, finish, shown, submit, update
from tests.units import rows

EXPIRES = "SELECT expires - granted AS held FROM leases WHERE ended IS NULL"


def held_s(database: Database) -> float:
    """Return for how many seconds the one machine has its job."""
    (lease,) = rows(database, EXPIRES)
    return float(lease.held.total_seconds())


def test_an_update_is_kept_and_shown(client: Client) -> None:
    """Stage, health, readiness, step, port, and every milestone once."""
    job_id = submit(client)
    boot(client)

    assert "Done\n" == update(client, job_id, job_stage="running", job_step="a", ssh_port=2222).text
    update(client, job_id, milestones="up,ready")
    update(client, job_id, milestones="ready done", job_data_readiness="uploading", job_health="oom")

    job = shown(client, job_id)
    assert ("running", "a", 2222) == (job["job_stage"], job["job_step"], job["ssh_port"])
    assert ["up", "ready", "done"] == job["milestones"]
    assert ("uploading", "oom") == (job["job_data_readiness"], job["job_health"])


def test_a_stage_moves_the_deadline_and_a_renewal_adds_to_it(client: Client, database: Database) -> None:
    """As long as the stage may take, and so many seconds more."""
    job_id = submit(client, timeout=1000)
    boot(client)
    assert 180 == held_s(database)

    update(client, job_id, job_stage="running", renew_seconds=50)
    assert 1050 <= held_s(database) < 1110
    update(client, job_id, renew_seconds="1h")
    assert 4650 <= held_s(database) < 4710


@pytest.mark.parametrize(
    ("said", "status", "health"),
    [
        ({"job_stage": "finish"}, "pass", "success"),
        ({"job_stage": "finish", "job_health": "fail"}, "fail", "fail"),
        ({"job_stage": "finish", "job_health": "oom"}, "dead", "oom"),
        ({"job_stage": "cancel"}, "dead", "cancel"),
        ({"job_stage": "abort_provider"}, "dead", "abort_provider"),
    ],
)
def test_the_last_stage_ends_a_job(
    client: Client, database: Database, said: dict[str, str], status: str, health: str
) -> None:
    """With the health said; then it is closed, and its machine free."""
    job_id = submit(client)
    boot(client)

    update(client, job_id, **said)

    (job,) = rows(database, "SELECT status, leased FROM jobs")
    assert (status, False) == (job.status, job.leased)
    assert health == shown(client, job_id)["job_health"]
    before = shown(client, job_id)
    assert f"job {job_id} has ended" == update(client, job_id, 423, job_step="x").json["message"]
    assert before == shown(client, job_id)


def test_a_health_said_before_counts_in_the_end(client: Client, database: Database) -> None:
    """Where the last stage comes without one."""
    job_id = submit(client)
    boot(client)
    update(client, job_id, job_health="fail")
    update(client, job_id, job_stage="finish")

    assert [("fail",)] == rows(database, "SELECT status FROM jobs")


@pytest.mark.parametrize(("said", "reason"), [
    ({"job_stage": "nope"}, "job_stage must be one of"), ({"job_health": "nope"}, "job_health must be one of"),
    ({"job_health": "%3Cb%3E"}, "one word each"), ({"job_data_readiness": "x"}, "job_data_readiness must be one of"),
    ({"renew_seconds": "-5"}, "renew_seconds must be a time"), ({"renew_seconds": "99999d"}, "at most 366 days"),
    ({"ssh_port": "0"}, "ssh_port must be a port"), ({"ssh_port": "70000"}, "ssh_port"),
    ({"ssh_port": "x"}, "ssh_port"),
    ({"job_step": "x" * 300}, "at most 256"), ({"job_step": "a%0Ab"}, "job_step"), ({"job_step": "%00"}, "NUL"),
    ({"milestones": ",".join(f"m{number}" for number in range(101))}, "at most 100 milestones")])  # fmt: skip
def test_what_nobody_knows_is_refused(client: Client, said: dict[str, Any], reason: str) -> None:
    """400 that says which, and nothing is kept."""
    job_id = submit(client)
    before = shown(client, job_id)

    assert reason in update(client, job_id, 400, **{"job_stage": "running", **said}).json["message"]
    assert before == shown(client, job_id)


@pytest.mark.parametrize("job_id", ["0", "999", "x", "-1", "1e3", "9" * 30, "%00"])
def test_an_update_of_no_job_is_not_found(client: Client, job_id: str) -> None:
    """404, as everywhere."""
    update(client, job_id, 404, job_stage="running")


def test_a_deadline_is_renewed(client: Client, database: Database) -> None:
    """The new one is answered, and is what is asked for later; a time may have a unit."""
    job_id = submit(client)
    boot(client)

    renewed = client.get(f"/renew_deadline?job_id={job_id}&time=2m", status=200).text

    assert 300 == held_s(database)
    assert renewed == client.get("/get_deadline?testbox=dc-1g-1", status=200).text
    assert renewed.endswith("+00:00\n")
    datetime.datetime.fromisoformat(renewed.strip())
    assert client.get(f"/scheduler/renew_deadline?job_id={job_id}&time=1", status=200).text > renewed


def test_a_deadline_needs_a_machine(client: Client) -> None:
    """409 for a job that nobody has, 404 for none, 400 for no time; looking changes nothing."""
    job_id = submit(client)
    assert "no machine has" in client.refused("GET", f"/renew_deadline?job_id={job_id}&time=5", 409)
    client.refused("GET", "/renew_deadline?job_id=999&time=5", 404)
    client.refused("GET", "/get_deadline?testbox=dc-1g-1", 404)
    for query in ("", "?job_id=", f"?job_id={job_id}", f"?job_id={job_id}&time=x", f"?job_id={job_id}&time=-1"):
        client.refused("GET", f"/renew_deadline{query}", 400)
    assert 405 == client.send("HEAD", f"/renew_deadline?job_id={job_id}&time=5", status="*").status_int


def test_ones_own_jobs_are_cancelled(client: Client, database: Database) -> None:
    """Those that wait; each is answered for, in the order asked."""
    mine, running, theirs, nobodys = (
        submit(client, my_account="ann"), submit(client, my_account="ann", testbox="vm-1"),
        submit(client, my_account="bob"), submit(client))  # fmt: skip
    client.put("/set_host_mac?hostname=vm-1&mac=0a-00-00-00-00-01")
    client.get("/boot.ipxe/mac/0a-00-00-00-00-01")

    ids = [theirs, int(mine), running, "999", nobodys, mine]
    answer = client.post_json("/cancel_jobs", {"my_account": "ann", "my_token": "t", "job_ids": ids}, status=200)

    results = [(each["job_id"], each["result"]) for each in answer.json["results"]]
    assert [(theirs, "forbidden"), (mine, "success"), (running, "failed"), ("999", "failed"), (nobodys, "success"),
            (mine, "success")] == results  # fmt: skip
    assert {"job_id", "result", "message"} == set(answer.json["results"][0])
    assert ["dead", "running", "queued", "dead"] == [
        r.status for r in rows(database, "SELECT status FROM jobs ORDER BY id")
    ]


@pytest.mark.parametrize(("body", "status"), [
    ({"my_account": "ann"}, 202), ({"query": {"suite": "x"}}, 202), ({"job_ids": "5"}, 400), ({"job_ids": ["x"]}, 400),
    ({"job_ids": [-1]}, 400), ({"job_ids": [1.5]}, 400), ({"job_ids": [True]}, 400), ({"job_ids": [{}]}, 400),
    ({"job_ids": list(range(1001))}, 400),
    ({"job_ids": ["9" * 40]}, 400), ({"job_ids": [1], "my_account": {}}, 400), (b"[", 400), (b"", 400)])  # fmt: skip
def test_a_cancellation_that_names_no_jobs(client: Client, body: Any, status: int) -> None:
    """202 with ``error_msg`` where it names none, as the client knows it; 400 where it names what is none."""
    answer = client.send("POST", "/cancel_jobs", body, status=status)

    assert ({"error_msg"} if status == 202 else {"message"}) == set(answer.json)


def test_a_job_that_ended_has_no_deadline(client: Client, database: Database) -> None:
    """Nor has one whose lease was ended by the sweep."""
    job_id = submit(client)
    boot(client)
    finish(client, job_id)

    client.refused("GET", f"/renew_deadline?job_id={job_id}&time=5", 409)
    transact(database, lambda session: session.execute(text("DELETE FROM leases")))
    client.refused("GET", "/get_deadline?testbox=dc-1g-1", 404)
