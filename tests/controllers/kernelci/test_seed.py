"""The examples of KernelCI's page on its API, in the order in which they stand there."""

import json
from typing import Any

from tests.controllers.kernelci.mailbox import Mailbox
from tests.controllers.kernelci.trees import REVISION, make
from tests.controllers.kernelci.wire import Api, Person
from tests.waiting import until

TARBALL = "http://172.17.0.1:8002/linux-kernelci-staging-mainline-staging-mainline-20220927.0.tar.gz"
USER = {"is_active": True, "is_superuser": False, "is_verified": False, "username": "test", "groups": []}
# An open transaction anywhere on the server holds readers of the event log back.
PATIENCE_S = 120


def names(page: Any, key: str = "name") -> list[str]:
    """Return what the items of a page are called."""
    return [item[key] for item in page.json["items"]]


def test_users(api: Api, admin: Person, mailbox: Mailbox) -> None:
    """Made by an administrator, verified by mail, logged in, listed, found, changed and taken away."""
    api.post("/latest/group", {"name": "kernelci"}, token=admin.token)
    new = {"username": "test", "email": "test@kernelci.org", "password": "test"}
    user = api.post("/latest/user/register", new, token=admin.token).json
    assert {"id": user["id"], "email": "test@kernelci.org", **USER} == user
    new = {"username": "test_admin", "email": "test-admin@kernelci.org", "password": "admin"}
    other = api.post(
        "/latest/user/register", {**new, "is_superuser": 1, "groups": ["kernelci"]}, token=admin.token
    ).json
    assert (True, ["kernelci"]) == (other["is_superuser"], [group["name"] for group in other["groups"]])

    api.post("/latest/user/request-verify-token", {"email": "test@kernelci.org"})
    assert {**user, "is_verified": True} == api.post("/latest/user/verify", {"token": mailbox.token()}).json
    mailbox.read()
    token = api.login("test", "test")

    page = api.send("GET", "/latest/users", HTTP_AUTHORIZATION=token)
    assert ["admin", "test", "test_admin"] == names(page, "username")
    assert (3, 50, 0) == tuple(page.json[key] for key in ("total", "limit", "offset"))
    assert "test" == api.get(f"/latest/user/{user['id']}", token=token).json["username"]

    api.post("/latest/user/forgot-password", {"email": "test@kernelci.org"})
    api.post("/latest/user/reset-password", {"token": mailbox.token(), "password": "second"})
    fields = {"username": "test", "password": "second", "new_password": "third"}
    api.post_form("/latest/user/update-password", fields)
    token = api.login("test", "third")
    said = {"password": "fourth", "email": "new@kernelci.org"}
    assert "new@kernelci.org" == api.patch("/latest/user/me", said, token=token).json["email"]

    said = {"email": "test-user@kernelci.org", "groups": ["kernelci"]}
    changed = api.patch(f"/latest/user/{user['id']}", said, token=admin.token).json
    assert ("test-user@kernelci.org", "kernelci") == (changed["email"], changed["groups"][0]["name"])
    api.delete(f"/latest/user/{user['id']}", token=admin.token)
    assert ["admin", "test_admin"] == names(api.get("/latest/users", token=admin.token), "username")


def test_groups(api: Api, admin: Person) -> None:
    """Made, listed, found and taken away, at addresses without a version."""
    made = [api.post("/group", {"name": name}, token=admin.token).json for name in ("kernelci", "test-user-group")]

    assert {"items": made, "total": 2, "limit": 50, "offset": 0} == api.get("/groups").json
    assert made[0] == api.get(f"/group/{made[0]['id']}").json
    api.delete(f"/group/{made[1]['id']}", token=admin.token)
    assert ["kernelci"] == names(api.get("/groups"))


def test_a_node(api: Api, ann: Person) -> None:
    """Created with a token, shown without one, and changed in what is said."""
    node = make(api, ann)
    expected = {"kind": "checkout", "path": ["checkout"], "state": "running", "result": None, "owner": "ann"}
    assert expected == {key: node[key] for key in expected}
    assert node == api.get(f"/latest/node/{node['id']}").json
    assert [node["id"]] == names(api.get("/latest/nodes"), "id")

    said = {"name": "checkout-test", "data": {"kernel_revision": REVISION}, "created": "2022-02-02T11:23:03.157648"}
    changed = api.put(f"/latest/node/{node['id']}", said, token=ann.token).json

    assert {**node, **said, "updated": changed["updated"]} == changed


def test_nodes_are_found(api: Api, ann: Person) -> None:
    """By attributes, by operators, several on one field, and by null."""
    root = make(api, ann, created="2022-12-06T04:59:08.102000")
    make(api, ann, created="2024-03-01T00:00:00", artifacts={"tarball": TARBALL})
    make(api, ann, kind="kbuild", name="kbuild-gcc-10-x86", path=["checkout", "kbuild-gcc-10-x86"], parent=root["id"])

    def found(query: str, place: str = "/latest/nodes") -> int:
        return int(api.get(f"{place}?{query}").json["total"])

    assert 2 == found("kind=checkout&data.kernel_revision.tree=mainline")
    assert 1 == found("kind=checkout&created__gt=2022-12-06T04:59:08.102000")
    assert 1 == found("kind=kbuild&name__re=x86")
    dates = "created__gt=2024-02-26T13:21:55.301000&created__lt=2024-11-01&kind=checkout"
    assert 1 == found(dates) == found(dates, "/nodes")
    assert 2 == found("parent=null")


def test_nodes_are_counted(api: Api, ann: Person) -> None:
    """All of them, and those that match."""
    make(api, ann, created="2022-12-06T04:59:08.101000")
    make(api, ann, result="pass", state="done", artifacts={"tarball": TARBALL})
    make(api, ann, name="checkout", data={"kernel_revision": {**REVISION, "branch": "staging-mainline"}})
    make(api, ann, kind="kbuild", name="kbuild", path=["kbuild"])

    expected = {
        "": 4,
        "?name=checkout": 3,
        "?data.kernel_revision.branch=staging-mainline": 1,
        f"?name=checkout&artifacts.tarball={TARBALL}": 1,
        "?name=checkout&created__lt=2022-12-06T04:59:08.102000": 1,
        "?result=null": 3,
    }

    assert expected == {query: api.get(f"/latest/count{query}").json for query in expected}


def test_events(api: Api, bob: Person) -> None:
    """Subscribed to, listened to, published, and unsubscribed from."""
    subscription = api.post("/latest/subscribe/abc", token=bob.token).json
    assert ("abc", "bob") == (subscription["channel"], subscription["user"])
    number = subscription["id"]
    api.post("/latest/publish/abc", {"data": {"sample_key": "sample_value"}}, token=bob.token)

    def heard() -> Any:
        message = api.get(f"/latest/listen/{number}", token=bob.token).json
        event = json.loads(message["data"])
        return (message, event) if event["data"] != "BEEP" else None

    message, event = until(heard, PATIENCE_S)
    assert ("message", None, "abc") == (message["type"], message["pattern"], message["channel"])
    expected = {
        "specversion": "1.0",
        # There it was always https://api.kernelci.org/.
        "source": "http://paddles.example",
        "type": "api.kernelci.org",
        "data": {"sample_key": "sample_value"},
        "owner": "bob",
    }
    assert expected == {key: event[key] for key in expected}
    api.get(f"/latest/unsubscribe/{number}", token=bob.token)
    api.get(f"/latest/listen/{number}", token=bob.token, status=404)
