"""``/node``, ``/nodes``, ``/count`` and ``/batch`` over the wire: bodies, statuses and texts."""

import datetime
from typing import Any

import pytest

from tests.controllers.kernelci.trees import CHECKOUT, FIELDS, MISSING, REVISION, detail, make
from tests.controllers.kernelci.wire import Api, Person


def moment(text: str) -> datetime.datetime:
    """Return a time as the API writes it."""
    assert "+" not in text
    assert "Z" not in text
    return datetime.datetime.fromisoformat(text)


def test_a_node_comes_back_whole(api: Api, ann: Person) -> None:
    """With every field; times are in UTC without saying so, the timeout is six hours on."""
    node = make(api, ann, artifacts={"log": "http://x"}, owner="bob")

    assert FIELDS == set(node)
    assert ("ann", "running", None, None, {"log": "http://x/"}) == (
        node["owner"],
        node["state"],
        node["result"],
        node["parent"],
        node["artifacts"],
    )
    assert {"kernel_revision": REVISION} == node["data"]
    assert datetime.timedelta(hours=6) == moment(node["timeout"]) - moment(node["created"])
    assert node == api.get(f"/latest/node/{node['id']}").json == api.get(f"/node/{node['id']}/").json


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00"),
        ("2026-01-31T14:00:00.5+02:00", "2026-01-31T12:00:00.500000"),
        ("2026-01-31 12:00:00", "2026-01-31T12:00:00"),
        ("2026-01-31", "2026-01-31T00:00:00"),
        (1769860800, "2026-01-31T12:00:00"),
    ],
)
def test_times_may_be_sent_in_many_ways(api: Api, ann: Person, sent: Any, stored: str) -> None:
    """And come back in one."""
    node = make(api, ann, created=sent, holdoff=sent)

    assert (stored, stored) == (node["created"], node["holdoff"])
    assert node == api.get(f"/latest/node/{node['id']}").json


@pytest.mark.parametrize(
    ("said", "status", "expected"),
    [
        ({"id": MISSING}, 400, f"Object cannot be created with id: {MISSING}"),
        ({"kind": "node"}, 400, "Unsupported node kind: node"),
        ({"kind": None}, 400, "Unsupported node kind: node"),
        ({"parent": MISSING}, 404, f"Parent not found with id: {MISSING}"),
        ({"parent": "zz"}, 422, ["body", "parent"]),
        ({"name": None}, 422, ["body", "name"]),
        ({"path": "x"}, 422, ["body", "path"]),
        ({"artifacts": {"log": "nonsense"}}, 422, ["body", "artifacts", "log"]),
        ({"artifacts": {"log": "ftp://x/"}}, 422, ["body", "artifacts", "log"]),
        ({"user_groups": ["a", "a"]}, 422, ["body", "user_groups"]),
        ({"user_groups": ["nobody"]}, 400, "User group does not exist with name: nobody"),
        ({"state": "asleep"}, 422, ["body", "state"]),
        ({"result": "maybe"}, 422, ["body", "result"]),
        ({"created": "0001-01-01T00:00:00+14:00"}, 422, ["body", "created"]),
        ({"created": "9999-12-31T23:59:59"}, 422, ["body", "created"]),
        ({"data": None}, 400, "data: must be an object"),
        ({"data": {"kernel_revision": {**REVISION, "commit": 5}}}, 400, "data.kernel_revision.commit: "),
        ({"retry_counter": 2**40}, 422, ["body", "retry_counter"]),
    ],
)
def test_what_cannot_be_created_is_said(
    api: Api, ann: Person, said: dict[str, Any], status: int, expected: str | list[str]
) -> None:
    """In the words that clients know, or as the place in the body."""
    answer = api.post("/latest/node", {**CHECKOUT, **said}, token=ann.token, status=status)

    if isinstance(expected, str):
        assert detail(answer).startswith(expected)
        return
    assert expected == detail(answer)[0]["loc"]


@pytest.mark.parametrize("left_out", ["name", "path"])
def test_what_a_node_must_have(api: Api, ann: Person, left_out: str) -> None:
    """A name and a path."""
    body = {key: value for key, value in CHECKOUT.items() if key != left_out}

    answer = api.post("/latest/node", body, token=ann.token, status=422)

    assert ["body", left_out] == detail(answer)[0]["loc"]


def test_writing_needs_a_token_and_reading_none(api: Api, ann: Person, bob: Person) -> None:
    """Whatever the header of a reader holds; whose token it is decides what may be written."""
    node = make(api, ann)
    path = f"/latest/node/{node['id']}"

    for method, where, body in (
        ("POST", "/latest/node", CHECKOUT),
        ("PUT", path, {}),
        ("PATCH", path, {}),
        ("PUT", f"/latest/nodes/{node['id']}", {}),
        ("PUT", "/latest/batch/nodeset", {}),
    ):
        assert "Unauthorized" == detail(api.send(method, where, body, status=401))
    for where in (path, "/latest/nodes", "/latest/nodes/fast", "/latest/count"):
        api.client.send("GET", where, status=200, HTTP_AUTHORIZATION="nonsense")
    answer = api.put(path, {"result": "pass"}, token=bob.token, status=401)
    assert "Unauthorized to complete the operation" == detail(answer)


def test_unknown_and_malformed_ids(api: Api, ann: Person) -> None:
    """Reading an unknown node is null; writing one is 404; what is no id is 400."""
    words = "'zz' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"

    assert api.get(f"/latest/node/{MISSING}", status=200).json is None
    assert words == detail(api.get("/latest/node/zz", status=400))
    for method, path, body in (
        ("PUT", "node", {}),
        ("PATCH", "node", {"result": None}),
        ("PUT", "nodes", {"node": CHECKOUT, "child_nodes": []}),
    ):
        answer = api.send(method, f"/latest/{path}/{MISSING}", body, token=ann.token, status=404)
        assert f"Node not found with id: {MISSING}" == detail(answer)
        assert words == detail(api.send(method, f"/latest/{path}/zz", body, token=ann.token, status=400))


def test_a_node_that_was_read_can_be_written(api: Api, ann: Person) -> None:
    """PUT takes the whole object, some of which stays; what is left out stays as well."""
    node = make(api, ann, treeid="t")

    written = api.put(
        f"/latest/node/{node['id']}", {**node, "state": "done", "owner": "x", "id": MISSING}, token=ann.token
    ).json
    assert {**node, "state": "done", "updated": written["updated"]} == written
    less = api.put(f"/latest/node/{node['id']}", {"result": "pass"}, token=ann.token).json
    assert {**written, "result": "pass", "updated": less["updated"]} == less
    assert less == api.get(f"/latest/node/{node['id']}").json
    refused = api.put(f"/latest/node/{node['id']}", {"state": "running"}, token=ann.token, status=400)
    assert "Transition not allowed with state: running" == detail(refused)


def test_a_part_of_a_node(api: Api, ann: Person) -> None:
    """PATCH replaces each member that is sent, ignores what it does not know, and refuses nothing at all."""
    node = make(api, ann)

    patched = api.patch(f"/latest/node/{node['id']}", {"data": {"a": 1}, "name": "x", "y": 1}, token=ann.token).json

    assert ({"a": 1}, "checkout") == (patched["data"], patched["name"])
    refused = api.patch(f"/latest/node/{node['id']}", {"name": "x"}, token=ann.token, status=400)
    assert "No fields to update" == detail(refused)


def test_a_tree(api: Api, ann: Person) -> None:
    """Root first, then depth first; each level needs its children, each node its name, path and kind."""
    root = make(api, ann, kind="job", name="kunit", treeid="t")
    test = {"kind": "test", "name": "a", "path": ["kunit", "a"], "state": "done", "result": "pass"}
    leaf = {"node": {**test, "name": "b"}, "child_nodes": []}
    tree = {"node": {**root, "state": "done"}, "child_nodes": [{"node": test, "child_nodes": [leaf]}]}

    made = api.put(f"/latest/nodes/{root['id']}", tree, token=ann.token).json

    assert ["kunit", "a", "b"] == [node["name"] for node in made]
    assert [None, made[0]["id"], made[1]["id"]] == [node["parent"] for node in made]
    assert {"t"} == {node["treeid"] for node in made}
    for wrong, where in (
        ({"node": root}, ["body", "child_nodes"]),
        ({"node": root, "child_nodes": [{"node": test}]}, ["body", "child_nodes", 0, "child_nodes"]),
        ({"node": {"name": "x", "path": []}, "child_nodes": []}, ["body", "node", "kind"]),
    ):
        answer = api.put(f"/latest/nodes/{root['id']}", wrong, token=ann.token, status=422)
        assert where == detail(answer)[0]["loc"]


def test_many_are_marked_at_once(api: Api, ann: Person, bob: Person) -> None:
    """The number of those that changed; one field only, of nodes that exist."""
    ids = [make(api, ann)["id"], make(api, bob)["id"]]
    body = {"nodes": ids, "field": "processed_by_kcidb_bridge", "value": "True"}

    assert 1 == api.put("/latest/batch/nodeset", body, token=ann.token).json

    assert [ids[0]] == [node["id"] for node in api.get("/latest/nodes/fast?processed_by_kcidb_bridge=True").json]
    refused = api.put("/latest/batch/nodeset", {**body, "field": "name"}, token=ann.token, status=400)
    assert "Field not supported" == detail(refused)
    api.put("/latest/batch/nodeset", {**body, "nodes": [MISSING]}, token=ann.token, status=404)
    api.put("/latest/batch/nodeset", {**body, "nodes": ["zz"]}, token=ann.token, status=400)
    api.put("/latest/batch/nodeset", {**body, "value": "maybe"}, token=ann.token, status=422)


def test_without_a_version_nodes_are_machines_unless_they_cannot_be(api: Api, ann: Person) -> None:
    """A list that is asked what machines are not, and a tree, are KernelCI's; all else is not."""
    node = make(api, ann, kind="job")
    api.client.post_json("/nodes/", {"name": node["id"], "machine_type": "t"})
    tree = {"node": {**node, "name": "x"}, "child_nodes": []}

    assert [node["id"]] == [machine["name"] for machine in api.get("/nodes/?machine_type=t").json]
    for query in ("kind=job", "created__gt=2020-01-01", "data.x=null", "owner=ann&limit=5"):
        assert [node] == api.get(f"/nodes?{query}").json["items"]
    assert {"detail"} == set(api.get("/nodes?parent=zz", status=400).json)
    assert "x" == api.put(f"/nodes/{node['id']}", tree, token=ann.token).json[0]["name"]
    api.put(f"/nodes/{node['id']}", {"description": "mine"}, status=200)
    assert "mine" == api.get(f"/nodes/{node['id']}").json["description"]


def test_a_group_is_taken_from_nodes_too(api: Api, ann: Person, admin: Person) -> None:
    """With the group the right goes that it gave."""
    group = api.post("/latest/group", {"name": "lab"}, token=admin.token).json
    node = make(api, ann, user_groups=["lab"])
    assert ["lab"] == node["user_groups"]

    api.delete(f"/latest/group/{group['id']}", token=admin.token, status=204)

    assert [] == api.get(f"/latest/node/{node['id']}").json["user_groups"]


def test_deep_and_strange_bodies(api: Api, ann: Person) -> None:
    """As deep as a body may be, with any text in it: stored as it came, told, and found again."""
    deep: Any = "🦊"
    for _ in range(190):
        deep = [deep]
    strange = {'a"b\\': {"🦊": 7}, "deep": deep, "": "blank", "big": 2**64 - 1, "small": 1e-300}
    node = make(api, ann, kind="process", data=strange, name="🦊" * 400)

    assert strange == node["data"] == api.get(f"/latest/node/{node['id']}").json["data"]
    assert [node] == api.get("/latest/nodes/fast?data.a%22b%5C.%F0%9F%A6%8A__gt=6&name__re=%F0%9F%A6%8A").json
    tree: dict[str, Any] = {"node": {**CHECKOUT, "state": "done"}, "child_nodes": []}
    for _ in range(90):
        tree = {"node": {**CHECKOUT, "state": "done"}, "child_nodes": [tree]}
    assert 91 == len(api.put(f"/latest/nodes/{node['id']}", tree, token=ann.token).json)
