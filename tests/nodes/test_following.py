"""Nodes follow their jobs: each change of a job is one of its node, once, however often it is looked at."""

import datetime

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.events import followers, log
from paddles.lab import leases
from paddles.nodes import following
from paddles.settings import Settings
from paddles.sweep import loop, tasks
from tests.conftest import NOW
from tests.nodes.labs import TREE, ask, claim, follow, job_of, settle
from tests.nodes.units import change, create, data_of, miscounted, moves, node_of, told
from tests.units import accept, at, rows, submit

MINUTE = datetime.timedelta(minutes=1)
BEGIN = text("UPDATE followers SET xid = '0', event_id = 0")


def take(database: Database, now: datetime.datetime) -> int | None:
    """Start a job of the queue ``vm-1p`` for a minute, and return its number."""
    taken = transact(database, lambda s: leases.take(s, ["vm-1p"], "boot", now, MINUTE))
    return taken.id if taken else None


def expire(database: Database, now: datetime.datetime) -> None:
    """End overdue leases."""
    transact(database, lambda s: leases.expire(s, now, 10, 4))


@pytest.mark.parametrize(
    ("said", "result", "data"),
    [
        ({"success": True}, "pass", {}),
        ({"success": False, "failure_reason": "it broke"}, "fail", {"error_msg": "it broke"}),
        ({"status": "dead"}, "incomplete", {"error_code": "Infrastructure", "error_msg": "the job is dead"}),
        (
            {"status": "dead", "failure_reason": "no power"},
            "incomplete",
            {"error_code": "Infrastructure", "error_msg": "no power"},
        ),
    ],
)
def test_a_node_ends_with_its_job(database: Database, said: dict[str, object], result: str, data: object) -> None:
    """Done, with the result; one event, which says how the node stood; its parent waits for it no longer."""
    parent = create(database)
    node_id = ask(database, parent_id=parent)
    before = data_of(database, node_id)
    accept(database, TREE, node_id, **said)

    assert 1 == follow(database, at(5))
    assert 0 == follow(database, at(6))

    node = node_of(database, node_id)
    assert ("done", result, at(5).replace(tzinfo=None)) == (node.state, node.result, node.updated)
    assert {**before, **data} == data_of(database, node_id)
    (event,) = [event for event in told(database) if event["op"] == "updated"]
    assert ("running", None, result) == (event["previous_state"], event["previous_result"], event["result"])
    assert 0 == node_of(database, parent).open_children


def test_a_claim_shows_without_an_event(database: Database) -> None:
    """The machine that a job is on is the device of its node, whose state is another's to change."""
    node_id = ask(database)
    claim(database)
    accept(database, TREE, node_id, status="running", targets={"ubuntu@smithi001": "key"})

    assert 1 == follow(database)

    assert "smithi001" == data_of(database, node_id)["device"]
    assert "running" == node_of(database, node_id).state
    assert [] == moves(database)
    assert ["created"] == [event["op"] for event in told(database)]


def test_leases_that_expire_end_jobs_and_nodes(database: Database) -> None:
    """A job whose machine fell silent is the lab's fault; one that is offered again is not over."""
    node_id = ask(database, "vm-1p", data={"job_kind": "boot", "job": {"os_arch": "x86_64"}})
    job_id = job_of(database, node_id).id
    transact(database, lambda s: s.execute(text("UPDATE jobs SET attempt = 2 WHERE id = :id"), {"id": job_id}))
    for seconds in (0, 100):
        assert take(database, at(seconds)) == job_id
        expire(database, at(seconds + 60))
        follow(database, at(seconds + 60))
        assert node_of(database, node_id).state == ("running" if seconds == 0 else "done")

    assert ("incomplete", "Infrastructure", "lost") == (
        node_of(database, node_id).result,
        data_of(database, node_id)["error_code"],
        data_of(database, node_id)["error_msg"],
    )


def test_a_late_verdict_is_believed(database: Database) -> None:
    """Of a job that was given up, and turns out to have been run: what was said instead of a verdict is taken back."""
    node_id = ask(database)
    claim(database)
    change(database, node_id, state="done")
    follow(database)
    accept(database, TREE, node_id, success=True)

    follow(database)

    assert ("done", "pass") == (node_of(database, node_id).state, node_of(database, node_id).result)
    assert not {"error_code", "error_msg"} & data_of(database, node_id).keys()


def test_a_result_that_somebody_sets_later_stays(database: Database) -> None:
    """Though the log be read from its beginning once more."""
    node_id = ask(database)
    accept(database, TREE, node_id, success=True)
    follow(database)
    change(database, node_id, result="fail")
    transact(database, lambda s: s.execute(BEGIN))

    assert 0 == follow(database)

    assert "fail" == node_of(database, node_id).result


def test_what_happens_to_other_jobs_is_passed_over(database: Database) -> None:
    """And what users say on these channels, whatever it is; the place moves on."""
    submit(database, "r", "1", status="running")
    for data in ([1], "x", {"run": 5, "job": None}, {}):
        transact(database, lambda s, data=data: log.publish(s, "job", "job.pass", data, owner="eve", extensions={}))
        transact(database, lambda s, data=data: log.publish(s, "test", "test.stored", data, owner="eve", extensions={}))

    assert 0 == follow(database)

    page = transact(database, lambda s: followers.read(s, following.NAME, following.CHANNELS, 10))
    assert [] == page.events


def test_who_lies_about_a_job_changes_nothing(database: Database) -> None:
    """A node goes by how its job stands."""
    node_id = ask(database)
    said = {"run": TREE, "job": node_id, "from": "queued", "reason": None}
    transact(database, lambda s: log.publish(s, "job", "job.pass", said, owner="eve", extensions={}))

    assert 0 == follow(database)

    assert "running" == node_of(database, node_id).state


def test_a_round_that_fails_is_done_again(database: Database) -> None:
    """The place in the log moves with the nodes, or not at all."""
    node_id = ask(database)
    accept(database, TREE, node_id, success=True)

    def breaks(session: Session) -> None:
        following.follow(session, NOW, 10)
        raise ZeroDivisionError

    settle(database)
    with pytest.raises(ZeroDivisionError):
        transact(database, breaks)

    assert "running" == node_of(database, node_id).state
    assert 1 == follow(database)


def test_more_events_than_one_transaction_takes(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep goes on until there is none; nodes are in any of them."""
    monkeypatch.setattr(following, "AT_ONCE", 3)
    ids = [ask(database) for _ in range(5)]
    for node_id in ids:
        accept(database, TREE, node_id, success=True)
    settle(database)

    loop.once(database, settings, NOW)

    assert {"pass"} == {node_of(database, each).result for each in ids}
    assert [] == miscounted(database)


def test_a_node_that_was_told_of_later_waits(database: Database) -> None:
    """Events are read by transactions: what would be told before something that is told already comes a round later."""
    node_id, other = ask(database), ask(database)
    accept(database, TREE, node_id, success=True)
    accept(database, TREE, other, success=True)

    def work(session: Session) -> int:
        followers.read(session, following.NAME, following.CHANNELS, 1)
        change(database, node_id, debug={"a": 1})
        return following.follow(session, NOW, 10)

    settle(database)
    transact(database, work)

    assert ["running", "done"] == [node_of(database, each).state for each in (node_id, other)]
    assert 1 == follow(database)
    assert "done" == node_of(database, node_id).state
    assert 1 == len([move for move in moves(database) if move[0] == other])


def test_the_sweep_follows_within_five_seconds(database: Database, settings: Settings) -> None:
    """Its round ends nodes with their jobs, and it is due more often than that."""
    node_id = ask(database)
    accept(database, TREE, node_id, success=False)

    settle(database)
    loop.once(database, settings, NOW)

    assert "fail" == node_of(database, node_id).result
    assert {2, 5} == {task.every_s for task in tasks.TASKS if task.name in ("jobs of nodes", "orphaned nodes")}


def test_a_follower_outlives_a_restore(database: Database) -> None:
    """When transactions are counted anew nothing is missed."""
    node_id = ask(database)
    follow(database)
    accept(database, TREE, node_id, success=True)
    transact(database, log.start_over)

    follow(database)

    assert "pass" == node_of(database, node_id).result
    assert [("0",)] != rows(database, "SELECT CAST(xid AS text) FROM followers")
