"""/taskqueue/: tasks added, consumed, handed over and deleted, byte for byte."""

import pytest
from sqlalchemy import text

from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import tasks as sweep
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.taskqueue.calls import QUEUE, add, consume, keys
from tests.units import at, inexact, rows

BATCH = "6a3d0b7e-1f0c-4f53-9a55-0f3a0f3c2b11"
BACKDATE = text("UPDATE leases SET expires = :now WHERE ended IS NULL")


def test_it_says_that_it_is_alive(client: Client) -> None:
    """A JSON string, with and without the slash."""
    for path in ("/taskqueue", "/taskqueue/"):
        assert b'"TaskQueue@v0.0.2 is alive."' == client.get(path, status=200).body


def test_a_task_is_consumed_once_with_its_id(client: Client) -> None:
    """200 with what was added, in its order, and the id; then 201 and nothing."""
    content = {"zz": 1, "lab": "z9", "status": "pass", "branch": [None], "aa": {"b": "ü"}, "job_id": 5}
    answer = client.post_json(f"/taskqueue/add?queue={QUEUE}", content, status=200)
    task_id = answer.json["id"]
    assert {"id"} == set(answer.json)
    assert task_id.startswith("z9.")
    assert task_id[3:].isdigit()

    taken = client.send("PUT", f"/taskqueue/consume?queue={QUEUE}", status=200).json
    assert [*content.items(), ("id", task_id)] == list(taken.items())

    assert consume(client) is None


def test_the_oldest_task_is_consumed_first(client: Client) -> None:
    """In the order in which they were added, each queue for itself."""
    first = [add(client) for _ in range(3)]
    other = add(client, "sched/dc")

    assert first == [consume(client)["id"] for _ in range(3)]
    assert consume(client) is None
    assert other == consume(client, "sched/dc")["id"]


def test_a_task_in_process_is_handed_over(client: Client) -> None:
    """From one service to the other: consumed there, and gone here."""
    task_id = add(client, note="n")
    consume(client)

    answer = client.send("PUT", f"/taskqueue/hand_over?from={QUEUE}&to=extract_stats&id={task_id}", status=201)

    assert b"" == answer.body
    assert ["extract_stats/ready"] == keys(client)
    assert {"lab": "z9", "note": "n", "id": task_id} == consume(client, "extract_stats")


def test_a_task_is_handed_over_within_its_service(client: Client) -> None:
    """To be the last in the other queue."""
    task_id = add(client)
    consume(client)
    other = add(client, "sched/dc")

    client.send("PUT", f"/taskqueue/hand_over?from={QUEUE}&to=sched/dc&id={task_id}", status=201)

    assert [other, task_id] == [consume(client, "sched/dc")["id"] for _ in range(2)]


@pytest.mark.parametrize("consumed", [True, False])
def test_a_task_is_deleted_whatever_its_queue(client: Client, consumed: bool) -> None:
    """Ready or in process; only the service of the queue is compared."""
    task_id = add(client)
    if consumed:
        consume(client)

    assert b"" == client.send("PUT", f"/taskqueue/delete?queue=sched/else&id={task_id}", status=201).body

    assert [] == keys(client)
    assert consume(client) is None


def test_a_task_that_left_is_put_back_under_its_id(client: Client) -> None:
    """With new content; it is a task like any other."""
    task_id = add(client, note="old")
    client.send("PUT", f"/taskqueue/delete?queue={QUEUE}&id={task_id}", status=201)

    assert task_id == add(client, id=task_id, note="new")
    assert {"lab": "z9", "id": task_id, "note": "new"} == consume(client)


def test_lists_are_named_by_pattern(client: Client) -> None:
    """``*``, ``?``, ``[..]`` and ``[^..]``, over slashes too; only lists that have tasks."""
    for queue in ("sched/vm", "sched/vm", "sched/dc", "extract_stats", "sched/v_/idle"):
        add(client, queue)
    consume(client, "sched/vm")

    everything = ["extract_stats/ready", "sched/dc/ready", "sched/v_/idle", "sched/vm/ready", "sched/vm/in_process"]
    assert everything == keys(client)
    for pattern, names in {
        "sched/vm/ready": ["sched/vm/ready"],
        "sched/vm": [],
        "sched/??/ready": ["sched/dc/ready", "sched/vm/ready"],
        "sched/[dx]c/*": ["sched/dc/ready"],
        "sched/[^d]*/ready": ["sched/vm/ready"],
        "*/in_process": ["sched/vm/in_process"],
        "sched/v_/*": ["sched/v_/idle"],
        "sched/vm/r*": ["sched/vm/ready"],
        "SCHED/*": [],
        "sched/(vm|dc)/ready": [],
        "%": [],
    }.items():
        assert names == keys(client, pattern), pattern


def test_idle_tasks_and_batches_come_last(client: Client) -> None:
    """What is added singly goes before a batch, a batch before what is idle; in process all are the queue's."""
    idle, batch, single = (add(client, QUEUE + more) for more in ("/idle", f"/{BATCH}", ""))

    assert [single, batch, idle] == [consume(client)["id"] for _ in range(3)]
    assert [f"{QUEUE}/in_process"] == keys(client)
    client.send("PUT", f"/taskqueue/hand_over?from={QUEUE}&to=x&id={idle}", status=201)


def test_an_expired_task_is_ready_again_where_it_was(client: Client, database: Database, settings: Settings) -> None:
    """Again and again, and before those that came after it."""
    task_id = add(client)
    later = add(client)

    for _ in range(settings.max_attempts + 2):
        assert task_id == consume(client)["id"]
        transact(database, lambda session: session.execute(BACKDATE, {"now": NOW}))
        assert 1 == transact(database, lambda session: sweep.expire_leases(session, NOW, 10, settings))

    assert [task_id, later] == [consume(client)["id"] for _ in range(2)]
    assert [] == inexact(database)


def test_a_task_is_kept_for_ever(client: Client, database: Database, settings: Settings) -> None:
    """The sweep ends jobs that nobody begins, and no task."""
    add(client)

    for task in (sweep.expire_queued, sweep.expire_running):
        assert 0 == transact(database, lambda session, task=task: task(session, at(10**9), 10, settings))
    assert consume(client) is not None


def test_a_lease_is_as_long_as_is_set(database: Database, settings: Settings) -> None:
    """By ``task_lease_s``."""
    client = Client(serve(database, settings.model_copy(update={"task_lease_s": 77})))
    add(client)
    consume(client)

    (lease,) = rows(database, "SELECT granted, expires FROM leases")
    assert 77 == (lease.expires - lease.granted).total_seconds()


def test_a_port_of_its_own_has_it_at_the_root(database: Database, settings: Settings) -> None:
    """Requests that arrive there are for the task queue, and for nothing else."""
    client = Client(serve(database, settings.model_copy(update={"taskqueue_port": 3060})))

    own = {"SERVER_PORT": "3060"}
    assert b'"TaskQueue@v0.0.2 is alive."' == client.send("GET", "/", **own).body
    task_id = client.send("POST", f"/add?queue={QUEUE}", {"lab": "z9"}, **own).json["id"]
    assert task_id == consume(client)["id"]
    assert b"" == client.send("GET", "/runs/", status=404, **own).body
    assert "paddles" == client.get("/").json["name"]
