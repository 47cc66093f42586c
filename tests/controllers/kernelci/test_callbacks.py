"""LAVA says how a job ended: kept before it is told so, acted on once, by the sweep."""

import json
from typing import Any

import pytest

from paddles.archive import contents
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.nodes import callbacks as core
from paddles.settings import Settings
from paddles.sweep import callbacks, loop
from tests.concurrency.test_reports import clients
from tests.concurrency.threads import inexact, together
from tests.conftest import NOW
from tests.controllers.kernelci.trees import REVISION, make
from tests.controllers.kernelci.wire import Api, Person
from tests.ingest.lavas import CANCELED, COMPLETE, INCOMPLETE, booted, case, content, suites
from tests.nodes.labs import settle
from tests.nodes.units import miscounted
from tests.units import at, rows


def job(api: Api, who: Person, **said: Any) -> dict[str, Any]:
    """Create a node whose job the lab ``lava-x`` runs, and return it."""
    data = {"kernel_revision": REVISION, "runtime": "lava-x", "platform": "qemu", **said.pop("data", {})}
    return make(api, who, **{"kind": "job", "name": "kunit", "path": ["kunit"], "treeid": "t", **said, "data": data})


def call_back(api: Api, node: dict[str, Any], token: str, how: int = COMPLETE, status: int = 202, **said: Any) -> Any:
    """Send a callback as LAVA does, the bare token in the header, and return the answer."""
    path, sent = f"/node/{node['id']}", content(how, **said)
    return api.client.send("POST", path, sent, status=status, HTTP_AUTHORIZATION=token)


def sweep(database: Database, settings: Settings) -> int:
    """Act on what came, and return on how many callbacks."""
    done = callbacks.act(database, settings, NOW)
    settle(database)
    loop.once(database, settings, NOW, [task for task in loop.ALL if task.name == "jobs of nodes"])
    return done


def shown(api: Api, node: dict[str, Any]) -> dict[str, Any]:
    """Return a node as it is now."""
    found: dict[str, Any] = api.get(f"/latest/node/{node['id']}").json
    return found


def below(api: Api, node: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the nodes below a node, by name."""
    return {each["name"]: each for each in api.get(f"/latest/nodes?parent={node['id']}").json["items"]}


@pytest.mark.parametrize(
    ("how", "said", "end"),
    [
        (COMPLETE, {}, ("pass", None)),
        (COMPLETE, {"results": suites(lava=booted(), _0_s=[case("a", "fail")])}, ("fail", None)),
        (INCOMPLETE, {"results": suites(lava=booted("fail", error_type="Job"))}, ("incomplete", "Job")),
        (INCOMPLETE, {"results": {}}, ("incomplete", "Infrastructure")),
        (CANCELED, {}, ("incomplete", "Canceled")),
    ],
)
def test_a_callback_ends_its_node(
    api: Api,
    ann: Person,
    lab: str,
    database: Database,
    settings: Settings,
    how: int,
    said: dict[str, Any],
    end: tuple[str, str | None],
) -> None:
    """State, result, board, the lab's number, whose fault it was: in one event, and the job of the archive with it."""
    node = job(api, ann, parent=make(api, ann)["id"])

    assert {"message": "OK"} == call_back(api, node, lab, how, **said).json
    assert ("running", None) == (shown(api, node)["state"], shown(api, node)["result"])
    assert 1 == sweep(database, settings)

    after = shown(api, node)
    assert ("done", *end) == (after["state"], after["result"], after["data"].get("error_code"))
    assert ("qemu01", "577", "qemu") == tuple(after["data"][name] for name in ("device", "job_id", "platform"))
    events = [event for event in api.get(f"/latest/events?node_id={node['id']}&op=updated").json]
    assert [("running", "done", True)] == [
        tuple(event["data"][name] for name in ("previous_state", "state", "is_hierarchy")) for event in events
    ]
    wanted = {"pass": "pass", "fail": "fail", "incomplete": "dead"}[end[0]]
    assert wanted == api.get(f"/runs/t/jobs/{node['id']}/").json["status"]
    assert [] == miscounted(database) == inexact(database)


def test_its_suites_are_below_it(api: Api, ann: Person, lab: str, database: Database, settings: Settings) -> None:
    """Cases below them, with what the node's tests have in common."""
    node = job(api, ann)
    call_back(api, node, lab, results=suites(lava=booted(), _0_dmesg=[case("crit"), case("emerg", "fail")]))

    sweep(database, settings)

    assert {"setup": "pass", "dmesg": "fail"} == {name: each["result"] for name, each in below(api, node).items()}
    cases = below(api, below(api, node)["dmesg"])
    assert {"crit": "pass", "emerg": "fail"} == {name: each["result"] for name, each in cases.items()}
    assert (["kunit", "dmesg", "crit"], "test", "done", "kunit") == tuple(
        cases["crit"][name] for name in ("path", "kind", "state", "group")
    )
    assert REVISION == cases["crit"]["data"]["kernel_revision"]


def test_document_and_log_are_artifacts(
    api: Api, ann: Person, lab: str, database: Database, settings: Settings
) -> None:
    """Of the node, at addresses where they are; the lab's token is in neither."""
    node = job(api, ann, artifacts={"kernel": "http://k/"})
    call_back(api, node, lab)

    sweep(database, settings)

    artifacts = shown(api, node)["artifacts"]
    assert {"kernel", "callback_data", "lava_log"} == artifacts.keys()
    document, log = (
        api.get(artifacts[name].removeprefix(settings.base_url)).body for name in ("callback_data", "lava_log")
    )
    assert "token" not in json.loads(document)
    assert b"secret-of-the-lab" not in document + log
    assert json.loads(content())["log"] == json.loads(document)["log"]
    assert b"[    0.000000] Booting Linux\n" in log
    listed = api.get(f"/runs/t/jobs/{node['id']}/files/").json
    assert {artifacts["callback_data"], artifacts["lava_log"]} == {each["href"] for each in listed}


def test_what_was_answered_is_kept(api: Api, ann: Person, lab: str, database: Database, settings: Settings) -> None:
    """On the disk and in the database, whatever becomes of the process then; it is acted on when somebody comes by."""
    node = job(api, ann)
    call_back(api, node, lab)

    ((digest,),) = rows(database, "SELECT digest FROM files")
    kept = contents.read(contents.store(settings), bytes(digest))
    assert 577 == json.loads(kept)["id"]
    taken = transact(database, lambda session: core.take(session, NOW))
    assert taken is not None
    assert 0 == callbacks.act(database, settings, NOW), "somebody has it, and dies over it"
    loop.once(database, settings, at(300), [task for task in loop.ALL if task.name == "leases"])

    assert 1 == callbacks.act(database, settings, at(300))

    assert "done" == shown(api, node)["state"]


def test_the_same_again_changes_nothing(
    api: Api, ann: Person, lab: str, database: Database, settings: Settings
) -> None:
    """It is answered alike; another one is believed, and what was below the node stays."""
    node = job(api, ann)
    for _ in range(2):
        call_back(api, node, lab)
        sweep(database, settings)
    before, count = shown(api, node), api.get("/latest/count?kind=test").json

    call_back(api, node, lab)

    assert 0 == sweep(database, settings)
    assert before == shown(api, node)
    worse = suites(lava=booted(), _0_dmesg=[case("crit", "fail"), case("emerg")])
    call_back(api, node, lab, results=worse)
    assert 1 == sweep(database, settings)
    assert ("fail", count) == (shown(api, node)["result"], api.get("/latest/count?kind=test").json)


def test_a_node_that_timed_out_takes_its_result(
    api: Api, ann: Person, lab: str, database: Database, settings: Settings
) -> None:
    """What was said of the timeout is taken back."""
    node = job(api, ann, timeout="2026-01-01T00:00:00")
    loop.once(database, settings, NOW)
    assert "node_timeout" == shown(api, node)["data"]["error_code"]
    call_back(api, node, lab)

    sweep(database, settings)

    assert ("done", "pass") == (shown(api, node)["state"], shown(api, node)["result"])
    assert not {"error_code", "error_msg"} & shown(api, node)["data"].keys()


@pytest.mark.parametrize("how", [0, 1])
def test_a_job_that_goes_on(api: Api, ann: Person, lab: str, database: Database, how: int) -> None:
    """Its callback is answered, and nothing is kept of it."""
    node = job(api, ann)

    call_back(api, node, lab, how)

    assert [] == rows(database, "SELECT FROM contents")
    assert node == shown(api, node)


def test_a_job_of_ours_that_a_lab_runs(api: Api, ann: Person, lab: str, database: Database, settings: Settings) -> None:
    """A node with a job in a queue: that is the job that ends."""
    node = job(api, ann, data={"queue": "q"})
    assert node["id"] == api.get("/queue/pop_queue?queue=q").json["job_id"]
    call_back(api, node, lab)

    sweep(database, settings)

    assert ("pass", "pass") == (shown(api, node)["result"], api.get(f"/runs/t/jobs/{node['id']}/").json["status"])
    assert [] == inexact(database)


def test_a_node_that_is_gone_meanwhile(api: Api, ann: Person, lab: str, database: Database, settings: Settings) -> None:
    """Or its job: nobody stumbles over it."""
    node, other = job(api, ann), job(api, ann, treeid="u")
    call_back(api, node, lab)
    call_back(api, other, lab)
    api.delete("/runs/t/")

    assert 2 == sweep(database, settings)

    assert ["running", "done"] == [shown(api, each)["state"] for each in (node, other)]


@pytest.mark.parametrize(
    "said", [{}, {"content": 7}, {"node": 5, "document": "x"}, {"node": "{}", "document": "0" * 64}, {"node": "'; --"}]
)
def test_who_adds_a_task_of_his_own(
    api: Api, ann: Person, lab: str, database: Database, settings: Settings, said: dict[str, Any]
) -> None:
    """Ends no node: a job must have got the document; the callbacks behind it are acted on."""
    node, other = job(api, ann), job(api, ann)
    said = {name: value.format(other["id"]) if isinstance(value, str) else value for name, value in said.items()}
    api.post("/taskqueue/add?queue=callbacks", {"lab": "x", **said})
    call_back(api, node, lab)

    assert 2 == sweep(database, settings)

    assert ["done", "running"] == [shown(api, each)["state"] for each in (node, other)]


def test_one_that_kills_whoever_reads_it(
    api: Api, ann: Person, lab: str, database: Database, settings: Settings
) -> None:
    """Is given up after so many attempts."""
    node = job(api, ann)
    call_back(api, node, lab)
    for attempt in range(settings.max_attempts):
        now = at(300 * attempt)
        assert transact(database, lambda session, now=now: core.take(session, now))
        loop.once(database, settings, at(300 * attempt + 200), [task for task in loop.ALL if task.name == "leases"])

    assert 1 == callbacks.act(database, settings, at(3000))

    assert "given up" == api.get("/runs/callbacks/jobs/").json[0]["failure_reason"]


def test_callbacks_at_once(api: Api, ann: Person, lab: str, database: Database, settings: Settings) -> None:
    """Four labs' servers and two sweeps: each node ends once, nothing is counted twice."""
    nodes = [job(api, ann, treeid=f"t{number % 2}") for number in range(4)]
    everybody = [Api(client) for client in clients(database, settings, 6)]

    def work(number: int) -> None:
        if number >= 6:
            callbacks.act(database, settings, NOW)
            return
        for node in nodes[number % 2 :: 2]:
            call_back(everybody[number], node, lab, id=number % 2)

    together(8, work)
    while sweep(database, settings):
        pass

    assert {("done", "pass")} == {(shown(api, node)["state"], shown(api, node)["result"]) for node in nodes}
    assert [2] * 4 == [len(below(api, node)) for node in nodes]
    assert [] == inexact(database) == miscounted(database)
