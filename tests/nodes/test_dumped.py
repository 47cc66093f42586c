"""Nodes of dumps, of today and of before, as they are stored here."""

import datetime
from typing import Any

import orjson
import pytest

from paddles.db import extended_json
from paddles.errors import Invalid
from paddles.nodes import dumped, imports

ID, OTHER = "65a1b2c3d4e5f60718293a4b", "65a1b2c3d4e5f60718293a4c"
REVISION = {"tree": "mainline", "url": "https://git.example/linux.git", "branch": "master", "commit": "f" * 40}
BEGAN = "2024-01-02T03:04:05"


def node(**said: Any) -> dict[str, Any]:
    """Return what is made of a node with these members."""
    line = orjson.dumps({"id": ID, "kind": "test", "name": "n", "path": ["n"], "created": BEGAN, **said})
    return dumped.node(extended_json.read(line))


def test_both_forms_of_a_node_are_one() -> None:
    """What mongoexport writes, and what the API answers."""
    exported = dumped.node(
        extended_json.read(
            orjson.dumps({
                "_id": {"$oid": ID}, "parent": {"$oid": OTHER}, "kind": "job", "name": "baseline", "path": ["a", "b"],
                "created": {"$date": "2024-01-02T03:04:05Z"}, "retry_counter": {"$numberInt": "2"}, "owner": "lab",
                "data": {"regression": {"$oid": OTHER}}, "state": "done", "result": "pass",
            })
        )
    )  # fmt: skip
    answered = node(kind="job", parent=OTHER, name="baseline", path=["a", "b"], retry_counter=2, owner="lab",
                    data={"regression": OTHER}, state="done", result="pass")  # fmt: skip

    assert exported == answered
    assert (ID, OTHER, "lab", 2) == tuple(answered[name] for name in ("id", "parent_id", "owner", "retry_counter"))
    assert datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC) == answered["created"] == answered["updated"]


@pytest.mark.parametrize(("said", "column", "value"), [
    ({"revision": REVISION}, "data", {"kernel_revision": REVISION}),
    ({"revision": REVISION, "data": None}, "data", {"kernel_revision": REVISION}),
    ({"revision": REVISION, "data": {"arch": "arm"}}, "data", {"kernel_revision": REVISION, "arch": "arm"}),
    ({"kind": "regression", "data": {"failed_kernel_version": REVISION}}, "data", {"kernel_revision": REVISION}),
    ({"kind": "node"}, "kind", "test"),
    ({"kind": None}, "kind", "test"),
    ({"path": "checkout/build/"}, "path", ["checkout", "build"]),
    ({"updated": "2024-02-01"}, "updated", datetime.datetime(2024, 2, 1, tzinfo=datetime.UTC)),
    ({"id": ID.upper()}, "id", ID),
    ({"artifacts": None, "debug": None}, "artifacts", {}),
    ({"regression_data": [{"_id": OTHER}, {"id": ID}], "parent": ID}, "data", {"pass_node": OTHER, "fail_node": ID}),
    ({"regression_data": [{"_id": OTHER}, {"id": ID}], "parent": ID}, "parent_id", None),
    ({"regression_data": [{"_id": OTHER}, {"id": ID}]}, "kind", "regression"),
])  # fmt: skip
def test_older_forms_become_those_of_today(said: dict[str, Any], column: str, value: Any) -> None:
    """As that API's own migrations made them."""
    assert value == node(**said)[column]


@pytest.mark.parametrize("said", [
    {"id": None}, {"id": "zz"}, {"id": 7}, {"parent": "x"}, {"parent": {}}, {"kind": "tea"}, {"kind": 7}, {"name": 7},
    {"name": "n" * 3000}, {"path": 7}, {"path": [7]}, {"created": None}, {"created": "lately"}, {"state": "boiling"},
    {"result": "maybe"}, {"data": []}, {"data": {"kernel_revision": 7}}, {"artifacts": []}, {"owner": 7},
    {"treeid": "x" * 700}, {"user_groups": [None]}, {"user_groups": ["x" * 300]}, {"jobfilter": [{}]},
    {"platform_filter": [[]]}, {"retry_counter": 2**31}, {"retry_counter": -1}, {"processed_by_kcidb_bridge": "no"},
    {"regression_data": [7, 8]}, {"regression_data": [{}]},
    {"data": {"kernel_revision": {**REVISION, "tree": "x" * 700}}},
    {"created": "0001-01-01T00:00:00+23:00"}, {"created": "9999-12-31T23:00:00"},
])  # fmt: skip
def test_what_could_not_be_stored_is_refused(said: dict[str, Any]) -> None:
    """With a reason."""
    with pytest.raises(Invalid):
        node(**said)


def test_what_is_rooted_has_all_that_is_above_it() -> None:
    """At any depth and in any order; neither what is below a missing node, nor rings."""
    parents = {
        "e": "d",
        "d": "c",
        "c": None,
        "f": "here",
        "x": "gone",
        "y": "x",
        "r": "s",
        "s": "r",
        "t": "t",
        "u": "t",
    }

    assert {"c", "d", "e", "f"} == imports.rooted(parents, {"here"})
