"""A lab that polls for jobs and puts results back: the whole way, as KernelCI's examples of such labs go it."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.kernelci.trees import REVISION, detail, make
from tests.controllers.kernelci.wire import Api, Person, make_person
from tests.nodes.labs import PATIENCE_S
from tests.waiting import until

LAB, BEGINNING = "pull-labs-demo", "1970-01-01T00:00:00.000000"
# As the example that runs LAVA behind a firewall asks, and the one that runs tuxrun: without a token.
POLLS = (
    "/latest/events?kind=job&limit=1000&recursive=true&from={}",
    "/latest/events?state=available&kind=job&limit=1000&recursive=true&from={}",
)


@pytest.fixture
def lab(api: Api, admin: Person, database: Database, settings: Settings) -> Person:
    """The lab's user, whom an administrator puts into the group that may change what runs there."""
    person = make_person(database, settings, "lab")
    name = f"runtime:{LAB}:node-editor"
    api.post("/latest/group", {"name": name}, token=admin.token)
    api.patch(f"/latest/user/{person.id}", {"groups": [name]}, token=admin.token)
    return person


def job(api: Api, scheduler: Person, runtime: str = LAB, **said: Any) -> dict[str, Any]:
    """Create a node with a definition to be pulled by the labs of a runtime."""
    data = {"kernel_revision": REVISION, "runtime": runtime, "platform": "qemu"}
    artifacts = {"job_definition": "https://storage.example/pull_labs_jobs/20260131/abc.json"}
    about = {"kind": "job", "name": "kunit", "path": ["checkout", "kunit"], "group": "kunit-pull-labs"}
    return make(api, scheduler, **{**about, "state": "available", "artifacts": artifacts, **said, "data": data})


def polled(api: Api, poll: str, since: str, many: int = 1) -> list[dict[str, Any]]:
    """Return what a lab gets when it asks until there are so many: only what is for its runtime."""

    def mine() -> list[dict[str, Any]]:
        events = api.get(poll.format(since)).json
        return [event for event in events if event["data"]["data"].get("runtime") == LAB]

    return until(lambda: found if len(found := mine()) >= many else None, PATIENCE_S)


@pytest.mark.parametrize("poll", POLLS)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_lab_pulls_a_job_and_puts_its_result_back(api: Api, ann: Person, lab: Person, poll: str, method: str) -> None:
    """Found by its event with the whole node, not found again behind that, done with what the lab says."""
    job(api, ann, runtime="elsewhere")
    node = job(api, ann)

    (event,) = polled(api, poll, BEGINNING)
    assert node == event["node"]
    assert event["node"]["artifacts"]["job_definition"].endswith("/abc.json")
    assert ("kunit-pull-labs", "qemu") == (event["node"]["group"], event["data"]["data"]["platform"])
    assert [] == api.get(poll.format(event["timestamp"])).json

    said = {"state": "done", "result": "fail", "data": {**node["data"], "job_id": "7", "error_code": "Test"}}
    body = {**node, **said} if method == "put" else said
    done = getattr(api, method)(f"/latest/node/{node['id']}", body, token=lab.token).json

    assert ("done", "fail", "7") == (done["state"], done["result"], done["data"]["job_id"])
    assert "ann" == done["owner"]
    again = polled(api, POLLS[0], event["timestamp"])
    assert [("available", "done")] == [(each["data"]["previous_state"], each["data"]["state"]) for each in again]


def test_a_lab_puts_a_tree_back(api: Api, ann: Person, lab: Person) -> None:
    """Its tests below the job, in one request and one event."""
    parent = make(api, ann, state="closing")
    node = job(api, ann, parent=parent["id"])
    polled(api, POLLS[1], BEGINNING)
    test = {"kind": "test", "name": "login", "path": [*node["path"], "login"], "state": "done", "result": "pass"}
    tree = {"node": {**node, "state": "done", "result": "pass"}, "child_nodes": [{"node": test, "child_nodes": []}]}

    made = api.put(f"/latest/nodes/{node['id']}", tree, token=lab.token).json

    assert [("kunit", "pass", "ann"), ("login", "pass", "lab")] == [
        (each["name"], each["result"], each["owner"]) for each in made
    ]
    assert "done" == api.get(f"/latest/node/{parent['id']}").json["state"]


def test_a_lab_changes_what_is_its_own(api: Api, ann: Person, bob: Person, lab: Person) -> None:
    """Nothing of another runtime; and nobody else may."""
    own, other = job(api, ann), job(api, ann, runtime="elsewhere")

    for node, who in ((other, lab), (own, bob)):
        refused = api.patch(f"/latest/node/{node['id']}", {"state": "done"}, token=who.token, status=401)
        assert "Unauthorized to complete the operation" == detail(refused)


def test_a_lab_that_asks_twice_misses_nothing(api: Api, ann: Person) -> None:
    """Behind the moment of the last event that it had, or behind its place."""
    first = job(api, ann)
    (event,) = polled(api, POLLS[1], BEGINNING)
    second = job(api, ann)

    (later,) = polled(api, POLLS[1], event["timestamp"])

    assert [first["id"], second["id"]] == [event["node"]["id"], later["node"]["id"]]
    behind = api.get(f"/latest/events?kind=job&from_seq={event['sequence']}").json
    assert [second["id"]] == [each["data"]["id"] for each in behind]
