"""``/runs/<name>/failures/`` and ``/failures/``: what jobs failed of."""

import pytest

from tests.client import Client
from tests.controllers.test_statements import counted
from tests.factories import make_job

KEYS = {"id", "href", "text", "jobs_count", "runs_count", "first_seen", "last_seen"}


def fail(client: Client, run: str, key: str, reason: str | None, **said: object) -> None:
    """Have a job that failed."""
    make_job(client, run, job_id=key, status="fail", failure_reason=reason, **said)


def test_the_failures_of_a_run_lead_to_those_of_all(client: Client) -> None:
    """A group of a run has the address of its kind, which names the jobs of every run."""
    fail(
        client, "r1", "1", "boom on smithi001", targets={"ubuntu@smithi001": "k"}, os_type="ubuntu", os_version="24.04"
    )
    fail(client, "r1", "2", "boom on smithi002")
    fail(client, "r2", "1", "boom on smithi003", branch="main")
    fail(client, "r1", "3", None)

    boom, unsaid = client.get("/runs/r1/failures/").json

    assert ("boom on HOST", 2, ["1", "2"], ["smithi001"], ["ubuntu 24.04"], 1, 0, "boom on smithi001") == (
        boom["text"],
        boom["jobs_count"],
        boom["jobs"],
        boom["machines"],
        boom["systems"],
        boom["other_runs"],
        boom["dead"],
        boom["example"],
    )
    assert (None, None, "no reason given", ["3"]) == (unsaid["id"], unsaid["href"], unsaid["text"], unsaid["jobs"])
    one = client.get(boom["href"].removeprefix("http://localhost")).json
    assert (boom["id"], 3, 2, ["main"]) == (one["id"], one["jobs_count"], one["runs_count"], one["branches"])
    assert [3] == list(one["per_day"].values())
    assert {("r1", "1"), ("r1", "2"), ("r2", "1")} == {(job["run"], job["job_id"]) for job in one["newest"]}
    assert {"boom on smithi003"} <= {job["failure_reason"] for job in one["newest"]}
    assert {k: one[k] for k in KEYS} == client.get("/failures/").json[0]


def test_the_list(client: Client) -> None:
    """The largest first, a page at a time, narrowed by what jobs say of themselves and when they were posted."""
    for key in "12":
        fail(client, "r", key, "often", branch="main", suite="rados", machine_type="smithi")
    fail(client, "r", "3", "once", branch="wip")

    assert ["often", "once"] == [each["text"] for each in client.get("/failures/").json]
    assert ["once"] == [each["text"] for each in client.get("/failures/?count=1&page=2").json]
    for narrowed in ("branch=main", "suite=rados", "machine_type=smithi", "since=yesterday&branch=main"):
        assert ["often"] == [each["text"] for each in client.get(f"/failures/?{narrowed}").json]
    assert [] == client.get("/failures/?since=2099-01-01").json


@pytest.mark.parametrize(
    "path",
    [
        "/failures/0000000000000000/",
        "/failures/1/",
        "/failures/zzzzzzzzzzzzzzzz/",
        "/failures/%00/",
        "/runs/no/failures/",
    ],
)
def test_what_is_not_there(client: Client, path: str) -> None:
    """A kind that no job failed of, what is no number of one, a run that is not there: 404."""
    assert client.get(path, status=404).json["message"]


@pytest.mark.parametrize("query", ["since=never", "count=x", "page=x", "count=-1"])
def test_what_makes_no_sense(client: Client, query: str) -> None:
    """A day that is none, a count that is no number: 400."""
    assert client.get(f"/failures/?{query}", status=400).json["message"]


def test_as_few_statements_however_many_fail(client: Client) -> None:
    """A run of many kinds of failures, and a kind of many jobs, take as many statements as of one."""
    taken = []
    for run, count in (("few", 1), ("many", 40)):
        for number in range(count):
            fail(client, run, str(number), f"kind {chr(ord('a') + number % 26)}{chr(ord('a') + number // 26)}")
        one = client.get(f"/runs/{run}/failures/").json[0]["id"]
        for path in (f"/runs/{run}/failures/", "/failures/", f"/failures/{one}/"):
            with counted() as statements:
                client.get(path)
            taken.append(len(statements))

    assert taken[:3] == taken[3:] == [2, 1, 3]
