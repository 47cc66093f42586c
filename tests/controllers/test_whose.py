"""Whose things are: every address of KernelCI's API, asked as nobody, a stranger, the owner, a member, a superuser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from webtest import TestResponse

from paddles.accounts import grants
from paddles.app import serve
from paddles.controllers.root import Root
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.web import openapi
from paddles.web.openapi import Operation
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.trees import CHECKOUT, make
from tests.controllers.kernelci.wire import Api, Person, make_person

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
ASKERS = ("nobody", "stranger", "owner", "member", "superuser")
REFUSED = (401, 403, 409)
OPERATIONS = {
    f"{op.method} {op.path}": op
    for op in openapi.operations(Root())
    if op.face.name == "kernelci" and op.endpoint.use.database
}
# Where runtimes, which are programs, tell of their jobs.
CALLBACK = "POST /latest/node/{node_id}/"
NOBODY = Person("", "", "")


class Things(NamedTuple):
    """What the owner has, and who asks for it."""

    api: Api
    people: dict[str, Person]
    node: str
    group: str
    subscription: int

    @property
    def owner(self) -> Person:
        """Whose all of it is."""
        return self.people["owner"]

    def node_is(self, **said: Any) -> bool:
        """Return whether the owner's node says so."""
        node = self.api.get(f"/latest/node/{self.node}").json
        return said.items() <= node.items()

    def listed(self) -> bool:
        """Return whether the owner's subscription is there."""
        answer = self.api.get("/latest/stats/subscriptions", token=self.people["superuser"].token)
        return self.subscription in [each["id"] for each in answer.json]

    def named(self, text: str) -> str:
        """Return a text with the owner and the node in the places of OWNER and NODE."""
        return text.replace("OWNER", self.owner.username).replace("NODE", self.node)

    def path(self, operation: Operation) -> str:
        """Return the address at which an operation is about these things."""
        named = {"node_id": self.node, "group_id": self.group, "user_id": self.owner.id, "sub_id": self.subscription}
        return re.sub(r"{(\w+)}", lambda name: str(named.get(name[1], "7")), operation.path)


Done = Callable[[Things, TestResponse], bool]


def shows_the_owner(things: Things, answer: TestResponse) -> bool:
    """Return whether the owner's address is in an answer."""
    return f"{things.owner.username}@example.org" in answer.text


def renamed(things: Things, answer: TestResponse) -> bool:
    """Return whether the owner has another address now."""
    shown = things.api.get(f"/latest/user/{things.owner.id}", token=things.people["superuser"].token)
    return bool(shown.json["email"] == f"new-{things.owner.username}@example.org")


def logged_out(things: Things, answer: TestResponse) -> bool:
    """Return whether the owner's token is void."""
    return things.api.get("/latest/users", token=things.owner.token, status="*").status_int == 401


# For each address what is sent, with NODE and OWNER for his, and how one sees that it was done to what is the owner's.
ASKED: dict[str, tuple[str, Any, Done]] = {
    "PUT /latest/node/{node_id}/": ("", {**CHECKOUT, "name": "new"}, lambda t, _: t.node_is(name="new")),
    "PATCH /latest/node/{node_id}/": ("", {"result": "pass"}, lambda t, _: t.node_is(result="pass")),
    "PUT /latest/nodes/{node_id}/": (
        "", {"node": {**CHECKOUT, "name": "new"}, "child_nodes": []}, lambda t, _: t.node_is(name="new"),
    ),
    "PUT /latest/batch/nodeset/": (
        "", {"nodes": ["NODE"], "field": "processed_by_kcidb_bridge", "value": "True"},
        lambda t, _: t.node_is(processed_by_kcidb_bridge=True),
    ),
    "POST /latest/subscribe/{channel}/": ("?subscriber_id=OWNER", None, lambda t, a: a.json["id"] == t.subscription),
    "GET /latest/listen/{sub_id}/": ("", None, lambda _, a: a.json["type"] == "message"),
    "GET /latest/unsubscribe/{sub_id}/": ("", None, lambda t, _: not t.listed()),
    "POST /latest/unsubscribe/{sub_id}/": ("", None, lambda t, _: not t.listed()),
    "GET /latest/user/{user_id}/": ("", None, shows_the_owner),
    "GET /latest/users/": ("", None, shows_the_owner),
    "GET /latest/whoami/": ("", None, shows_the_owner),
    "GET /latest/user/me/": ("", None, shows_the_owner),
    "PATCH /latest/user/me/": ("", {"email": "new-OWNER@example.org"}, renamed),
    "POST /latest/user/logout/": ("", None, logged_out),
}  # fmt: skip


def documented() -> dict[str, tuple[str, ...]]:
    """Return what the page says of each address, in the order of ``ASKERS``."""
    table = PAGE.read_text().partition("## Whose it is\n")[2]
    found = re.findall(r"^\| `(\w+ /[^`]*)`[^|]*" + r"\| (\w+) " * len(ASKERS) + r"\|$", table, re.MULTILINE)
    return {row[0]: row[1:] for row in found}


@pytest.fixture
def things(client: Client, database: Database, settings: Settings) -> Callable[[], Things]:
    """Return a function that makes things anew, with people of their own."""
    rounds = iter(range(10_000))

    def build() -> Things:
        number = next(rounds)
        root = make_person(database, settings, f"superuser{number}", is_superuser=True)
        api = Api(client)
        group = api.post("/latest/group", {"name": f"lab{number}"}, token=root.token).json
        others = {
            who: make_person(database, settings, f"{who}{number}", groups=[group["name"]] if who == "member" else [])
            for who in ("stranger", "owner", "member")
        }
        owner = others["owner"]
        node = make(api, owner, user_groups=[group["name"]])["id"]
        made = api.post(f"/latest/subscribe/7?subscriber_id={owner.username}", token=owner.token)
        return Things(api, {"nobody": NOBODY, "superuser": root, **others}, node, group["id"], made.json["id"])

    return build


def observed(things: Things, address: str, who: str) -> str:
    """Ask for what is the owner's as somebody, and return what came of it in the words of the page."""
    operation = OPERATIONS[address]
    query, said, done = ASKED[address]
    body = None if said is None else things.named(orjson.dumps(said).decode()).encode()
    path = things.path(operation) + things.named(query)
    answer = things.api.send(operation.method, path, body, token=things.people[who].token, status="*")
    if answer.status_int in REFUSED:
        return "refused"
    assert answer.status_int in (200, 204), (address, who, answer)
    return "done" if done(things, answer) else "part"


def test_the_page_lists_what_is_asked_here() -> None:
    """Each row has its request in this module, and each request its row."""
    assert ASKED.keys() == documented().keys()
    assert ASKED.keys() <= OPERATIONS.keys()


@pytest.mark.parametrize("address", ASKED)
def test_what_is_somebodys_is_for_whom_the_page_says(things: Callable[[], Things], address: str) -> None:
    """Each asker finds it untouched; whoever is refused or answered in part has not changed it."""
    assert documented()[address] == tuple(observed(things(), address, who) for who in ASKERS)


def test_elsewhere_it_does_not_matter_whose_it_is(things: Callable[[], Things]) -> None:
    """A stranger, the owner and a member are let in, or not, at the same addresses."""
    built = things()
    for address, operation in OPERATIONS.items():
        body = b"{" if operation.endpoint.body else None
        statuses = {
            who: built.api.send(
                operation.method, built.path(operation), body, token=built.people[who].token, status="*"
            ).status_int
            for who in ("stranger", "owner", "member")
            if address not in ASKED
        }
        assert len({status in REFUSED for status in statuses.values()}) <= 1, (address, statuses)


@pytest.mark.parametrize("scope", ["read", "report", "machine"])
def test_grants_are_worth_nothing_to_kernelcis_api(
    things: Callable[[], Things], database: Database, settings: Settings, scope: str
) -> None:
    """At every address but one their bearer is nobody, also where a token is asked for only to read."""
    built = things()
    token = transact(database, lambda session: grants.make(session, scope, scope, NOW))
    asking = Api(Client(serve(database, settings.model_copy(update={"kernelci_access": "token"}))))
    for api in (built.api, asking):
        for address in OPERATIONS.keys() - {CALLBACK}:
            operation = OPERATIONS[address]
            body = b"{" if operation.endpoint.body else None
            path = built.path(operation)
            nobody, program = (api.send(operation.method, path, body, token=t, status="*") for t in ("", token))
            assert nobody.status_int == program.status_int, address
