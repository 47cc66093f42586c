"""Who may do what: every address of every face, asked as everybody, does what the documents say."""

import logging
import re
from pathlib import Path
from typing import Any

import jwt
import pytest

from paddles import app
from paddles.accounts import grants, groups
from paddles.accounts.access import NOBODY
from paddles.app import serve
from paddles.controllers.root import Root
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.web import openapi
from paddles.web.openapi import Operation
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person
from tests.waiting import until

DOCS = Path(__file__).parents[2] / "docs"
FACES = ("results", "scheduler", "taskqueue", "kcing", "dashboard", "service")
GUARDED = [op for op in openapi.operations(Root()) if op.face.name in FACES]
JOBSERV = [op for op in openapi.operations(Root()) if op.face.name == "jobserv"]
KERNELCI = [op for op in openapi.operations(Root()) if op.face.name == "kernelci"]
SERVICES = [op for op in openapi.operations(Root()) if op.face.name in ("pipeline", "kcidb")]
ACCESS = ("results_access", "scheduler_access", "kernelci_access", "jobserv_access")
# What tells the requests of a face at an address that two share.
MEANT = {"/events/stream/": "?topics=runs"}
# By scope of a token: what it allows. None brings no token at all.
ALLOWED = {
    None: {"nothing"},
    "read": {"nothing", "read"},
    "report": {"nothing", "read", "report"},
    "machine": {"nothing", "read", "machine"},
    "user": {"nothing", "read", "report", "machine"},
}
# Who may ask, from the least to the most that one can be.
# An open transaction anywhere on the server holds readers of the log back.
PATIENCE_S = 120
SECRET = "a secret that services of KernelCI share"
NEEDS, WHO = "What a token must allow", "Who may ask what of KernelCI's API"
OTHERS = "Who may ask the pipeline and KCIDB"
WHO_OF_JOBSERV = "Who may ask what of JobServ's API"
RANKS = ("anybody", "user", "verified", "superuser")


def documented(heading: str) -> dict[str, str]:
    """Return what a table of the page on access says of each address."""
    table = (DOCS / "access.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+ /[^`]*)` \| (\w+) \|$", table, re.MULTILINE))


def of_services() -> dict[str, tuple[str, str, str]]:
    """Return which permission, group and scope the page says that each address of the other services takes."""
    table = (DOCS / "access.md").read_text().partition(f"## {OTHERS}\n")[2]
    rows = re.findall(r"^\| `(\w+ /[^`]*)` \| (.*) \| (.*) \| (.*) \|$", table, re.MULTILINE)
    return {address: (may.strip("`"), group.strip("`"), scope.strip("`")) for address, may, group, scope in rows}


def asked() -> dict[str, str]:
    """Return who may ask for what, as the page of KernelCI's users says it; names in paths are ``<>``."""
    found = {}
    for line in (DOCS / "kernelci.md").read_text().splitlines():
        cells = line.split(" | ")
        if len(cells) > 2 and cells[1] in RANKS:
            found |= {plain(address): cells[1] for address in re.findall(r"`([A-Z]+ /[^`]*)`", cells[0])}
    return found


def plain(address: str) -> str:
    """Return an address with its names left out."""
    bare = re.sub(r"<[^>]*>|{[^}]*}", "<>", address)
    return bare if bare.endswith("/") else f"{bare}/"


def identify(operation: Operation) -> str:
    """Name an operation in a test's id."""
    return f"{operation.method} {operation.path}"


def ask(client: Client, operation: Operation, token: str) -> int:
    """Ask for something that is not there, with a body that is none, and return the status."""
    path = re.sub(r"{\w+}", "0123456789abcdef01234567", operation.path) + MEANT.get(operation.path, "")
    said: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    return int(
        client.send(operation.method, path, b"{" if operation.endpoint.body else None, status="*", **said).status_int
    )


@pytest.fixture
def tokens(database: Database, settings: Settings) -> dict[str | None, str]:
    """A token of each kind."""
    scopes = ("read", "report", "machine")
    made = {s: transact(database, lambda session, s=s: grants.make(session, s, s, NOW)) for s in scopes}  # type: ignore[misc]
    return {None: "", "user": make_person(database, settings, "ann").token, **made}


def test_the_page_lists_what_every_address_needs() -> None:
    """All of them, and no other; KernelCI's as their own page has it."""
    whose, page = documented(WHO), asked()

    assert {identify(operation) for operation in GUARDED} == set(documented(NEEDS))
    assert {identify(operation) for operation in KERNELCI} == set(whose)
    assert {identify(operation) for operation in JOBSERV} == set(documented(WHO_OF_JOBSERV))
    assert {(a, who) for a, who in whose.items() if plain(a) in page} == {
        (a, page[plain(a)]) for a in whose if plain(a) in page
    }
    assert set(page) <= {plain(a) for a in whose}


def test_every_address_lets_in_whom_the_page_says(
    database: Database, settings: Settings, tokens: dict[str | None, str]
) -> None:
    """Where tokens are asked for: 401 without one, 403 with one that allows something else, before the body is read."""
    client = Client(serve(database, settings.model_copy(update=dict.fromkeys(ACCESS, "token"))))
    needs, wrong = documented(NEEDS), []

    for operation in GUARDED:
        # These refuse by themselves: their purpose is to show how.
        own = {403} if operation.path == "/errors/forbidden/" else set()
        for scope, token in tokens.items():
            status = ask(client, operation, token)
            refusal = None if needs[identify(operation)] in ALLOWED[scope] else 403 if scope else 401
            if (status != refusal) if refusal else (status in {401, 403} - own or (status >= 500 and status != 503)):
                wrong.append((identify(operation), scope, status))

    assert [] == wrong


def test_a_closed_face_lets_nobody_in(database: Database, settings: Settings, tokens: dict[str | None, str]) -> None:
    """Whatever token is brought; the service's own addresses answer all the same."""
    client = Client(serve(database, settings.model_copy(update=dict.fromkeys(ACCESS, "closed"))))

    for operation in (op for op in [*GUARDED, *KERNELCI, *SERVICES, *JOBSERV] if op.endpoint.use.database):
        closed = operation.face.name != "service"
        for token in ("", tokens["user"]):
            assert closed == (ask(client, operation, token) == 403), identify(operation)
    client.get("/healthz")
    client.get("/")


@pytest.mark.parametrize("mode", ["open", "token"])
def test_kernelcis_addresses_let_in_whom_their_page_says(database: Database, settings: Settings, mode: str) -> None:
    """Nobody, a user, one who is verified, a superuser; with tokens asked for, a user at least reads."""
    client = Client(serve(database, settings.model_copy(update={"kernelci_access": mode})))
    page = documented(WHO)

    for operation in (op for op in KERNELCI if op.endpoint.use.database):
        wanted = page[identify(operation)]
        if wanted == "anybody" and mode == "token" and operation.method == "GET":
            wanted = "user"
        for rank, who in enumerate(RANKS):
            flags = {"is_verified": rank > 1, "is_superuser": rank > 2}
            name = f"{who}-{operation.name}"
            token = "" if who == "anybody" else make_person(database, settings, name, **flags).token
            status = ask(client, operation, token)
            refusal = None if rank >= RANKS.index(wanted) else 401 if who == "anybody" else 403
            assert status == refusal if refusal else status not in (401, 403), (identify(operation), who, status)


@pytest.mark.parametrize("operation", SERVICES, ids=identify)
def test_the_other_services_let_in_whom_the_page_says(
    database: Database, settings: Settings, tokens: dict[str | None, str], operation: Operation
) -> None:
    """A token of theirs with the permission, a member of the group, a program of the scope, superusers; nobody else."""
    client = Client(serve(database, settings.model_copy(update={"unified_secret": SECRET})))
    may, group, scope = of_services()[identify(operation)]
    if group not in ("-", "anybody"):
        transact(database, lambda session: groups.create(session, group, NOBODY, NOW))
    them = {
        "member": make_person(database, settings, "bob", groups=(group,)).token,
        "superuser": make_person(database, settings, "root", is_superuser=True).token,
        "theirs": jwt.encode({"email": "x@example.org", "permissions": [may], "origin": "x"}, SECRET, "HS256"),
        "another": jwt.encode({"email": "x@example.org", "permissions": ["other"]}, SECRET, "HS256"),
        "forged": jwt.encode({"email": "x@example.org", "permissions": [may], "origin": "x"}, "?" * 32, "HS256"),
        **{f"scope {name}": token for name, token in tokens.items() if name not in (None, "user")},
    }
    let_in = {"member", "superuser", "theirs", f"scope {scope}"}

    for who, token in {**them, "user": tokens["user"], "nobody": ""}.items():
        status = ask(client, operation, token)
        assert (may == "anybody" or who in let_in) == (status not in (401, 403)), (who, status)
        assert status < 500, who


def test_the_page_lists_the_other_services() -> None:
    """All of their addresses, and no other."""
    assert {identify(operation) for operation in SERVICES} == set(of_services())


@pytest.mark.parametrize("mode", ["open", "token"])
def test_jobservs_addresses_let_in_whom_their_page_says(database: Database, settings: Settings, mode: str) -> None:
    """Nobody, a user, an administrator; with tokens asked for, a user at least reads."""
    client = Client(serve(database, settings.model_copy(update={"jobserv_access": mode})))
    page = documented(WHO_OF_JOBSERV)
    tokens = {who: make_person(database, settings, who, is_superuser=who == "admin").token for who in ("ann", "admin")}

    for operation in (op for op in JOBSERV if page[identify(op)] in ("anybody", "administrator")):
        administrators = page[identify(operation)] == "administrator"
        nobody = 401 if administrators or mode == "token" else None
        for token, refusal in (("", nobody), (tokens["ann"], 403 if administrators else None), (tokens["admin"], None)):
            status = ask(client, operation, token)
            wrong = status != refusal if refusal else status in (401, 403)
            assert not wrong, (identify(operation), token[:5], status)


def test_jobservs_programs_read_with_a_token_and_its_machines_need_none(
    database: Database, settings: Settings, tokens: dict[str | None, str]
) -> None:
    """Where tokens are asked for, one that may read reads all that anybody may; who shows a key, or signs, has none."""
    client = Client(serve(database, settings.model_copy(update={"jobserv_access": "token"})))
    page = documented(WHO_OF_JOBSERV)

    for operation in JOBSERV:
        who = page[identify(operation)]
        if who == "anybody" and operation.method == "GET":
            assert ask(client, operation, str(tokens["read"])) not in (401, 403), identify(operation)
        elif who in ("run", "worker", "signature"):
            path = re.sub(r"{\w+}", "1", operation.path)
            answer = client.send(operation.method, path, b"{}" if operation.endpoint.body else None, status="*")
            assert "a token is needed" not in answer.text, identify(operation)


def test_what_was_done_to_accounts_is_for_superusers(client: Client, database: Database, settings: Settings) -> None:
    """Nobody reads it without a token, nor as a user; nobody writes to it."""
    ann, admin = (make_person(database, settings, name, is_superuser=name == "admin") for name in ("ann", "admin"))
    of_ann, of_admin = ({"HTTP_AUTHORIZATION": f"Bearer {person.token}"} for person in (ann, admin))
    number = client.send("POST", "/latest/subscribe/audit?promisc=1", **of_admin).json["id"]
    client.send("POST", "/latest/group", {"name": "lab"}, **of_admin)

    until(lambda: "lab" in client.send("GET", f"/latest/listen/{number}", **of_admin).json["data"], PATIENCE_S)
    for query in ("", "?channel=audit", "?owner=admin", "?data.by=admin"):
        assert "audit" not in {event["channel"] for event in client.get(f"/latest/events{query}").json}
    client.send("POST", "/latest/subscribe/audit?promisc=1", status=403, **of_ann)
    client.send("POST", "/latest/publish/audit", {"data": {"x": 1}}, status=403, **of_admin)


def test_a_token_may_stand_in_the_address(
    database: Database, settings: Settings, tokens: dict[str | None, str]
) -> None:
    """For firmware, which can send no header; what is said of a job does not hold it."""
    client = Client(serve(database, settings.model_copy(update={"scheduler_access": "token"})))
    boot = "/boot.ipxe/mac/52-54-00-12-34-56"

    client.get(boot, status=401)
    client.get(f"{boot}?access_token=x", status=401)
    client.get(f"{boot}?access_token={tokens['machine']}")
    client.get(f"{boot}?access_token={tokens['report']}", status=403)


def test_a_programs_token_is_no_users(client: Client, tokens: dict[str | None, str]) -> None:
    """KernelCI's API does not know it, and one that was taken back nobody does."""
    client.send("GET", "/latest/whoami", status=401, HTTP_AUTHORIZATION=f"Bearer {tokens['report']}")


def test_a_grant_is_taken_back(database: Database, settings: Settings, tokens: dict[str | None, str]) -> None:
    """And its token is worth nothing."""
    client = Client(serve(database, settings.model_copy(update={"results_access": "token"})))
    said = {"HTTP_AUTHORIZATION": f"Token {tokens['read']}"}
    client.send("GET", "/runs/", **said)

    transact(database, lambda session: grants.revoke(session, "read"))

    answer = client.send("GET", "/runs/", status=401, **said)
    assert "Bearer" == answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("host", "said", "warned"), [
    ("127.0.0.1", {}, []), ("localhost", {}, []), ("::1", {}, []), ("0.0.0.0", {}, ["results", "scheduler"]),
    ("10.0.0.1", {"results_access": "token"}, ["scheduler"]), ("::", dict.fromkeys(ACCESS, "closed"), []),
])  # fmt: skip
def test_what_is_open_to_all_is_warned_of(
    settings: Settings, caplog: pytest.LogCaptureFixture, host: str, said: dict[str, str], warned: list[str]
) -> None:
    """At the start, by the name of the setting."""
    with caplog.at_level(logging.WARNING, logger=app.__name__):
        app.application(settings.model_copy(update={"server_host": host, **said}))

    assert [f"{name}_access is open on {host}" for name in warned] == [m.partition(": ")[0] for m in caplog.messages]
