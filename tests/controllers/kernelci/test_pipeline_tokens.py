"""Who may order from the pipeline: by tokens of its own tools, and as a user of ours."""

import datetime

import pytest

from paddles.accounts import groups
from paddles.accounts.access import NOBODY
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.conftest import NOW
from tests.controllers.kernelci.foreign import bare, message
from tests.controllers.kernelci.trees import MISSING
from tests.controllers.kernelci.wire import Api, Person, make_person

SOURCE = {"url": "https://git.example/linux.git", "branch": "master", "commit": "0123abc"}
PATHS = {"checkout": SOURCE, "jobretry": {"nodeid": MISSING}, "patchset": {"nodeid": MISSING, "patch": ["x"]}}
DAYS = datetime.timedelta(days=365 * 100)


def test_an_order_belongs_to_the_user_of_that_address(shared: Api, ann: Person) -> None:
    """Who may change it afterwards; the rights of a superuser do not go with an address."""
    node = shared.post("/api/checkout", SOURCE, **bare({"email": "Ann@example.org"})).json["node"]

    assert ("ann", "user:Ann@example.org") == (node["owner"], node["submitter"])
    shared.patch(f"/latest/node/{node['id']}", {"result": "pass"}, token=ann.token, status=200)


def test_an_address_lends_no_rights(shared: Api, admin: Person) -> None:
    """A token with a superuser's address may do what its permissions say, and nothing of the rest."""
    said = bare({"email": "admin@example.org", "permissions": ["checkout"]})

    shared.post("/api/checkout", SOURCE, status=200, **said)
    shared.post("/api/jobretry", PATHS["jobretry"], status=403, **said)
    shared.send("GET", "/latest/whoami", status=401, **said)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "header",
    [
        {},
        {"HTTP_AUTHORIZATION": "x"},
        {"HTTP_AUTHORIZATION": "x" * 9000},
        bare(secret="somebody else's secret, as long as it is"),
        bare({"email": None}),
        bare({"email": ""}),
        bare({"email": "a\0b"}),
        bare({"email": ["x"]}),
        bare({"permissions": "checkout testretry patchset"}),
        bare({"permissions": None}),
        bare({"aud": "fastapi-users:verify"}),
        bare({"aud": ["fastapi-users:reset"]}),
        bare({"purpose": "invite"}),
        bare({"exp": int((NOW - DAYS / 50).timestamp())}),
        bare({"exp": "never"}),
    ],
)
def test_who_cannot_be_known_orders_nothing(shared: Api, path: str, header: dict[str, str]) -> None:
    """No token, a forged one, one that was made for something else or is over: 401."""
    assert message(shared.post(f"/api/{path}", PATHS[path], status=401, **header))


def test_a_token_of_theirs_may_name_its_audience(shared: Api) -> None:
    """One token for all of KernelCI's services is an API token, too, of a user that is none of ours."""
    said = {"sub": "f" * 24, "aud": ["fastapi-users:auth"], "exp": int((NOW + DAYS).timestamp())}

    shared.post("/api/checkout", SOURCE, status=200, **bare(said))


def test_our_own_users_may_order(api: Api, database: Database, settings: Settings, admin: Person, ann: Person) -> None:
    """Superusers, and members of the group that is called after it; others are told 403."""
    transact(database, lambda session: groups.create(session, "pipeline:checkout", NOBODY, NOW))
    bob = make_person(database, settings, "bob", groups=("pipeline:checkout",))

    for who, status in ((admin, 200), (bob, 200), (ann, 403)):
        answer = api.post("/api/checkout", SOURCE, token=who.token, status=status)
        if status == 200:
            assert who.username == answer.json["node"]["owner"]
    assert "pipeline:testretry" in message(api.post("/api/jobretry", PATHS["jobretry"], token=bob.token, status=403))
