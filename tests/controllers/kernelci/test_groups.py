"""Groups, under both of their names."""

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from tests.controllers.kernelci.wire import Api, Person

UNKNOWN = "0123456789abcdef01234567"
MALFORMED = "'zz' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"


@pytest.mark.parametrize(("path", "detail"), [
    ("/latest/group", "Group 'a' already exists. Use a different group name."),
    ("/latest/user-groups", "User group already exists with name: a"),
])  # fmt: skip
def test_superusers_make_groups(api: Api, admin: Person, ann: Person, path: str, detail: str) -> None:
    """A name has one group; whoever else asks is refused before the body is looked at."""
    made = api.post(path, {"name": "a"}, token=admin.token).json

    assert ("a", 24) == (made["name"], len(made["id"]))
    assert detail == api.post(path, {"name": "a"}, token=admin.token, status=400).json["detail"]
    assert ["body", "name"] == api.post(path, {}, token=admin.token, status=422).json["detail"][0]["loc"]
    api.post(path, {}, token=ann.token, status=403)
    api.post(path, {}, status=401)


def test_groups_are_public_under_the_first_name(api: Api, admin: Person) -> None:
    """Listed and shown to anybody, ``null`` where there is none; and told on the channel ``user_group``."""
    made = [api.post("/latest/group", {"name": name}, token=admin.token).json for name in ("a", "b")]

    assert {"items": made, "total": 2, "limit": 50, "offset": 0} == api.get("/latest/groups").json
    assert [made[1]] == api.get("/latest/groups?name=b").json["items"]
    assert made[0] == api.get(f"/latest/group/{made[0]['id']}").json
    assert api.get(f"/latest/group/{UNKNOWN}").json is None
    assert MALFORMED == api.get("/latest/group/zz", status=400).json["detail"]


def test_groups_are_for_superusers_under_the_second_name(api: Api, admin: Person, ann: Person) -> None:
    """Listed and shown to them alone, 404 where there is none."""
    made = api.post("/latest/user-groups", {"name": "a"}, token=admin.token).json

    for path in ("/latest/user-groups", f"/latest/user-groups/{made['id']}"):
        api.get(path, status=401)
        api.get(path, token=ann.token, status=403)
    assert [made] == api.get("/latest/user-groups", token=admin.token).json["items"]
    assert made == api.get(f"/latest/user-groups/{made['id']}", token=admin.token).json
    refused = api.get(f"/latest/user-groups/{UNKNOWN}", token=admin.token, status=404)
    assert f"User group not found with id: {UNKNOWN}" == refused.json["detail"]
    assert MALFORMED == api.get("/latest/user-groups/zz", token=admin.token, status=400).json["detail"]


def test_a_group_is_taken_from_its_members(api: Api, admin: Person, ann: Person) -> None:
    """Under the first name it goes, members or not; under the second it stays until nobody is in it."""
    made = api.post("/latest/group", {"name": "a"}, token=admin.token).json
    api.patch(f"/latest/user/{ann.id}", {"groups": ["a"]}, token=admin.token)

    refused = api.delete(f"/latest/user-groups/{made['id']}", token=admin.token, status=409)
    assert refused.json["detail"].startswith("User group is assigned to users and cannot be deleted.")
    answer = api.delete(f"/latest/group/{made['id']}", token=admin.token, status=204)
    assert b"" == answer.body
    assert [] == api.get("/latest/whoami", token=ann.token).json["groups"]
    for path in ("/latest/group", "/latest/user-groups"):
        api.delete(f"{path}/{made['id']}", token=admin.token, status=404)


def test_an_empty_group_goes_under_either_name(api: Api, admin: Person) -> None:
    """204, and it is gone."""
    for path in ("/latest/group", "/latest/user-groups"):
        made = api.post(path, {"name": "a"}, token=admin.token).json
        api.delete(f"{path}/{made['id']}", token=admin.token, status=204)
    assert 0 == api.get("/latest/groups").json["total"]


def test_what_happens_to_accounts_is_told(api: Api, database: Database, admin: Person) -> None:
    """Who did what, on a channel of its own, without secrets; a new group is told on KernelCI's channel too."""
    made = api.post("/latest/group", {"name": "a"}, token=admin.token).json
    new = {"username": "eve", "email": "eve@example.org", "password": "hush hush"}
    api.post("/latest/user/register", new, token=admin.token)

    with Session(database.reader) as session:
        rows = session.execute(text("SELECT channel, type, data::text, data ->> 'by' FROM events ORDER BY id")).all()
    told = [(channel, kind, by) for channel, kind, _, by in rows]
    assert ("audit", "group.created", "admin") in told
    assert ("audit", "user.created", "admin") in told
    assert [f'{{"id": "{made["id"]}", "op": "created"}}'] == [
        data for channel, _, data, _ in rows if channel == "user_group"
    ]
    assert not any(secret in data for _, _, data, _ in rows for secret in ("hush", "argon2", "@"))
