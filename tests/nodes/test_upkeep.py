"""What time does to nodes, batch by batch."""

import datetime

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.nodes import nodes, upkeep
from paddles.settings import Settings
from paddles.sweep import loop
from paddles.sweep.tasks import TASKS
from tests.conftest import NOW
from tests.nodes.units import ANN, change, create, data_of, miscounted, moves, node_of, told
from tests.units import at, rows


def sweep(database: Database, now: datetime.datetime = NOW, limit: int = 500) -> list[int]:
    """Do what the clock asks for at a moment, one batch of each kind, and return how many nodes it was."""
    tasks = (upkeep.time_out, upkeep.hold_off, upkeep.close)
    return [transact(database, lambda s, task=task: task(s, now, limit)) for task in tasks]


def test_a_node_whose_time_is_over_is_done_without_a_result(database: Database) -> None:
    """It is incomplete and its data says why; that is an update, told with what stood before."""
    node_id = create(database, timeout=at(-1), data={"x": 1}, processed_by_kcidb_bridge=True)

    assert [1, 0, 0] == sweep(database)

    node = node_of(database, node_id)
    assert ("done", "incomplete", False) == (node.state, node.result, node.processed_by_kcidb_bridge)
    assert NOW.replace(tzinfo=None) == node.updated
    assert {"x": 1, "error_code": "node_timeout", "error_msg": "Node timed-out"} == data_of(database, node_id)
    event = told(database)[-1]
    before = (event["previous_state"], event["previous_result"])
    assert ("updated", "running", None, "incomplete") == (event["op"], *before, event["result"])
    assert "node_timeout" == event["data"]["error_code"]


def test_a_result_outlives_the_timeout(database: Database) -> None:
    """What was found out is not forgotten."""
    node_id = create(database, timeout=at(-1), result="fail")

    sweep(database)

    assert ("done", "fail") == (node_of(database, node_id).state, node_of(database, node_id).result)
    assert {} == data_of(database, node_id)


def test_a_timeout_leaves_children_alone(database: Database) -> None:
    """Each has its own."""
    parent = create(database, timeout=at(-1))
    child = create(database, parent_id=parent)

    sweep(database)

    assert ["done", "running"] == [node_of(database, each).state for each in (parent, child)]
    assert 1 == node_of(database, parent).open_children


def test_what_is_told_last_is_read_last(database: Database) -> None:
    """The children of a node end in transactions older than the one that closed it: it waits for the clock."""
    root = create(database)
    children = [create(database, parent_id=root) for _ in range(2)]
    with Session(database.writer, writes=True) as first, Session(database.writer, writes=True) as second:
        for session in (first, second):
            session.execute(text("SELECT pg_current_xact_id()"))
        change(database, root, state="closing")
        for session, child in zip((first, second), children, strict=True):
            nodes.change(session, child, {"state": "done"}, ANN, NOW)
            session.commit()
    assert ("closing", 0) == (node_of(database, root).state, node_of(database, root).open_children)

    assert [0, 0, 1] == sweep(database)

    assert [("running", "closing"), ("closing", "done")] == [move[1:] for move in moves(database) if move[0] == root]


def test_nodes_go_on_in_a_restored_database(database: Database) -> None:
    """Where transactions are counted anew."""
    node_id = create(database, state="closing")
    transact(database, lambda session: session.later(text("UPDATE nodes SET told_xid = '9000000000000'")))
    assert [0, 0, 0] == sweep(database)

    transact(database, upkeep.start_over)

    assert [0, 0, 1] == sweep(database)
    assert "done" == node_of(database, node_id).state


@pytest.mark.parametrize(("state", "after"), [("available", "done"), ("running", "running"), ("closing", "done")])
def test_a_holdoff_ends_what_is_available(database: Database, state: str, after: str) -> None:
    """Nothing below it is open: done, without a result; a closing node without children is done anyway."""
    node_id = create(database, state=state, holdoff=at(-1))

    sweep(database)

    assert (after, None) == (node_of(database, node_id).state, node_of(database, node_id).result)


def test_a_holdoff_closes_what_has_something_open_below(database: Database) -> None:
    """At any depth, also below a done child; without a holdoff nothing happens."""
    root = create(database, state="available", holdoff=at(-1))
    waiting = create(database, state="available")
    child = create(database, parent_id=root, state="done")
    grandchild = create(database, parent_id=child)

    assert [0, 1, 0] == sweep(database)

    assert ["closing", "available"] == [node_of(database, each).state for each in (root, waiting)]
    change(database, grandchild, state="done")
    assert ["done", "available"] == [node_of(database, each).state for each in (root, waiting)]


def test_parents_and_children_end_in_one_batch(database: Database) -> None:
    """Every counter is exact, and each node is told of as it moves: the root closes, and ends with its children."""
    root = create(database, state="available", holdoff=at(-1))
    children = [create(database, parent_id=root, state="available", holdoff=at(-1)) for _ in range(3)]

    assert [0, 4, 0] == sweep(database)

    assert {"done"} == {node_of(database, each).state for each in (root, *children)}
    assert [("available", "closing"), ("closing", "done")] == [m[1:] for m in moves(database) if m[0] == root]
    assert [] == miscounted(database)


def test_batches_are_bounded(database: Database) -> None:
    """The oldest first, so many at a time."""
    nodes = [create(database, timeout=at(-10 + n)) for n in range(5)]

    assert [2, 0, 0] == sweep(database, limit=2)

    assert ["done", "done", "running", "running", "running"] == [node_of(database, each).state for each in nodes]


def test_old_nodes_are_forgotten_from_below(database: Database, settings: Settings) -> None:
    """Done ones, leaves first; never checkouts, nor what is above something that stays."""
    old = {"created": at(-200 * 86400), "state": "done"}
    root = create(database, **old)
    gone = create(database, kind="job", parent_id=root, **old)
    create(database, kind="test", parent_id=gone, **old)
    kept = create(database, kind="job", parent_id=root, **old)
    young = create(database, kind="test", parent_id=kept, state="done")
    pending = create(database, kind="job", created=at(-200 * 86400), timeout=at(60))

    for _ in range(3):
        loop.once(database, settings, NOW)

    left = [row.id for row in rows(database, "SELECT id FROM nodes ORDER BY id")]
    assert sorted([root, kept, young, pending]) == left
    loop.once(database, settings.model_copy(update={"nodes_keep_days": 0}), at(400 * 86400))
    assert 4 == len(rows(database, "SELECT id FROM nodes"))


def test_the_sweep_moves_nodes_within_ten_seconds(database: Database, settings: Settings) -> None:
    """Its round does all of it, and each part of it is due more often than that."""
    lost, held = create(database, timeout=at(-1)), create(database, state="available", holdoff=at(-1))
    closing = create(database, state="closing")

    loop.once(database, settings, NOW)

    assert {"done"} == {node_of(database, each).state for each in (lost, held, closing)}
    assert 5 == len([task for task in TASKS if "node" in task.name and task.every_s < 10])
