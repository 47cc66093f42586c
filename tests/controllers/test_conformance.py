"""The service keeps its description: whatever a request says, the answer has a described status and shape."""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.config import GenerationConfig
from schemathesis.specs.openapi import checks
from sqlalchemy import text

from paddles.accounts import groups, identity, passwords, users
from paddles.accounts.access import NOBODY, Principal
from paddles.accounts.users import Changes, NewUser
from paddles.app import serve
from paddles.controllers.root import Root, description
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.ingest import load
from paddles.ingest.facts import Case, Suite
from paddles.nodes import nodes
from paddles.settings import Settings
from paddles.web import openapi
from paddles.web.openapi import Operation
from tests.client import Client
from tests.conftest import NOW
from tests.projects.definitions import definition

NAME = "wip/ä b"
JOBS = f"/runs/{quote(NAME, safe='')}/jobs/"
JOB = {
    **dict.fromkeys(("queue", "branch", "suite", "user", "flavor", "sha1", "machine_type"), NAME),
    "job_id": 1,
    "status": "queued",
    "targets": {f"ubuntu@{NAME}": "ssh-ed25519"},
}
MACHINE = {"name": NAME, "machine_type": NAME, "up": True}
PROJECT = "wip/ä b"
# What a request speaks of so that something is there, wherever it has a key or a parameter of this name.
THERE = {
    **dict.fromkeys(("name", "run_name", "value", "queue", "machine_type"), NAME),
    **dict.fromkeys(("day", "first", "last", "since"), "today"),
    "names": [NAME],
    "job_id": "1",
    "status": "queued",
    "fields": "status",
    "format": "summary",
    "topics": "runs",
}
# What of the requests at an address that two faces share is the one's that is described there.
MEANT = {"/events/stream/": lambda query: query.get("topics") == THERE["topics"]}
BOOTING = {"suite": "nap", "testbox": "vm-1-1"}
# What the scheduler's requests speak of besides.
BOOTED = {**dict.fromkeys(("name", "host", "hostname"), "vm-1-1"), "mac": "52-54-00-12-34-56"}
NODE = {"kind": "job", "name": NAME, "path": [NAME], "data": {"runtime": NAME}}
# The one field that can be set of many nodes.
MARK = "processed_by_kcidb_bridge"
# Where 503 says something else than that there is no database.
BUSY = {
    "/errors/unavailable/",
    "/github/{project}/webhook/",
    "/latest/pop/{list_name}/",
    "/nodes/lock_many/",
    "/queue/pop_queue/",
}
# These say by their status that there is nothing of the kind.
NEVER = {"/callback/lava/test/"}
RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
BOUNDED = hypothesis.settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
each_operation = pytest.mark.parametrize(
    "operation", list(openapi.operations(Root())), ids=lambda operation: f"{operation.method} {operation.path}"
)


@pytest.fixture(scope="module")
def api() -> Any:
    """The description as schemathesis reads it."""
    # Methods that an address does not know have tests of their own.
    config = schemathesis.Config.from_dict({"phases": {"coverage": {"unexpected-methods": []}}})
    return schemathesis.openapi.from_dict(json.loads(description("http://paddles.example")), config=config)


def at_the_edges(api: Any, operation: Operation, modes: list[GenerationMode]) -> Iterator[Any]:
    """Yield requests with each value at and beyond the bounds that the description sets, and with keys left out."""
    target = api[operation.path][operation.method]
    yield from api.iter_coverage_cases(target, generation_modes=modes, generation_config=GenerationConfig())


def at_random(api: Any, operation: Operation, mode: GenerationMode, try_out: Callable[[Any], None]) -> None:
    """Try out requests with any values that the description allows, or that it does not."""
    target = api[operation.path][operation.method]
    BOUNDED(hypothesis.given(target.as_strategy(mode))(try_out))()


def booted(app: Any, boots: bool) -> dict[str, str]:
    """Submit a job and register its machine, which boots for it or not yet; return what a request may speak of."""
    client = Client(app)
    client.put(f"/set_host_mac?hostname={BOOTED['hostname']}&mac={BOOTED['mac']}")
    number = client.post_json("/scheduler/v1/jobs/submit", BOOTING).text
    if boots:
        client.get(f"/boot.ipxe/mac/{BOOTED['mac']}")
    return {**BOOTED, "job_id": number}


def spoken_for(database: Database, settings: Settings) -> tuple[dict[str, Any], dict[str, str]]:
    """Make sure of an administrator, a user and a group; return what a request may speak of, and its header."""

    def work(session: Session) -> tuple[dict[str, Any], dict[str, str]]:
        ids = [made(session, name).id for name in ("admin", "eve")]
        admin = users.locked(session, ids[0])
        assert admin is not None
        users.change(session, admin, Changes(is_active=True, is_verified=True, is_superuser=True), NOBODY)
        there = [row.id for row in groups.listed(session, NAME, Page(1))[0]]
        group_id = there[0] if there else groups.create(session, NAME, NOBODY, NOW)
        token = identity.access_token(session, settings, admin, NOW)
        known = {"user_id": ids[1], "group_id": group_id, "username": "eve", "password": "x", "groups": [NAME]}
        node = nodes.create(session, NODE, Principal(id=ids[0], username="admin"), NOW)["id"]
        known |= {"node_id": node, "parent": node, "kind": "job", "nodes": [node], "field": MARK}
        return known, {"Authorization": f"Bearer {token}"}

    return transact(database, work)


def built(app: Any, headers: dict[str, str]) -> dict[str, Any]:
    """Make a project with a trigger and a build, where there is none; return what a request may speak of."""
    client, path = Client(app), f"/projects/{quote(PROJECT)}/"
    body = {"trigger-name": "main", "project-definition": definition()}
    for place, said in (("/projects/", {"name": PROJECT}), (f"{path}triggers/", {"type": "simple"})):
        client.post_json(place, said, headers=headers, status="*")
    numbers = [build["build_id"] for build in client.get(f"{path}builds/").json["data"]["builds"]]
    if len(numbers) < 2:
        client.post_json(f"{path}builds/", body, headers=headers)
        client.post_json(f"{path}builds/1/cancel", {}, headers=headers)
    triggers = client.get(f"{path}triggers/", headers=headers).json["data"]
    trigger = {"trigger": str(triggers[-1]["id"]), "trigger-id": triggers[-1]["id"], "trigger-type": "simple"}
    return {"project": PROJECT, "number": "1", "run": "unit", **trigger, **body, "params": {"a": 1}, "secrets": {}}


def made(session: Session, name: str) -> Any:
    """Return the user of a name, made where there is none."""
    user = users.by_name(session, name)
    if user is not None:
        return user
    email = f"{secrets.token_hex(8)}@example.org"
    user_id = users.create(session, NewUser(name, email, passwords.decoy(8), is_verified=True), NOBODY, NOW)
    return users.by_id(session, user_id)


def point_at_what_is_there(case: Any, known: dict[str, Any]) -> None:
    """Put names of what exists into a request, where it has a place for them."""
    ids = {key: quote(value, safe="") for key, value in known.items() if isinstance(value, str)}
    for place, there in ((case.path_parameters, ids), (case.query, known), (case.body, known)):
        if isinstance(place, dict):
            place.update({key: value for key, value in there.items() if key in place})


def store_tests(session: Session) -> None:
    """Store a test of each job there is, with a case that says all that one can."""
    said = Suite(NAME, (Case(NAME, "fail", True, NAME, 0.5, NAME, 1.5),), "pass", NAME, (NAME,), 2.5)
    for job_id in list(session.scalars(text("SELECT id FROM jobs"))):
        load.store(session, job_id, [said], NOW)


def elsewhere(operation: Operation, case: Any) -> bool:
    """Say whether a request, made wrong on purpose, has left its address: by a reserved name, none, to a neighbour."""
    if "html" in (case.query or {}).get("format", ()):
        return True  # to the page that stands there
    if operation.path in MEANT and not MEANT[operation.path](case.query or {}):
        return True
    reserved = {name: schema.get("not", {"enum": ()})["enum"] for name, schema in operation.ids.items()}
    return any(str(case.path_parameters[name]) in ("", *words) for name, words in reserved.items())


def keeps_its_description(case: Any, app: Any) -> None:
    """Send a request and hold the answer against the description."""
    answer = case.call(app=app)
    excused = {503} if case.path in BUSY else {501} if case.path in NEVER else set()
    assert answer.status_code < 500 or answer.status_code in excused, answer.content
    case.validate_response(answer, checks=CHECKS)


@each_operation
def test_whatever_is_asked(api: Any, operation: Operation, database: Database, settings: Settings) -> None:
    """No request, sensible or not, is answered with a fault of ours, or in a way that the description leaves out."""
    app = serve(database, settings)

    def try_out(case: Any) -> None:
        if not elsewhere(operation, case):
            keeps_its_description(case, app)

    for case in at_the_edges(api, operation, [RIGHT, WRONG]):
        try_out(case)
    at_random(api, operation, RIGHT, try_out)
    if operation.endpoint.body:
        # Where a body may be anything nothing of it is wrong.
        with contextlib.suppress(hypothesis.errors.Unsatisfiable):
            at_random(api, operation, WRONG, try_out)


@each_operation
def test_whatever_is_asked_of_what_is_there(
    api: Any, operation: Operation, database: Database, settings: Settings
) -> None:
    """The same holds for what is answered about a run, a job, a machine and a queue that exist."""
    app = serve(database, settings)

    def try_out(case: Any) -> None:
        # They may be there still, or the request before this one has deleted them.
        if case.method == "DELETE" or not tried:
            for path, body in (("/nodes/", MACHINE), (JOBS, JOB)):
                Client(app).send("POST", path, body, status="*")
            transact(database, store_tests)
        boots = len(tried) % 2 == 0
        known = booted(app, boots) if operation.face.name == "scheduler" else THERE
        if operation.face.name == "kernelci":
            known, case.headers = spoken_for(database, settings)
        if operation.face.name == "jobserv":
            case.headers = spoken_for(database, settings)[1]
            known = built(app, case.headers)
        point_at_what_is_there(case, known)
        keeps_its_description(case, app)
        tried.append(case)

    tried: list[Any] = []
    for case in at_the_edges(api, operation, [RIGHT]):
        try_out(case)
    at_random(api, operation, RIGHT, try_out)
