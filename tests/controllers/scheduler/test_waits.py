"""Jobs that wait for others, and clients that do."""

from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import tasks
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.scheduler.lkp import CGI, boot, finish, shown, submit, update
from tests.units import at, inexact, rows

WAIT = "/scheduler/v1/jobs/wait"


def status_of(database: Database, job_id: str) -> tuple[str, str | None]:
    """Return the status and the reason of a job."""
    (job,) = rows(database, "SELECT status, reason FROM jobs WHERE id = :id", id=int(job_id))
    return job.status, job.reason


def sweep(database: Database, settings: Settings) -> int:
    """Wake those that nobody woke."""
    return transact(database, lambda session: tasks.wake_waiting(session, NOW, 10, settings))


def test_a_job_waits_for_another_to_end(client: Client, database: Database) -> None:
    """It is nobody's until then, and somebody's at once."""
    first = submit(client)
    second = submit(client, wait_on={first: None})

    assert ("waiting", None) == status_of(database, second)
    assert first == boot(client)
    assert boot(client, "dc-1g-2") is None
    assert "submit" == shown(client, second)["job_state"]

    finish(client, first)
    assert ("queued", None) == status_of(database, second)
    assert second == boot(client, "dc-1g-2")
    assert [] == inexact(database)
    assert [] == rows(database, "SELECT job_id FROM waits")


def test_all_that_is_waited_for_has_to_be_so(client: Client, database: Database) -> None:
    """The last of them lets it go."""
    ids = [submit(client, testbox=f"vm{number}-1") for number in range(3)]
    waiter = submit(client, wait_on=dict.fromkeys(ids))

    for job_id in ids:
        assert "waiting" == status_of(database, waiter)[0]
        client.post_json(f"/scheduler/v1/jobs/{job_id}/cancel")
    assert "queued" == status_of(database, waiter)[0]


@pytest.mark.parametrize("say", ["update", "append", "stage"])
def test_a_stage_lets_go(client: Client, database: Database, say: str) -> None:
    """However it is said, and not before it is reached."""
    first = submit(client)
    waiter = submit(client, wait_on={first: {"job_stage": "running"}})
    boot(client)
    assert "waiting" == status_of(database, waiter)[0]

    if say == "update":
        update(client, first, job_stage="running")
    elif say == "append":
        client.get(f"{CGI}/lkp-jobfile-append-var?job_id={first}&job_state=running")
    else:
        client.get(f"{CGI}/set-job-stage?job_id={first}&job_stage=running")

    assert "queued" == status_of(database, waiter)[0]


def test_a_milestone_lets_go(client: Client, database: Database) -> None:
    """Once all that were named are reached."""
    first = submit(client)
    waiter = submit(client, wait_on={first: {"milestones": ["up", "ready"]}})
    boot(client)
    update(client, first, milestones="up")
    assert "waiting" == status_of(database, waiter)[0]
    update(client, first, milestones="ready")
    assert "queued" == status_of(database, waiter)[0]


@pytest.mark.parametrize(("condition", "options", "health", "expected"), [
    (None, None, "oom", ("queued", None)), ({"job_stage": "finish"}, {}, "fail", ("queued", None)),
    (None, {"fail_fast": None}, "success", ("queued", None)),
    (None, {"fail_fast": None}, "fail", ("dead", "abort_wait")),
    ({"job_health": "success"}, None, "success", ("queued", None)),
    ({"job_health": "success"}, None, "fail", ("dead", "abort_wait")),
    ({"milestones": "x"}, None, "success", ("dead", "abort_wait"))])  # fmt: skip
def test_what_can_no_longer_be_is_not_waited_for(
    client: Client, database: Database, condition: Any, options: Any, health: str, expected: tuple[str, str | None]
) -> None:
    """A job that ended changes no more: its waiters begin or are given up, by ``fail_fast`` with any failure."""
    first = submit(client)
    waiter = submit(client, wait_on={first: condition}, wait_options=options)
    boot(client)

    finish(client, first, health)

    assert expected == status_of(database, waiter)
    assert [] == inexact(database)


def test_what_is_so_already_is_not_waited_for(client: Client, database: Database) -> None:
    """The job is queued when it is submitted; or given up then."""
    first = submit(client)
    boot(client)
    finish(client, first, "fail")

    assert "queued" == status_of(database, submit(client, wait_on={first: None}))[0]
    given_up = submit(client, wait_on={first: None}, wait_options={"fail_fast": True})
    assert ("dead", "abort_wait") == status_of(database, given_up)


def test_who_ends_without_a_word_is_noticed(client: Client, database: Database, settings: Settings) -> None:
    """By the sweep: machines that ask for something else, or are silent; a whole chain, link by link."""
    first = submit(client, my_account="ann")
    chain = [first]
    for _ in range(3):
        chain.append(submit(client, testbox="vm-1", wait_on={chain[-1]: None}, wait_options={"fail_fast": None}))
    boot(client)
    update(client, first, job_stage="setup")
    boot(client)
    assert ("dead", "abnormal") == status_of(database, first)

    assert [1, 1, 1, 0] == [sweep(database, settings) for _ in range(4)]

    assert [("dead", "abort_wait")] * 3 == [status_of(database, job_id) for job_id in chain[1:]]


def test_who_is_deleted_is_not_waited_for(client: Client, database: Database, settings: Settings) -> None:
    """The sweep lets the waiter go."""
    first = submit(client, submit_id="gone")
    waiter = submit(client, wait_on={first: None})
    client.delete("/runs/gone/")

    assert 1 == sweep(database, settings)
    assert "queued" == status_of(database, waiter)[0]
    assert 0 == sweep(database, settings)


def test_a_waiter_that_is_cancelled_stays_so(client: Client, database: Database) -> None:
    """And lets those go that wait for it."""
    first = submit(client)
    waiter = submit(client, wait_on={first: None})
    last = submit(client, wait_on={waiter: {"job_stage": "finish"}})

    client.post_json(f"/scheduler/v1/jobs/{waiter}/cancel", status=200)
    assert "queued" == status_of(database, last)[0]
    boot(client)
    finish(client, first)
    assert ("dead", "cancel") == status_of(database, waiter)


def test_a_job_may_wait_for_long(client: Client, database: Database, settings: Settings) -> None:
    """Like one that is queued, and not like one that is under way."""
    submit(client, wait_on={submit(client): None})
    backdate = text("UPDATE jobs SET updated = :now")
    transact(database, lambda session: session.execute(backdate, {"now": NOW}))

    expire = [tasks.expire_running, tasks.expire_queued]
    for seconds, ended in ((3600 * 24 * 13, [0, 0]), (3600 * 24 * 15, [0, 2])):
        moment = at(seconds)
        assert ended == [transact(database, lambda s, t=t, m=moment: t(s, m, 10, settings)) for t in expire]


@pytest.mark.parametrize(("said", "status"), [
    ({"wait_on": {"999999": None}}, 404), ({"wait_on": []}, 400), ({"wait_on": {"x": None}}, 400),
    ({"wait_on": 5}, 400),
    ({"wait_on": {"1": {"job_stage": "x"}}}, 400), ({"wait_on": {"1": None}, "wait_options": []}, 400),
    ({"wait_options": {"get_fields": 5}}, 400)])  # fmt: skip
def test_what_cannot_be_waited_for_is_refused(
    client: Client, database: Database, said: dict[str, Any], status: int
) -> None:
    """And nothing is stored."""
    client.refused("POST", "/scheduler/v1/jobs/submit", status, {"suite": "n", "testbox": "d", **said})
    if "wait_on" in said:
        client.refused("POST", WAIT, status, said)

    assert [] == rows(database, "SELECT id FROM jobs")


def test_a_client_is_told_who_has_come_so_far(client: Client) -> None:
    """What is so moves to ``waited_jobs`` with what was asked; all else is as it was said."""
    done, open_ = submit(client), submit(client)
    boot(client)
    finish(client, done, "fail")
    said = {"wait_on": {done: None, open_: {"job_stage": "running"}}, "x": 1,
            "wait_options": {"get_fields": {"suite": None, "none": None}}}  # fmt: skip

    answer = client.post_json(WAIT, said, status=200).json

    told = {"job_stage": "finish", "job_health": "fail", "job_data_readiness": "complete", "suite": "nap", "none": None}
    assert {**said, "wait_on": {open_: {"job_stage": "running"}}, "waited_jobs": {done: told}} == answer
    again = client.post_json(WAIT, answer, status=200).json
    assert answer == again

    boot(client)
    update(client, open_, job_stage="running")
    last = client.post_json(WAIT, again, status=200).json
    assert {} == last["wait_on"]
    assert [done, open_] == list(last["waited_jobs"])


def test_who_has_ended_is_no_longer_waited_for(client: Client) -> None:
    """Even where it never came so far: nobody asks for ever."""
    job_id = submit(client)
    client.post_json(f"/scheduler/v1/jobs/{job_id}/cancel")

    answer = client.post_json(WAIT, {"wait_on": {job_id: {"milestones": "x"}}}).json

    assert ({}, "cancel") == (answer["wait_on"], answer["waited_jobs"][job_id]["job_health"])


def test_a_client_is_told_no_secrets(client: Client) -> None:
    """What is kept out of a job's own page is kept out here."""
    job_id = submit(client, secrets={"k": "v"}, my_token="t", my_email="e")
    client.post_json(f"/scheduler/v1/jobs/{job_id}/cancel")
    fields = dict.fromkeys(("secrets", "my_token", "my_email", "job_token", "suite"))

    answer = client.post_json(WAIT, {"wait_on": {job_id: None}, "wait_options": {"get_fields": fields}}).json

    assert {"suite", "job_stage", "job_health", "job_data_readiness"} == set(answer["waited_jobs"][job_id])


def test_nothing_to_wait_for_is_answered_at_once(client: Client) -> None:
    """With nothing."""
    assert {"wait_on": {}, "waited_jobs": {}} == client.post_json(WAIT, {"wait_on": {}}).json
