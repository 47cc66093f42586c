"""Nodes with jobs behind them, over the wire: asked for here, taken and reported at the faces of machines."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import loop
from tests.conftest import NOW
from tests.controllers.kernelci.trees import REVISION, detail, make
from tests.controllers.kernelci.wire import Api, Person
from tests.controllers.scheduler.wire import CGI, container
from tests.nodes.labs import TREE, settle
from tests.units import rows

SYSTEM = {"os": "debian", "os_arch": "x86_64", "os_version": "sid"}


def ask(api: Api, who: Person, queue: str = "q", **said: Any) -> dict[str, Any]:
    """Create a node that asks for a job in a queue, and return it."""
    data = {"kernel_revision": REVISION, "queue": queue, **said.pop("data", {})}
    return make(api, who, **{"kind": "job", "name": "kunit", "path": ["kunit"], "treeid": TREE, **said, "data": data})


def sweep(database: Database, settings: Settings) -> None:
    """Do a round of the sweep, as of long ago: what happened is all that there is to do."""
    settle(database)
    loop.once(database, settings, NOW)


def shown(api: Api, node: dict[str, Any]) -> dict[str, Any]:
    """Return a node as it is now."""
    found: dict[str, Any] = api.get(f"/latest/node/{node['id']}").json
    return found


@pytest.mark.parametrize(
    ("said", "result"), [({"success": True}, "pass"), ({"success": False}, "fail"), ({"status": "dead"}, "incomplete")]
)
def test_a_dispatcher_runs_it(
    api: Api, ann: Person, database: Database, settings: Settings, said: dict[str, Any], result: str
) -> None:
    """Popped from the queue, reported as any job of a run, and the node is done with the result."""
    node = ask(api, ann, data={"job": {"description": "d", "priority": 3}})

    popped = api.get("/queue/pop_queue?queue=q").json
    assert (TREE, node["id"], "d", 3) == (popped["name"], popped["job_id"], popped["description"], popped["priority"])
    assert api.get("/queue/pop_queue?queue=q").json is None
    path = f"/runs/{TREE}/jobs/{node['id']}/"
    api.put(path, {"status": "running", "targets": {"ubuntu@smithi001": "key"}})
    sweep(database, settings)
    assert ("running", "smithi001", "q") == (
        shown(api, node)["state"],
        shown(api, node)["data"]["device"],
        shown(api, node)["data"]["runtime"],
    )
    api.put(path, said)
    sweep(database, settings)

    assert ("done", result) == (shown(api, node)["state"], shown(api, node)["result"])
    assert node["data"]["job_id"] == shown(api, node)["data"]["job_id"]


@pytest.mark.parametrize(("state", "result"), [("finished", "pass"), ("failed", "fail"), ("oom", "incomplete")])
def test_a_machine_boots_for_it(
    api: Api, ann: Person, database: Database, settings: Settings, state: str, result: str
) -> None:
    """Given its job by name, telling of it, and the node ends as it says; the device is the machine."""
    node = ask(api, ann, "vm-2p8g", data={"job_kind": "boot", "job": {"suite": "nap", **SYSTEM}})
    number = node["data"]["job_id"]

    assert f"/job_initrd_tmpfs/{number}/job.cgz" in container(api.client, "vm-2p8g-1")["job"]
    sweep(database, settings)
    assert "vm-2p8g-1" == shown(api, node)["data"]["device"]
    api.get(f"{CGI}/lkp-jobfile-append-var?job_id={number}&job_state={state}")
    api.get(f"{CGI}/lkp-post-run?job_id={number}")
    sweep(database, settings)

    assert ("done", result) == (shown(api, node)["state"], shown(api, node)["result"])
    assert TREE == api.get(f"/runs/{TREE}/").json["name"]
    assert node["id"] == api.get(f"/scheduler/v1/jobs/{number}").json["node_id"]


def test_a_job_that_waits_for_a_machine_is_cancelled_there(
    api: Api, ann: Person, database: Database, settings: Settings
) -> None:
    """By the scheduler's own address: the node is over, and says so."""
    node = ask(api, ann, "vm-2p8g", data={"job_kind": "boot", "job": {"suite": "nap", **SYSTEM}})
    api.post(f"/scheduler/v1/jobs/{node['data']['job_id']}/cancel")

    sweep(database, settings)

    assert ("incomplete", "Canceled") == (shown(api, node)["result"], shown(api, node)["data"]["error_code"])


def test_a_program_takes_it(api: Api, ann: Person, database: Database, settings: Settings) -> None:
    """Consumed from a queue of tasks, and over when it is deleted: with the result that it has then."""
    said, silent = (ask(api, ann, "s/q", data={"job_kind": "task", "job": {"x": 1}}) for _ in range(2))
    for node in (said, silent):
        task = api.put("/taskqueue/consume?queue=s/q").json
        assert (node["data"]["job_id"], node["id"], 1) == (task["id"], task["node_id"], task["x"])
    api.patch(f"/latest/node/{said['id']}", {"result": "pass"}, token=ann.token)
    for node in (said, silent):
        api.put(f"/taskqueue/delete?queue=s/q&id={node['data']['job_id']}")

    sweep(database, settings)

    assert [("done", "pass"), ("done", "incomplete")] == [
        (shown(api, each)["state"], shown(api, each)["result"]) for each in (said, silent)
    ]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_who_ends_a_node_takes_its_job_back(api: Api, ann: Person, bob: Person, method: str) -> None:
    """Its owner, and nobody who may not change it; it is handed out no more."""
    node = ask(api, ann)
    send = getattr(api, method)
    send(f"/latest/node/{node['id']}", {"state": "done"}, token=bob.token, status=401)
    assert "queued" == api.get(f"/runs/{TREE}/jobs/{node['id']}/").json["status"]

    ended = send(f"/latest/node/{node['id']}", {"state": "done"}, token=ann.token).json

    assert ("done", "incomplete", "Canceled") == (ended["state"], ended["result"], ended["data"]["error_code"])
    assert "dead" == api.get(f"/runs/{TREE}/jobs/{node['id']}/").json["status"]
    assert api.get("/queue/pop_queue?queue=q").json is None


@pytest.mark.parametrize("paused", [False, True])
def test_any_queue_will_do(api: Api, ann: Person, paused: bool) -> None:
    """One that nobody knew is there then; one that is paused holds the job."""
    if paused:
        api.post("/queue/", {"queue": "new", "paused_by": "bob", "pause_duration": 60})

    ask(api, ann, "new")

    counted = api.get("/queue/stats?queue=new").json
    assert (1, paused) == (counted["queued_jobs"], counted["paused"])


def test_a_tree_with_jobs(api: Api, ann: Person) -> None:
    """Each of its jobs that names a queue waits there."""
    root = make(api, ann, treeid=TREE)
    job = {"kind": "job", "name": "a", "path": ["a"], "data": {"queue": "q"}}
    child = {"node": job, "child_nodes": []}

    made = api.put(f"/latest/nodes/{root['id']}", {"node": root, "child_nodes": [child, child]}, token=ann.token).json

    keys = {each["job_id"] for each in api.get(f"/runs/{TREE}/jobs/").json}
    assert {node["id"] for node in made[1:]} == keys


@pytest.mark.parametrize(
    ("data", "status", "expected"),
    [
        ({"queue": ""}, 400, "data.queue: "),
        ({"queue": ["q"]}, 400, "data.queue: "),
        ({"queue": "q", "job": []}, 400, "data.job: "),
        ({"queue": "q", "job_kind": "sudo"}, 400, "data.job_kind: "),
        ({"queue": "vm-1p", "job_kind": "boot", "job": {"suite": "../x"}}, 400, "suite"),
        ({"queue": "vm-1p", "job_kind": "boot", "job": {"wait_on": {"99": None}}}, 404, "wait_on: there is no job 99"),
        ({"queue": "../x", "job_kind": "boot"}, 400, "tbox_group"),
        ({"queue": "/", "job_kind": "task"}, 400, "a queue is called like service/name"),
    ],
)
def test_what_cannot_be_queued(
    api: Api, ann: Person, database: Database, data: dict[str, Any], status: int, expected: str
) -> None:
    """Is refused in the words of this API; nothing is kept of it."""
    body = {"kind": "job", "name": "n", "path": ["n"], "data": data}

    answer = api.post("/latest/node", body, token=ann.token, status=status)

    assert expected in detail(answer)
    assert [] == rows(database, "SELECT FROM jobs")


def test_a_job_that_may_be_submitted_so_often(api: Api, ann: Person) -> None:
    """And was: 409."""
    data = {"queue": "vm-1p", "job_kind": "boot", "job": {"suite": "nap", "max_run": 1, **SYSTEM}}
    make(api, ann, kind="job", treeid=TREE, data=data)

    api.post("/latest/node", {"kind": "job", "name": "n", "path": [], "data": data}, token=ann.token, status=409)
