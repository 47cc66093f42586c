"""Users: made, shown, listed, changed and taken away."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.kernelci.wire import PASSWORD, Api, Person, make_person

NEW = {"username": "eve", "email": "Eve@Example.ORG", "password": "first"}
UNKNOWN = "0123456789abcdef01234567"


def group(api: Api, admin: Person, name: str) -> str:
    """Make a group and return its id."""
    return str(api.post("/latest/group", {"name": name}, token=admin.token).json["id"])


def names(user: Any) -> list[str]:
    """Return the names of the groups of a user as shown."""
    return [each["name"] for each in user["groups"]]


def test_a_superuser_makes_users(api: Api, admin: Person) -> None:
    """The user is shown with groups, not verified, its domain in lower case; nothing shown holds the password."""
    group(api, admin, "kernelci")

    answer = api.post("/latest/user/register", {**NEW, "groups": ["kernelci"]}, token=admin.token)

    user = answer.json
    assert ("eve", "Eve@example.org") == (user["username"], user["email"])
    assert (True, False, False) == (user["is_active"], user["is_verified"], user["is_superuser"])
    assert ["kernelci"] == names(user)
    assert 24 == len(user["id"])
    assert b"first" not in answer.body
    assert b"argon2" not in answer.body
    assert user == api.get(f"/latest/user/{user['id']}", token=admin.token).json


@pytest.mark.parametrize(("said", "detail"), [
    ({"username": "ann"}, "Username already exists"),
    ({"email": "ANN@example.org"}, "REGISTER_USER_ALREADY_EXISTS"),
    ({"groups": ["none"]}, "User group does not exist with name: none"),
])  # fmt: skip
def test_what_is_taken_is_refused(api: Api, admin: Person, ann: Person, said: Any, detail: str) -> None:
    """A name or an address that another has, in whatever case, and a group that is not there."""
    assert detail == api.post("/latest/user/register", {**NEW, **said}, token=admin.token, status=400).json["detail"]


@pytest.mark.parametrize(("said", "field"), [
    ({"email": "no address"}, "email"), ({"email": "a@b@c"}, "email"), ({"email": "a\r\nBcc: b@c.de"}, "email"),
    ({"email": "x" * 65 + "@example.org"}, "email"), ({"username": ""}, "username"), ({"username": 5}, "username"),
    ({"username": "a\nb"}, "username"), ({"username": " a"}, "username"), ({"username": "x" * 257}, "username"),
    ({"password": ""}, "password"), ({"password": "x" * 1025}, "password"), ({"password": ["x"]}, "password"),
    ({"groups": ["a", "a"]}, "groups"), ({"groups": "a"}, "groups"), ({"is_superuser": "maybe"}, "is_superuser"),
])  # fmt: skip
def test_what_has_not_the_right_shape_is_refused(api: Api, admin: Person, said: Any, field: str) -> None:
    """422 names the field, and never says a password back."""
    answer = api.post("/latest/user/register", {**NEW, **said}, token=admin.token, status=422)

    assert [["body", field]] == [fault["loc"][:2] for fault in answer.json["detail"]]
    assert set(answer.json["detail"][0]) == {"type", "loc", "msg", "input"}
    assert field != "password" or answer.json["detail"][0]["input"] is None


def test_only_superusers_make_users(api: Api, ann: Person) -> None:
    """Nobody is 401, a user 403, and both before the body is looked at."""
    assert {"detail": "Unauthorized"} == api.post("/latest/user/register", b"{", status=401).json
    assert {"detail": "Forbidden"} == api.post("/latest/user/register", b"{", token=ann.token, status=403).json


@pytest.mark.parametrize("path", ["/latest/user/me", "/latest/whoami"])
def test_users_see_themselves_whole(api: Api, ann: Person, path: str) -> None:
    """With their address."""
    assert ("ann", "ann@example.org") == (
        api.get(path, token=ann.token).json["username"],
        api.get(path, token=ann.token).json["email"],
    )


def test_users_see_others_without_their_address(api: Api, admin: Person, ann: Person, bob: Person) -> None:
    """One by one, in the list, and by no filter; superusers see all of it."""
    assert "email" not in api.get(f"/latest/user/{ann.id}", token=bob.token).json
    assert "ann@example.org" == api.get(f"/latest/user/{ann.id}", token=admin.token).json["email"]
    shown = {user["username"]: user.get("email") for user in api.get("/latest/users", token=bob.token).json["items"]}
    assert {"admin": None, "ann": None, "bob": "bob@example.org"} == shown
    assert 0 == api.get("/latest/users?email=ann@example.org", token=bob.token).json["total"]
    assert 1 == api.get("/latest/users?email=BOB@example.org", token=bob.token).json["total"]
    assert 1 == api.get("/latest/users?email=ann@example.org", token=admin.token).json["total"]
    api.get("/latest/users", status=401)


def test_users_are_listed_in_pages(api: Api, admin: Person, ann: Person, bob: Person) -> None:
    """As they were made; a page says where it is, a filter is exact, and what is too much is clamped."""
    page = api.get("/latest/users?limit=2&offset=1", token=ann.token).json
    assert ({"total": 3, "limit": 2, "offset": 1}, 2) == (
        {key: page[key] for key in ("total", "limit", "offset")},
        len(page["items"]),
    )
    assert sorted(user["id"] for user in page["items"]) == [user["id"] for user in page["items"]]
    assert ["bob"] == [u["username"] for u in api.get("/latest/users?username=bob", token=ann.token).json["items"]]
    assert ["admin"] == [u["username"] for u in api.get("/latest/users?is_superuser=1", token=ann.token).json["items"]]
    assert 1000 == api.get("/latest/users?limit=5000", token=ann.token).json["limit"]


@pytest.mark.parametrize("asked", ["limit=0", "limit=-1", "limit=x", "offset=-1", "offset=99999999999999999999",
                                   "is_active=maybe", "username=%00"])  # fmt: skip
def test_bad_queries_are_refused(api: Api, ann: Person, asked: str) -> None:
    """422 names the parameter."""
    answer = api.get(f"/latest/users?{asked}", token=ann.token, status=422)

    assert ["query", asked.split("=", maxsplit=1)[0]] == answer.json["detail"][0]["loc"]


@pytest.mark.parametrize("user_id", ["zz", UNKNOWN, "me2", "0" * 23])
def test_who_is_not_there(api: Api, admin: Person, user_id: str) -> None:
    """GET and DELETE are 404 whatever the id; PATCH tells a malformed one."""
    malformed = f"'{user_id}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string"
    for method in ("GET", "DELETE"):
        assert {"detail": "Not Found"} == api.send(
            method, f"/latest/user/{user_id}", token=admin.token, status=404
        ).json
    status, detail = (404, f"User not found with id: {user_id}") if user_id == UNKNOWN else (400, malformed)
    assert detail == api.patch(f"/latest/user/{user_id}", {}, token=admin.token, status=status).json["detail"]


def test_users_change_themselves(api: Api, ann: Person) -> None:
    """A name and an address, which is not verified then; privileges are ignored; a new password voids the tokens."""
    said = {"username": "anna", "is_superuser": True, "is_active": False, "is_verified": True}
    changed = api.patch("/latest/user/me", said, token=ann.token).json
    assert ("anna", False, True) == (changed["username"], changed["is_superuser"], changed["is_active"])

    assert not api.patch("/latest/user/me", {"email": "anna@example.org"}, token=ann.token).json["is_verified"]
    assert {"detail": "Forbidden"} == api.get("/latest/whoami", token=ann.token, status=403).json

    api.patch("/latest/user/me", {"password": "second"}, token=ann.token)
    api.patch("/latest/user/me", {}, token=ann.token, status=401)


def test_users_are_listed_from_either_end(
    api: Api, database: Database, settings: Settings, admin: Person, ann: Person, bob: Person
) -> None:
    """The newest first, or behind somebody, in either order, which costs a page no more; filters hold all the same."""
    make_person(database, settings, "cat", is_verified=False)
    everybody = [user["id"] for user in api.get("/latest/users", token=ann.token).json["items"]]

    def listed(query: str) -> list[str]:
        page = api.get(f"/latest/users?{query}", token=ann.token).json
        return [user["id"] for user in page["items"]]

    assert sorted(everybody) == everybody == listed("sort=created")
    assert everybody[::-1] == listed("sort=-created")
    for at, user_id in enumerate(everybody):
        assert everybody[at + 1 :] == listed(f"after={user_id.upper()}")
        assert everybody[:at][::-1] == listed(f"after={user_id}&sort=-created")
    assert everybody[1:2] == listed(f"after={everybody[0]}&limit=1")
    assert [ann.id] == listed("username=ann&sort=-created")
    assert 3 == api.get("/latest/users?is_verified=1&limit=1&sort=-created", token=ann.token).json["total"]


@pytest.mark.parametrize(("query", "status"), [("sort=name", 422), ("after=x", 400), ("after=%00", 422)])
def test_an_order_that_there_is_not_is_refused(api: Api, ann: Person, query: str, status: int) -> None:
    """Neither by another field, nor behind what is no id."""
    api.get(f"/latest/users?{query}", token=ann.token, status=status)


def test_names_of_others_cannot_be_taken(api: Api, admin: Person, ann: Person, bob: Person) -> None:
    """Neither by oneself nor by a superuser; one's own, written otherwise, can be kept."""
    for path, token in (("/latest/user/me", ann.token), (f"/latest/user/{ann.id}", admin.token)):
        assert (
            "Username already exists: bob"
            == api.patch(path, {"username": "bob"}, token=token, status=400).json["detail"]
        )
        refused = api.patch(path, {"email": "BOB@EXAMPLE.org"}, token=token, status=400)
        assert "UPDATE_USER_EMAIL_ALREADY_EXISTS" == refused.json["detail"]
    assert (
        "ANN@example.org" == api.patch("/latest/user/me", {"email": "ANN@Example.org"}, token=ann.token).json["email"]
    )


def test_groups_are_left_and_not_joined(api: Api, admin: Person, ann: Person) -> None:
    """A user sends the list without one of them, or none at all; only a superuser adds."""
    for name in ("one", "two", "three"):
        group(api, admin, name)
    api.patch(f"/latest/user/{ann.id}", {"groups": ["one", "two"]}, token=admin.token)

    refused = api.patch("/latest/user/me", {"groups": ["one", "two", "three"]}, token=ann.token, status=400)
    assert "User groups can only be updated by an admin user" == refused.json["detail"]
    assert ["two"] == names(api.patch("/latest/user/me", {"groups": ["two"]}, token=ann.token).json)
    assert [] == names(api.patch("/latest/user/me", {"groups": []}, token=ann.token).json)
    refused = api.patch(f"/latest/user/{ann.id}", {"groups": ["none"]}, token=admin.token, status=400)
    assert "User group does not exist with name: none" == refused.json["detail"]


@pytest.mark.parametrize("yes", [True, 1, "1", "true", "True"])
def test_superusers_change_anybody(api: Api, admin: Person, ann: Person, yes: Any) -> None:
    """Flags are taken as clients write them, and hold at once."""
    changed = api.patch(f"/latest/user/{ann.id}", {"is_superuser": yes, "is_verified": yes}, token=admin.token).json
    assert changed["is_superuser"] is True

    api.get("/latest/user-groups", token=ann.token)


def test_who_is_made_inactive_is_nobody(api: Api, admin: Person, ann: Person) -> None:
    """At once, and the tokens of before stay void when the user is active again."""
    api.patch(f"/latest/user/{ann.id}", {"is_active": 0}, token=admin.token)
    api.get("/latest/whoami", token=ann.token, status=401)
    form = {"username": "ann", "password": PASSWORD}
    assert "LOGIN_BAD_CREDENTIALS" == api.post_form("/latest/user/login", form, status=400).json["detail"]

    api.patch(f"/latest/user/{ann.id}", {"is_active": 1}, token=admin.token)
    api.get("/latest/whoami", token=ann.token, status=401)
    api.get("/latest/whoami", token=api.login("ann"))


def test_who_is_taken_away_is_gone(api: Api, admin: Person, ann: Person, bob: Person) -> None:
    """With all tokens; only a superuser does it."""
    api.delete(f"/latest/user/{ann.id}", token=bob.token, status=403)
    assert api.delete(f"/latest/user/{ann.id}", token=admin.token).json is None

    api.get("/latest/whoami", token=ann.token, status=401)
    api.get(f"/latest/user/{ann.id}", token=admin.token, status=404)
