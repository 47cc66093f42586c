"""``/nodes/<name>/lock/``, ``/nodes/lock_many/`` and ``/nodes/unlock_many/``: machines held by somebody."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.client import Client
from tests.factories import make_node, names_of, node_of

LOCK = "/nodes/smithi001/lock/"
MINE = {"locked": True, "locked_by": "ann@example", "description": "run/1"}
FREE_AGAIN = {"locked": False, "locked_by": "ann@example", "description": "run/1"}
MANY = {"count": 2, "locked_by": "ann@example", "machine_type": "smithi", "description": "run/1"}
COMPLETE = "must pass these fields: "

# Whether the node is locked (as MINE), what is asked, and the status and message of the refusal.
REFUSED: list[tuple[bool, dict[str, Any], int, str]] = [
    (False, {"locked": True}, 400, "Cannot lock without specifying locked_by"),
    (False, {"locked": True, "locked_by": None}, 400, "Cannot lock without specifying locked_by"),
    (False, {"locked": True, "locked_by": ""}, 400, "Cannot lock without specifying locked_by"),
    (False, FREE_AGAIN, 403, "Cannot unlock an already-unlocked node"),
    (True, {**MINE, "locked_by": "bob"}, 403, "Cannot lock an already-locked node"),
    (True, {**MINE, "description": "other"}, 403, "Cannot lock an already-locked node"),
    (True, {**MINE, "description": None}, 403, "Cannot lock an already-locked node"),
    (True, {"locked": True, "locked_by": "ann@example"}, 403, "Cannot lock an already-locked node"),
    (True, {"locked": False}, 400, "Cannot unlock without specifying locked_by"),
    (True, {"locked": False, "locked_by": None}, 400, "Cannot unlock without specifying locked_by"),
    (True, {**FREE_AGAIN, "locked_by": "bob"}, 403, "Cannot unlock - locked_by values must match"),
    (True, {**FREE_AGAIN, "description": "other"}, 403, "Cannot unlock - description values must match"),
]


def shown_lock(*, locked: bool) -> Mapping[str, Any]:
    """Return what a lock call answers of the machine that these tests use."""
    owner = "ann@example" if locked else None
    return {"name": "smithi001", "locked": locked, "locked_by": owner, "machine_type": "smithi", "is_vm": False}


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("path", [LOCK, LOCK.rstrip("/")])
def test_a_free_node_is_locked(client: Client, method: str, path: str) -> None:
    """Either method, either form of the address, no content type: five keys, and the node knows owner and moment."""
    make_node(client)

    answer = client.send(method, path, MINE, status=200, CONTENT_TYPE="")

    node = node_of(client)
    assert shown_lock(locked=True) == answer.json
    assert (True, "ann@example", "run/1") == (node["locked"], node["locked_by"], node["description"])
    assert node["locked_since"]


def test_a_lock_may_be_repeated(client: Client) -> None:
    """The same owner with the same description gets 200 again, and nothing changes."""
    make_node(client)
    client.put_json(LOCK, MINE)
    before = node_of(client)

    answer = client.put_json(LOCK, MINE, status=200)

    assert shown_lock(locked=True) == answer.json
    assert before == node_of(client)


@pytest.mark.parametrize("description", [{"description": "run/1"}, {"description": ""}, {}])
def test_a_locked_node_is_unlocked_by_its_owner(client: Client, description: dict[str, Any]) -> None:
    """Owner and moment go, the description stays, whether it was given again or not."""
    make_node(client)
    client.put_json(LOCK, MINE)

    answer = client.put_json(LOCK, {"locked": False, "locked_by": "ann@example", **description}, status=200)

    node = node_of(client)
    assert shown_lock(locked=False) == answer.json
    assert (False, None, None) == (node["locked"], node["locked_by"], node["locked_since"])
    assert description.get("description", "run/1") == node["description"]


def test_a_null_description_clears_it(client: Client) -> None:
    """Unlocking with a null description leaves none."""
    make_node(client)
    client.put_json(LOCK, MINE)

    client.put_json(LOCK, {**FREE_AGAIN, "description": None}, status=200)

    assert node_of(client)["description"] is None


@pytest.mark.parametrize(("locked", "said", "status", "message"), REFUSED)
@pytest.mark.parametrize("path", [LOCK, "/nodes/smithi001/"])
def test_locks_are_refused_by_rule(
    client: Client, path: str, locked: bool, said: dict[str, Any], status: int, message: str
) -> None:
    """A refused lock or unlock says why and changes nothing, by the lock's address as by a plain update."""
    make_node(client)
    if locked:
        client.put_json(LOCK, MINE)
    before = node_of(client)

    assert message == client.refused("PUT", path, status, {**said, "arch": "arm64"})
    assert before == node_of(client)


@pytest.mark.parametrize("said", [{}, {"locked": None}])
def test_a_lock_call_without_a_wish_is_a_description(client: Client, said: dict[str, Any]) -> None:
    """Without ``locked``, or with null, other keys are applied and the lock stays as it is."""
    make_node(client)
    client.put_json(LOCK, MINE)

    answer = client.put_json(LOCK, {**said, "arch": "arm64"}, status=200)

    assert shown_lock(locked=True) == answer.json
    assert "arm64" == node_of(client)["arch"]


def test_a_plain_update_locks_and_unlocks(client: Client) -> None:
    """PUT on the node itself follows the rules of the lock and answers an empty object."""
    make_node(client)

    assert {} == client.put_json("/nodes/smithi001/", {**MINE, "os_type": "rhel"}, status=200).json
    locked = node_of(client)
    assert {} == client.put_json("/nodes/smithi001/", FREE_AGAIN, status=200).json

    assert (True, "rhel") == (locked["locked"], locked["os_type"])
    assert (False, None) == (node_of(client)["locked"], node_of(client)["locked_by"])


def test_a_lock_needs_a_node(client: Client) -> None:
    """A machine that nobody registered cannot be locked."""
    assert "node not found" == client.refused("PUT", "/nodes/nope/lock/", 404, MINE)


def test_a_lock_is_a_boolean(client: Client) -> None:
    """``locked`` that is neither true nor false is refused."""
    make_node(client)

    for wrong in ("maybe", 5, [], {}):
        assert client.refused("PUT", LOCK, 400, {**MINE, "locked": wrong}).startswith("locked"), wrong


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_a_lock_is_put_or_posted(client: Client, method: str) -> None:
    """Other methods are refused in the words that clients know."""
    make_node(client)

    expected = f"this URI only supports PUT and POST requests but {method} was attempted"
    assert expected == client.refused(method, LOCK, 405, MINE)


def test_many_nodes_are_locked_at_once(client: Client) -> None:
    """As many as asked for, whole, free ones that are up; the next caller gets others."""
    for name in ("a", "b", "c", "d"):
        make_node(client, name, ssh_pub_key=f"key {name}")
    make_node(client, "down", up=False)
    make_node(client, "unsure", up=None)

    first = client.post_json("/nodes/lock_many/", MANY, status=200).json
    second = client.post_json("/nodes/lock_many", MANY, status=200).json

    assert set("abcd") == {*names_of(first), *names_of(second)}
    assert [node_of(client, name) for name in names_of(first)] == first
    assert {(True, "ann@example", "run/1")} == {(n["locked"], n["locked_by"], n["description"]) for n in second}
    assert "only 0 nodes available" == client.refused("POST", "/nodes/lock_many/", 503, MANY)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"machine_type": "smithi|mira"}, "ab"),
        ({"machine_type": "mira"}, "b"),
        ({"os_type": "rhel"}, "a"),
        ({"os_type": "rhel", "os_version": 9.3}, "a"),
        ({"os_version": "9.3"}, "a"),
        ({"arch": "arm64", "machine_type": "mira|smithi"}, "b"),
        ({"os_type": None, "os_version": None, "arch": None}, "a"),
    ],
)
def test_nodes_are_chosen_by_what_they_are(client: Client, wish: dict[str, Any], expected: str) -> None:
    """Type, one or several, and the options must match; what is left out or null does not matter."""
    make_node(client, "a", machine_type="smithi", os_type="rhel", os_version="9.3")
    make_node(client, "b", machine_type="mira", arch="arm64")

    answer = client.post_json("/nodes/lock_many/", {**MANY, "count": len(expected), **wish}, status=200)

    assert list(expected) == sorted(names_of(answer.json))
    client.post_json("/nodes/lock_many/", {**MANY, "count": 1, **wish}, status=503)


def test_too_few_nodes_lock_none(client: Client) -> None:
    """All or none: the refusal counts the free ones, says when to ask again, and locks nothing."""
    for name in ("a", "b"):
        make_node(client, name)

    answer = client.post_json("/nodes/lock_many/", {**MANY, "count": 3}, status=503)

    assert "only 2 nodes available" == answer.json["message"]
    assert answer.headers["Retry-After"].isdigit()
    assert ["a", "b"] == names_of(client.get("/nodes/?locked=0").json)


@pytest.mark.parametrize("missing", sorted(MANY))
def test_locking_many_needs_four_keys(client: Client, missing: str) -> None:
    """The refusal names all four."""
    body = {key: value for key, value in MANY.items() if key != missing}

    message = client.refused("POST", "/nodes/lock_many/", 400, body)

    assert message.startswith(COMPLETE)
    assert set(MANY) == set(message.removeprefix(COMPLETE).split(", "))


@pytest.mark.parametrize(("said", "message"), [
    ({"count": 0}, "cannot lock less than 1 node"), ({"count": -5}, "cannot lock less than 1 node"),
    ({"machine_type": None}, "must specify machine_type"), ({"machine_type": ""}, "must specify machine_type"),
    ({"locked_by": None}, "Cannot lock without specifying locked_by"),
    ({"locked_by": ""}, "Cannot lock without specifying locked_by")])  # fmt: skip
def test_locking_many_is_checked(client: Client, said: dict[str, Any], message: str) -> None:
    """A count below one, no type and no owner are refused before a node is looked for."""
    make_node(client)

    assert message == client.refused("POST", "/nodes/lock_many/", 400, {**MANY, **said})


def test_locking_many_takes_a_null_description(client: Client) -> None:
    """``description`` must be there and may be null."""
    make_node(client, description="old")

    [node] = client.post_json("/nodes/lock_many/", {**MANY, "count": 1, "description": None}, status=200).json

    assert node["description"] is None


def test_many_nodes_are_unlocked_at_once(client: Client) -> None:
    """The answer has five keys of each, in the order asked for; no names give an empty list."""
    for name in ("smithi001", "smithi002"):
        make_node(client, name, description="kept", locked=True, locked_by="ann@example")
    body = {"names": ["smithi002", "smithi001"], "locked_by": "ann@example"}

    answer = client.post_json("/nodes/unlock_many/", body, status=200)

    assert [{**shown_lock(locked=False), "name": name} for name in body["names"]] == answer.json
    assert ["kept", "kept"] == names_of(client.get("/nodes/?locked=0").json, "description")
    assert [] == client.post_json("/nodes/unlock_many", {"names": [], "locked_by": "x"}, status=200).json


@pytest.mark.parametrize(("names", "owner", "status", "message"), [
    (["a", "nope"], "ann", 400, "Could not find all nodes!"),
    (["a", "bobs"], "ann", 403, "Cannot unlock - locked_by values must match"),
    (["a", "free"], "ann", 403, "Cannot unlock an already-unlocked node")])  # fmt: skip
def test_one_refusal_unlocks_none(client: Client, names: list[str], owner: str, status: int, message: str) -> None:
    """All or nothing: a node that cannot be unlocked keeps the others locked too."""
    make_node(client, "a", locked=True, locked_by="ann")
    make_node(client, "bobs", locked=True, locked_by="bob")
    make_node(client, "free")

    assert message == client.refused("POST", "/nodes/unlock_many/", status, {"names": names, "locked_by": owner})
    assert ["a", "bobs"] == names_of(client.get("/nodes/?locked=1").json)


@pytest.mark.parametrize("body", [{}, {"names": []}, {"locked_by": "a"}, {"names": [], "locked_by": "a", "up": True}])
def test_unlocking_many_takes_exactly_two_keys(client: Client, body: dict[str, Any]) -> None:
    """No more and no less."""
    message = client.refused("POST", "/nodes/unlock_many/", 400, body)

    assert "must pass these fields: names, locked_by" == message


def test_unlocking_many_takes_a_list(client: Client) -> None:
    """A text is no list of names."""
    message = client.refused("POST", "/nodes/unlock_many/", 400, {"names": "a", "locked_by": "ann"})

    assert message.startswith("'names' must be a list")


@pytest.mark.parametrize("path", ["/nodes/lock_many/", "/nodes/unlock_many/"])
def test_many_are_only_posted(client: Client, path: str) -> None:
    """Other methods are refused in the words that clients know."""
    assert client.refused("GET", path, 405).startswith("this URI only supports POST requests")
