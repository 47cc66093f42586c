"""What a job's tests come to, below its node: each once, whenever they are stored and however often."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.nodes import following, outcomes, planting
from paddles.nodes.planting import Outcome
from tests.conftest import NOW
from tests.nodes.labs import REVISION, TREE, ask, follow, job_of, settle, store
from tests.nodes.units import change, create, data_of, found, miscounted, moves, node_of, told
from tests.units import accept, at, rows

BELOW = "SELECT name, result, state, path, open_children FROM nodes WHERE parent_id = :id ORDER BY id"
SUITE = {"name": "s", "status": "fail", "cases": ["a", {"name": "b", "status": "fail", "output": "why"}]}


def below(database: Database, node_id: str) -> list[tuple[str, str | None]]:
    """Return name and result of the nodes below a node, in order."""
    return [(row.name, row.result) for row in rows(database, BELOW, id=node_id)]


def child(database: Database, node_id: str, name: str) -> str:
    """Return the id of a node below a node."""
    (row,) = rows(database, "SELECT id FROM nodes WHERE parent_id = :id AND name = :name", id=node_id, name=name)
    return str(row.id)


def test_tests_come_below_a_done_node(database: Database) -> None:
    """Stored after the end of the job: the node stays done, its tests and their cases are there, in one event."""
    parent = create(database)
    node_id = ask(database, parent_id=parent, data={"platform": "qemu"})
    accept(database, TREE, node_id, success=False)
    follow(database)
    store(database, job_of(database, node_id).id, SUITE, {"name": "t", "status": "skip", "cases": []})

    follow(database, at(9))

    assert [("s", "fail"), ("t", "skip")] == below(database, node_id)
    suite = child(database, node_id, "s")
    assert [("a", "pass"), ("b", "fail")] == below(database, suite)
    node = node_of(database, child(database, suite, "b"))
    assert ("test", "done", "kunit", TREE, "ann") == (node.kind, node.state, node.group, node.treeid, node.owner)
    assert ["checkout", "kunit", "s", "b"] == node.path
    data = data_of(database, node.id)
    assert (REVISION, "qemu", "why") == (data["kernel_revision"], data["platform"], data["error_msg"])
    event = told(database)[-1]
    assert (node_id, True, "done", "done") == (
        event["id"],
        event["is_hierarchy"],
        event["previous_state"],
        event["state"],
    )
    assert at(9).replace(tzinfo=None) == node_of(database, node_id).updated
    assert [] == miscounted(database)
    assert 0 == node_of(database, parent).open_children


@pytest.mark.parametrize("again", [1, 3])
def test_tests_are_there_once(database: Database, again: int) -> None:
    """However often they are stored, and the log is read."""
    node_id = ask(database)
    for _ in range(again):
        store(database, job_of(database, node_id).id, SUITE)
        follow(database)

    assert [("s", "fail")] == below(database, node_id)
    assert 3 == len(found(database, ("kind", "test")))
    assert 1 == len([event for event in told(database) if event["is_hierarchy"]])


def test_what_is_stored_anew_takes_the_place_of_what_was(database: Database) -> None:
    """Results that are others now, and cases that are new; of equal names the first stays the first."""
    node_id = ask(database)
    job_id = job_of(database, node_id).id
    store(database, job_id, {"name": "s", "status": "pass", "cases": ["a", "a"]})
    follow(database)
    ids = {row.id for row in rows(database, "SELECT id FROM nodes")}
    store(database, job_id, {"name": "s", "status": "fail", "cases": ["a", {"name": "a", "status": "fail"}, "c"]})

    follow(database, at(9))

    assert [("s", "fail")] == below(database, node_id)
    assert [("a", "pass"), ("a", "fail"), ("c", "pass")] == below(database, child(database, node_id, "s"))
    after = {row.id for row in rows(database, "SELECT id FROM nodes")}
    assert (1, set()) == (len(after) - len(ids), ids - after)


@pytest.mark.parametrize(
    ("case", "result", "data"),
    [
        ({"status": "pass", "output": "fine"}, "pass", {}),
        ({"status": "error", "output": "x" * 2000}, "incomplete", {"error_code": "Test", "error_msg": "x" * 1000}),
        ({"status": "skip"}, "skip", {}),
        ({"status": "unknown", "measurement": 1.5, "units": "ms"}, None, {"misc": {"measurement": 1.5, "units": "ms"}}),
        ({"status": "fail", "waived": True}, "fail", {"misc": {"waived": True}}),
        ({"status": "pass", "duration_s": 0.5}, "pass", {"misc": {"duration_s": 0.5}}),
    ],
)
def test_what_a_case_says(database: Database, case: dict[str, Any], result: str, data: dict[str, Any]) -> None:
    """In the words of nodes; of what it printed the end is kept, unless it passed."""
    node_id = ask(database)
    store(database, job_of(database, node_id).id, {"name": "s", "status": "pass", "cases": [{"name": "c", **case}]})

    follow(database)

    node = node_of(database, child(database, child(database, node_id, "s"), "c"))
    said = data_of(database, node.id)
    assert (result, data) == (node.result, {name: said[name] for name in said if name in ("misc", *data)})


def test_long_and_strange_names(database: Database) -> None:
    """A name is cut where a node's ends; whatever it holds is text."""
    node_id = ask(database)
    names = ["é" * 512, "<b>'; DROP TABLE nodes; --", "../..", "😀" * 512]
    store(database, job_of(database, node_id).id, *({"name": n, "status": "pass", "cases": [n]} for n in names))

    follow(database)

    assert [*names[:3], "😀" * 500] == [name for name, _ in below(database, node_id)]


def test_there_are_only_so_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests before cases; a test of which there are more says how many. The next round begins where one was enough."""
    monkeypatch.setattr(outcomes, "MOST", 4)
    monkeypatch.setattr(following, "MOST_PLANTED", 1)
    node_id, other = ask(database), ask(database)
    for each in (node_id, other):
        cases = {"name": "s", "status": "pass", "cases": ["a", "b", "c"]}
        store(database, job_of(database, each).id, cases, {"name": "t", "status": "pass", "cases": ["d"]})
    settle(database)

    more = transact(database, lambda s: following.follow(s, NOW, 500))

    assert (500, []) == (more, below(database, other))
    follow(database)
    for each in (node_id, other):
        assert ["s", "t"] == [name for name, _ in below(database, each)]
        suite, empty = child(database, each, "s"), child(database, each, "t")
        assert [("a", "pass"), ("b", "pass")] == below(database, suite)
        assert ({"cases": 3}, {"cases": 1}) == (data_of(database, suite)["misc"], data_of(database, empty)["misc"])


def test_results_of_any_depth(database: Database) -> None:
    """Level by level; what somebody else has put there is not put there again, and its result is corrected."""
    node_id = create(database, kind="job")
    mine = create(database, kind="test", parent_id=node_id, name="login", path=["n", "login"], state="done")
    tree = [
        Outcome("login", "pass"),
        Outcome("s", "fail", below=[Outcome("set", "fail", below=[Outcome("c", "fail")])]),
    ]

    done = [transact(database, lambda s: planting.plant(s, node_id, tree, NOW)) for _ in range(2)]

    assert [4, 0] == done
    assert "pass" == node_of(database, mine).result
    assert [("login", "pass"), ("s", "fail")] == sorted(below(database, node_id))
    leaf = child(database, child(database, child(database, node_id, "s"), "set"), "c")
    assert ["n", "s", "set", "c"] == node_of(database, leaf).path
    assert 0 == transact(database, lambda s: planting.plant(s, "0" * 24, tree, NOW))


def test_what_somebody_has_begun_is_ended(database: Database) -> None:
    """A node below that is still open is done with the result; what is above it waits for it no longer."""
    root = create(database, state="closing")
    node_id = create(database, kind="job", parent_id=root, state="done")
    begun = create(database, kind="test", parent_id=node_id, name="login")
    assert (1, 1) == (node_of(database, node_id).open_children, node_of(database, root).open_children)

    transact(database, lambda s: planting.plant(s, node_id, [Outcome("login", None)], NOW))

    assert ("done", 0) == (node_of(database, begun).state, node_of(database, node_id).open_children)
    assert "done" == node_of(database, root).state
    assert [] == miscounted(database)


@pytest.mark.parametrize("verdict", [None, True])
def test_a_closing_node_whose_last_child_is_ended(database: Database, verdict: bool | None) -> None:
    """It is done with that child, and stays so: in its events, too, whatever its job says in the same round."""
    parent = create(database, state="closing")
    node_id = ask(database, parent_id=parent, state="closing")
    create(database, kind="test", parent_id=node_id, name="s", path=["s"])
    store(database, job_of(database, node_id).id, SUITE)
    if verdict:
        accept(database, TREE, node_id, success=True)

    follow(database)

    assert [("closing", "done")] == [move[1:] for move in moves(database) if move[0] == node_id]
    assert ("done", "pass" if verdict else "incomplete") == (
        node_of(database, node_id).state,
        node_of(database, node_id).result or "incomplete",
    )
    assert ("done", 0) == (node_of(database, parent).state, node_of(database, parent).open_children)
    assert [] == miscounted(database)


def test_tests_of_a_job_that_runs(database: Database) -> None:
    """They come while it does; its node stays open for its own end."""
    node_id = ask(database)
    store(database, job_of(database, node_id).id, SUITE)
    follow(database)
    assert ("running", 0) == (node_of(database, node_id).state, node_of(database, node_id).open_children)

    change(database, node_id, debug={})
    accept(database, TREE, node_id, success=True)
    follow(database)

    assert ("done", "pass") == (node_of(database, node_id).state, node_of(database, node_id).result)
