"""Trees that arrive whole."""

from typing import Any

import pytest

from paddles.accounts.access import Principal
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Invalid, NotFound, Unauthenticated
from paddles.nodes import hierarchy
from paddles.nodes.hierarchy import Branch
from tests.conftest import NOW
from tests.controllers.test_statements import counted
from tests.nodes.units import ANN, BOB, change, create, found, miscounted, node_of, told
from tests.units import at, rows


def leaf(name: str, *children: Branch, **said: Any) -> Branch:
    """Describe a done test and what is below it."""
    about = {"kind": "test", "name": name, "path": ["n", name], "state": "done", "result": "pass", **said}
    return Branch(about, children)


def submit(database: Database, node_id: str, tree: Branch, by: Principal = ANN) -> list[dict[str, Any]]:
    """Submit a tree as of ``NOW``."""
    return transact(database, lambda s: hierarchy.submit(s, node_id, tree, by, NOW))


def job(database: Database, **said: Any) -> str:
    """Create the job that a tree is for."""
    return create(database, kind="job", submitter="service:x", treeid="t", now=at(-1), **said)


def test_all_of_a_tree_is_answered_and_stored(database: Database) -> None:
    """Root first, then depth first; children have parents, tree and submitter from above, and owners."""
    root = job(database)
    tree = leaf("n", leaf("a", leaf("a1"), leaf("a2")), leaf("b", owner="bob", submitter="me", treeid="mine"))

    answer = submit(database, root, tree)

    assert ["n", "a", "a1", "a2", "b"] == [node["name"] for node in answer] == found(database)
    by_name = {node["name"]: node for node in answer}
    assert {"n": None, "a": root, "b": root, "a1": by_name["a"]["id"], "a2": by_name["a"]["id"]} == {
        name: node["parent_id"] for name, node in by_name.items()
    }
    assert {("service:x", "t")} == {(node["submitter"], node["treeid"]) for node in answer}
    assert ["ann"] * 4 + ["bob"] == [node_of(database, node["id"]).owner for node in answer]
    assert [node["id"] for node in answer] == sorted(node["id"] for node in answer)


def test_a_tree_is_one_event(database: Database) -> None:
    """Of its root, which says that there is more."""
    root = job(database)

    submit(database, root, leaf("n", *(leaf(f"c{n}") for n in range(50))))

    (_, event) = told(database)
    assert (root, "updated", True, "running", "done") == (
        event["id"],
        event["op"],
        event["is_hierarchy"],
        event["previous_state"],
        event["state"],
    )


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (leaf("n", leaf("a", leaf("b", kind="node"))), Invalid),
        (leaf("n", leaf("a", data={"error_code": "x"})), Invalid),
        (leaf("n", state="running"), Invalid),
    ],
)
def test_a_tree_is_stored_whole_or_not_at_all(database: Database, wrong: Branch, error: type[Exception]) -> None:
    """A fault anywhere, or a state that the root cannot go back to, leaves everything as it was."""
    root = job(database, state="done")

    with pytest.raises(error):
        submit(database, root, wrong)

    assert ["n"] == found(database)
    assert (None, 1) == (node_of(database, root).result, len(told(database)))


def test_a_tree_is_for_a_node_that_one_may_change(database: Database) -> None:
    """That exists, and whose owner does not change."""
    root = job(database)

    with pytest.raises(Unauthenticated):
        submit(database, root, leaf("n"), by=BOB)
    with pytest.raises(NotFound):
        submit(database, "0" * 24, leaf("n"))
    submit(database, root, leaf("n", owner="bob", user_groups=["all"]))
    assert ("ann", []) == (node_of(database, root).owner, node_of(database, root).user_groups)


def test_open_children_of_a_tree_are_counted(database: Database) -> None:
    """At every level, also where a done node has an open one below it, and the root's parent hears of it."""
    above = create(database)
    root = job(database, parent_id=above)
    tree = leaf("n", leaf("a", leaf("a1", state="running")), leaf("b"), leaf("c", state="available"))

    answer = {node["name"]: node["id"] for node in submit(database, root, tree)}

    assert 2 == node_of(database, root).open_children
    assert 1 == node_of(database, above).open_children
    assert [] == miscounted(database)
    change(database, answer["a1"], state="done")
    change(database, answer["c"], state="done")
    assert [0, 0] == [node_of(database, each).open_children for each in (root, above)]
    assert [] == miscounted(database)


def test_a_closing_root_waits_for_its_tree(database: Database) -> None:
    """And is done with the last of it."""
    root = job(database)
    answer = submit(database, root, leaf("n", leaf("a", state="running"), state="closing", result=None))

    assert "closing" == node_of(database, root).state
    change(database, answer[1]["id"], state="done")
    assert "done" == node_of(database, root).state


def test_a_thousand_nodes_take_as_many_statements_as_one(database: Database) -> None:
    """A tree is inserted at once, however large and deep."""
    deep = leaf("d0")
    for level in range(1, 80):
        deep = leaf(f"d{level}", deep)
    numbers = []
    for tree in (leaf("n", leaf("a")), leaf("n", deep, *(leaf(f"c{n}") for n in range(920)))):
        root = job(database)
        with counted() as statements:
            submit(database, root, tree)
        numbers.append(len([each for each in statements if not each.startswith("PREPARE")]))

    assert [3, 3] == numbers
    assert [(1000 + 3,)] == rows(database, "SELECT count(*) FROM nodes")
