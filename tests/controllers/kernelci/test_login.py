"""Passwords: what they are good for, how often they may be wrong, and what ends their tokens."""

import threading

import pytest
from sqlalchemy import text

from paddles.accounts import identity, tokens, turns, users
from paddles.accounts.access import NOBODY
from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.wire import PASSWORD, Api, Person
from tests.controllers.test_statements import counted

LOGIN, UPDATE = "/latest/user/login", "/latest/user/update-password"


@pytest.mark.parametrize(("username", "password"), [
    ("ann", "wrong"), ("nobody", PASSWORD), ("ANN", PASSWORD), ("ann@example.org", PASSWORD), ("ann", PASSWORD + " "),
])  # fmt: skip
def test_who_is_not_known_by_its_password_is_refused(api: Api, ann: Person, username: str, password: str) -> None:
    """In the same words whoever is there."""
    for path in (LOGIN, UPDATE):
        form = {"username": username, "password": password, "new_password": "x"}
        assert "LOGIN_BAD_CREDENTIALS" == api.post_form(path, form, status=400).json["detail"]


@pytest.mark.parametrize("form", [
    {"username": "ann"}, {"password": "x"}, {}, {"username": "a\0", "password": "x"}, {"username": "a", "password": ""},
    {"username": "a", "password": "x" * 2000},
])  # fmt: skip
def test_a_form_that_lacks_something_is_told(api: Api, form: dict[str, str]) -> None:
    """422, and no password is said back."""
    answer = api.post_form(LOGIN, form, status=422)

    assert all(fault["loc"][0] == "body" for fault in answer.json["detail"])
    assert b"xxxx" not in answer.body


def test_a_password_is_changed_by_who_knows_it(api: Api, ann: Person) -> None:
    """200 ``null``; tokens from before are void."""
    form = {"username": "ann", "password": PASSWORD, "new_password": "new"}

    assert api.post_form(UPDATE, form).json is None

    api.get("/latest/whoami", token=ann.token, status=401)
    api.get("/latest/whoami", token=api.login("ann", "new"))


def test_logging_out_ends_all_tokens(api: Api, ann: Person) -> None:
    """Not this one alone: a token that was stolen is void as well."""
    other = api.login("ann")

    assert b"" == api.post("/latest/user/logout", token=ann.token, status=204).body

    for token in (ann.token, other):
        api.get("/latest/whoami", token=token, status=401)
    api.post("/latest/user/logout", status=401)


def test_wrong_passwords_are_counted(api: Api, ann: Person, bob: Person) -> None:
    """Ten for a user from one place, then not even the right one is heard; others are not kept from logging in."""
    for _ in range(10):
        api.post_form(LOGIN, {"username": "ann", "password": "wrong"}, status=400)

    for password in ("wrong", PASSWORD):
        refused = api.post_form(LOGIN, {"username": "ann", "password": password}, status=429)
        assert 0 < int(refused.headers["Retry-After"]) <= 601
    api.login("bob")
    api.post_form(LOGIN, {"username": "ann", "password": PASSWORD}, REMOTE_ADDR="8.8.8.8")


def test_the_count_is_one_for_all_processes(api: Api, ann: Person, database: Database, settings: Settings) -> None:
    """It lies in the database, and names nobody there."""
    other = Api(Client(serve(database, settings)))
    for at in range(10):
        (api, other)[at % 2].post_form(LOGIN, {"username": "ann", "password": "wrong"}, status=400)

    other.post_form(LOGIN, {"username": "ann", "password": "wrong"}, status=429)
    with Session(database.reader) as session:
        assert not session.scalar(text("SELECT count(*) FROM attempts WHERE key LIKE '%ann%'"))


def test_right_passwords_are_not_counted(api: Api, ann: Person) -> None:
    """A service may log in as often as it likes."""
    for _ in range(12):
        api.login("ann")


def test_a_hash_of_another_cost_is_replaced(api: Api, ann: Person, database: Database, settings: Settings) -> None:
    """When its user logs in; nothing else changes, and tokens stay."""
    costly = Api(Client(serve(database, settings.model_copy(update={"password_memory_kib": 16}))))
    before = read(database, lambda session: users.by_id(session, ann.id))

    costly.login("ann")

    after = read(database, lambda session: users.by_id(session, ann.id))
    assert before is not None
    assert after is not None
    assert before.password != after.password
    assert "m=16," in after.password
    costly.get("/latest/whoami", token=ann.token)


def test_a_login_holds_no_connection_while_it_hashes(database: Database, settings: Settings, ann: Person) -> None:
    """And when all places are taken it is sent away at once, with other requests answered meanwhile."""
    api = Api(Client(serve(database, settings)))
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        assert leave.wait(30)

    holders = [threading.Thread(target=lambda: turns.taken(hold)) for _ in range(2)]
    for holder in holders:
        holder.start()
    assert inside.wait(30)
    while turns.PLACES.acquire(blocking=False):
        turns.PLACES.release()

    refused = api.post_form(LOGIN, {"username": "ann", "password": PASSWORD}, status=503)
    held = database.writer.pool.checkedout()  # type: ignore[attr-defined]
    api.get("/latest/whoami", token=ann.token)
    leave.set()
    for holder in holders:
        holder.join(30)

    assert "Retry-After" in refused.headers
    assert 0 == held
    api.login("ann")


def test_the_key_is_made_once(database: Database, settings: Settings) -> None:
    """By whoever needs it first; a key of the settings is used instead."""
    made = {transact(database, lambda session: identity.key(session, settings, NOW)) for _ in range(3)}

    assert 1 == len(made)
    assert 64 == len(next(iter(made)))
    own = settings.model_copy(update={"secret_key": "k" * 32})
    assert "k" * 32 == transact(database, lambda session: identity.key(session, own, NOW))


def test_tokens_of_other_services_are_taken_by_the_second_key(
    ann: Person, database: Database, settings: Settings
) -> None:
    """With no generation they are of the first, and end with it; without the setting they are worth nothing."""
    token = tokens.make("access", ann.id, "u" * 32, NOW.replace(year=2100), {"permissions": ["x"], "email": "x"})
    unified = settings.model_copy(update={"unified_secret": "u" * 32})

    Api(Client(serve(database, settings))).get("/latest/whoami", token=token, status=401)
    api = Api(Client(serve(database, unified)))
    assert "ann" == api.get("/latest/whoami", token=token).json["username"]
    transact(database, lambda session: users.void(session, ann.id, NOBODY))
    api.get("/latest/whoami", token=token, status=401)


@pytest.mark.parametrize("groups_of_ann", [0, 5])
def test_requests_of_users_take_few_statements(
    api: Api, ann: Person, admin: Person, database: Database, groups_of_ann: int
) -> None:
    """Who asks is found by one, with all groups; logging in takes three, for limits, user and key."""
    names = [f"g{number}" for number in range(groups_of_ann)]
    for name in names:
        api.post("/latest/group", {"name": name}, token=admin.token)
    api.patch(f"/latest/user/{ann.id}", {"groups": names}, token=admin.token)

    with counted() as asking:
        api.get("/latest/whoami", token=ann.token)
    with counted() as listing:
        api.get("/latest/users", token=ann.token)
    with counted() as logging_in:
        api.login("ann")

    assert (2, 3, 3) == (len(asking), len(listing), len(logging_in))
