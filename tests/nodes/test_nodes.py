"""Nodes created and changed: defaults, what stays, who may, what is counted and what is told."""

import datetime
from typing import Any

import pytest
from sqlalchemy import text

from paddles.accounts.access import NOBODY, Principal
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Invalid, NotFound, Unauthenticated
from paddles.nodes import nodes, upkeep
from tests.conftest import NOW
from tests.nodes.units import ANN, BOB, ROOT, change, create, data_of, make_groups, miscounted, moves, node_of, told
from tests.units import at

MISSING = "0" * 24
REVISION = {"tree": "t", "url": "https://x", "branch": "b", "commit": "c"}


def naive(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment as it is shown."""
    return moment.replace(tzinfo=None)


def test_a_new_node_has_every_default(database: Database) -> None:
    """What is not said is as KernelCI's API has it; the answer is what is stored."""
    node = node_of(database, create(database))

    shown = (node.state, node.result, node.parent_id, node.user_groups, node.processed_by_kcidb_bridge)
    assert ("running", None, None, [], False) == shown
    assert ("ann", None, None, 0, 0) == (
        node.owner,
        node.submitter,
        node.treeid,
        node.retry_counter,
        node.open_children,
    )
    assert (naive(NOW), naive(NOW), naive(at(6 * 3600)), None) == (
        node.created,
        node.updated,
        node.timeout,
        node.holdoff,
    )
    assert (b"{}", b"{}", b"{}", None, []) == (
        node.artifacts,
        node.data,
        node.debug,
        node.jobfilter,
        node.platform_filter,
    )


def test_ids_rise(database: Database) -> None:
    """Nodes are listed in the order in which they were made."""
    ids = [create(database, now=at(n)) for n in range(5)]

    assert sorted(ids) == ids


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"kind": "node"}, Invalid, "Unsupported node kind: node"),
        ({"data": None}, Invalid, "data: must be an object"),
        ({"data": {"kernel_revision": {}}}, Invalid, "data.kernel_revision.tree"),
        ({"parent_id": MISSING}, NotFound, f"Parent not found with id: {MISSING}"),
        ({"parent_id": MISSING, "state": "done"}, NotFound, f"Parent not found with id: {MISSING}"),
        ({"name": "n" * 2001}, Invalid, "name has at most 2000 bytes"),
    ],
)
def test_what_cannot_be_created(database: Database, said: dict[str, Any], error: type[Exception], message: str) -> None:
    """The refusal says why, and nothing is left of it."""
    with pytest.raises(error, match=message):
        create(database, **said)

    assert [] == told(database)


def test_nobody_creates_nothing(database: Database) -> None:
    """Only a user can."""
    with pytest.raises(Unauthenticated):
        create(database, by=NOBODY)


def test_what_is_not_said_stays(database: Database) -> None:
    """A change leaves the rest alone, whose it is whatever it says, and moves ``updated``."""
    data = {"kernel_revision": REVISION, "other": [1]}
    make_groups(database, "g")
    node_id = create(database, path=["a", "b"], data=data, user_groups=["g"], submitter="s", treeid="t", group="j")

    change(database, node_id, now=at(5), result="pass", owner="bob", submitter="x", user_groups=[], id=MISSING)

    node = node_of(database, node_id)
    assert ("pass", "ann", "s", ["g"], "t", "j", ["a", "b"]) == (
        node.result,
        node.owner,
        node.submitter,
        node.user_groups,
        node.treeid,
        node.group,
        node.path,
    )
    assert (naive(NOW), naive(at(5))) == (node.created, node.updated)
    assert data == data_of(database, node_id)


@pytest.mark.parametrize("said", [{"data": {"a": True}}, {"debug": {"x": 1}}, {"artifacts": None}, {"artifacts": {}}])
def test_documents_are_replaced_whole(database: Database, said: dict[str, Any]) -> None:
    """Data, debug and artifacts that are said stand instead of those before; true is not 1."""
    node_id = create(database, data={"a": 1, "b": 2}, artifacts={"x": "https://x/"})

    node = change(database, node_id, **said)

    (column,) = said
    stored = getattr(node_of(database, node_id), column)
    assert node[column] == said[column]
    assert {"data": b'{"a": true}', "debug": b'{"x": 1}', "artifacts": None if said[column] is None else b"{}"}[
        column
    ] == stored


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (True, {"result": "pass"}, False),
        (True, {"processed_by_kcidb_bridge": True}, False),
        (True, {"processed_by_kcidb_bridge": False}, False),
        (False, {"processed_by_kcidb_bridge": True}, True),
        (False, {"result": "pass"}, False),
    ],
)
def test_a_change_is_news_to_the_bridge(database: Database, before: bool, said: dict[str, Any], after: bool) -> None:
    """What a bridge has seen it has to see again once the node changed, unless that was the change."""
    node_id = create(database, processed_by_kcidb_bridge=before)

    assert after is change(database, node_id, **said)["processed_by_kcidb_bridge"]
    assert after is node_of(database, node_id).processed_by_kcidb_bridge


def test_states_are_checked_against_the_stored_one(database: Database) -> None:
    """A done node stays done, its result may still change; what is refused changes nothing."""
    node_id = create(database, state="done")

    with pytest.raises(Invalid, match="Transition not allowed with state: running"):
        change(database, node_id, state="running", result="pass")

    assert node_of(database, node_id).result is None
    change(database, node_id, result="fail")
    assert ("done", "fail") == node_of(database, node_id)[6:8]


def test_a_kind_that_changes_is_checked_against_the_data(database: Database) -> None:
    """Data that the new kind cannot hold refuses the change."""
    node_id = create(database, kind="job", data={"error_code": "Bug"})

    with pytest.raises(Invalid, match=r"data\.error_code"):
        change(database, node_id, kind="checkout")
    change(database, node_id, kind="test")
    assert "test" == node_of(database, node_id).kind


def test_only_some_may_change_a_node(database: Database) -> None:
    """Others are refused; a superuser and the runtime's editors are not."""
    node_id = create(database, kind="job", data={"runtime": "lava-x"})
    editor = Principal(id="4", username="ed", groups=("runtime:lava-x:node-editor",))

    with pytest.raises(Unauthenticated, match="to complete the operation"):
        change(database, node_id, by=BOB, result="pass")
    change(database, node_id, by=editor, result="pass")
    change(database, node_id, by=ROOT, result="fail")
    with pytest.raises(NotFound, match=f"Node not found with id: {MISSING}"):
        change(database, MISSING, result="pass")


def test_a_part_is_changed_by_part(database: Database) -> None:
    """PATCH takes some members and ignores others; none of them at all is refused."""
    node_id = create(database)

    transact(database, lambda s: nodes.patch(s, node_id, {"result": "skip", "name": "x"}, ANN, NOW))

    assert ("n", "skip") == (node_of(database, node_id).name, node_of(database, node_id).result)
    with pytest.raises(Invalid, match="No fields to update"):
        transact(database, lambda s: nodes.patch(s, node_id, {"name": "x"}, ANN, NOW))


def test_every_write_is_told_once(database: Database) -> None:
    """Created and updated, in the words of KernelCI's events, with what stood before; or not at all if so asked."""
    node_id = create(database, kind="job", path=["a", "n"], group="g", data={"x": 1})
    transact(database, lambda s: nodes.change(s, node_id, {"debug": {"y": 1}}, ANN, NOW, tell=False))
    change(database, node_id, state="done", result="pass")

    common = {"id": node_id, "kind": "job", "name": "n", "path": ["a", "n"], "group": "g", "owner": "ann"}
    common |= {"data": {"x": 1}, "is_hierarchy": False}
    before = {"previous_state": "running", "previous_result": None}
    assert [
        {"op": "created", "state": "running", "result": None, **common},
        {"op": "updated", "state": "done", "result": "pass", **common, **before},
    ] == told(database)


def test_children_are_counted_while_they_are_open(database: Database) -> None:
    """From their creation to their end and that of all below them, at every level."""
    root = create(database)
    child = create(database, parent_id=root)
    grandchild = create(database, parent_id=child)
    create(database, parent_id=root, state="done")
    assert [1, 1, 0] == [node_of(database, each).open_children for each in (root, child, grandchild)]

    change(database, child, state="done")
    assert [1, 1, 0] == [node_of(database, each).open_children for each in (root, child, grandchild)]
    change(database, grandchild, state="done")
    assert [0, 0, 0] == [node_of(database, each).open_children for each in (root, child, grandchild)]
    create(database, parent_id=grandchild)
    assert [1, 1, 1] == [node_of(database, each).open_children for each in (root, child, grandchild)]
    assert [] == miscounted(database)


def test_a_closing_node_ends_with_the_last_below_it(database: Database) -> None:
    """At once, and so does what waited for it in turn; each end is told."""
    root = create(database, state="closing")
    middle = create(database, parent_id=root, state="closing")
    leaves = [create(database, parent_id=middle) for _ in range(2)]

    change(database, leaves[0], state="done", now=at(1))
    assert "closing" == node_of(database, middle).state
    change(database, leaves[1], state="done", now=at(2))

    assert ["done", "done"] == [node_of(database, each).state for each in (root, middle)]
    assert naive(at(2)) == node_of(database, root).updated
    ends = [(e["id"], e["previous_state"]) for e in told(database) if e["op"] == "updated"]
    assert [(leaves[0], "running"), (leaves[1], "running"), (middle, "closing"), (root, "closing")] == ends


def test_the_end_of_a_closing_node_is_not_told_too_early(database: Database) -> None:
    """A child that ends in a transaction older than the last word on its parent leaves the end to the clock."""
    root = create(database, state="available", holdoff=at(-1))
    child = create(database, parent_id=root)

    def end(session: Session) -> None:
        session.execute(text("SELECT pg_current_xact_id()"))
        transact(database, lambda other: upkeep.hold_off(other, NOW, 10))
        nodes.change(session, child, {"state": "done"}, ANN, NOW)

    transact(database, end)

    assert ("closing", 0) == (node_of(database, root).state, node_of(database, root).open_children)
    transact(database, lambda s: upkeep.close(s, NOW, 10))
    assert [("available", "closing"), ("closing", "done")] == [m[1:] for m in moves(database) if m[0] == root]


def test_a_node_can_be_put_elsewhere(database: Database) -> None:
    """Its old parent loses it, its new one counts it; it cannot be put below itself or below what is below it."""
    old, new = create(database), create(database)
    child = create(database, parent_id=old)
    grandchild = create(database, parent_id=child)

    change(database, child, parent_id=new)
    assert [0, 1] == [node_of(database, each).open_children for each in (old, new)]
    for wrong, why in ((child, "Parent cannot be the same as the object"), (grandchild, "below the object")):
        with pytest.raises(Invalid, match=why):
            change(database, child, parent_id=wrong)
    with pytest.raises(NotFound, match="Parent not found"):
        change(database, child, parent_id=MISSING)
    change(database, child, parent_id=None)
    assert [0, 0] == [node_of(database, each).open_children for each in (old, new)]
    assert [] == miscounted(database)


def test_many_are_marked_at_once(database: Database) -> None:
    """One's own; those of others are passed over, an unknown one refuses all, and no event tells of it."""
    own, other = [create(database) for _ in range(3)], create(database, by=BOB)
    before = len(told(database))

    assert 3 == transact(database, lambda s: nodes.mark(s, [*own, other, own[0]], True, ANN))

    assert [True] * 3 + [False] == [node_of(database, each).processed_by_kcidb_bridge for each in (*own, other)]
    with pytest.raises(NotFound, match=f"Node not found with id: {MISSING}"):
        transact(database, lambda s: nodes.mark(s, [own[0], MISSING], False, ANN))
    assert before == len(told(database))


def test_a_group_that_is_gone_is_forgotten(database: Database) -> None:
    """By every node, without anything else about it changing."""
    make_groups(database, "a", "b")
    with_both, other = create(database, user_groups=["a", "b"]), create(database, user_groups=["b"])

    transact(database, lambda s: nodes.forget_group(s, "a"))

    assert [["b"], ["b"]] == [node_of(database, each).user_groups for each in (with_both, other)]


def test_only_groups_that_there_are(database: Database) -> None:
    """A node names no others."""
    make_groups(database, "a", "b")
    with pytest.raises(Invalid, match="User group does not exist with name: c"):
        create(database, user_groups=["a", "c"])
