"""Jobs behind nodes: queued with them, in the run of their tree; given up when the node is over."""

from typing import Any

import orjson
import pytest

from paddles.archive import runs
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Invalid, NotFound
from paddles.nodes import hierarchy, nodes, upkeep
from paddles.nodes.backing import MOST_IN_A_TREE
from paddles.nodes.hierarchy import Branch
from tests.conftest import NOW
from tests.nodes.labs import LAB, REVISION, TREE, ask, claim, follow, job_of
from tests.nodes.units import ANN, change, create, data_of, miscounted, node_of, told
from tests.units import accept, at, delete, inexact, rows

STATUSES = "SELECT status FROM jobs ORDER BY id"


def test_a_node_that_names_a_queue_has_a_job_in_it(database: Database) -> None:
    """Of a run called after its tree, under the node's id; the document is the job's, with whose it is."""
    node_id = ask(database, data={"job": {"description": "d", "anything": [1], "priority": 5}})

    job = job_of(database, node_id)
    assert (TREE, node_id, "queued", "test", 5) == (job.run, job.key, job.status, job.kind, job.priority)
    assert ("ann", "master", "f" * 40, "kernelci") == (job.username, job.branch, job.sha1, job.suite)
    document = orjson.loads(job.document)
    assert {"description": "d", "anything": [1], "queue": "q", "node_id": node_id}.items() <= document.items()
    assert ("q", str(job.id)) == (data_of(database, node_id)["runtime"], data_of(database, node_id)["job_id"])
    assert job.id == claim(database)


def test_what_a_document_says_of_its_fate_is_not_heard(database: Database) -> None:
    """A new job is queued, has no machine, and is called by its node."""
    said = {"status": "pass", "success": True, "targets": {"u@m": "k"}, "job_id": 7, "id": 8, "node_id": "x"}

    job = job_of(database, ask(database, data={"job": said}))

    assert ("queued", None) == (job.status, job.finished)
    assert [] == rows(database, "SELECT FROM job_machines")
    assert job.key == orjson.loads(job.document)["node_id"]


@pytest.mark.parametrize(
    "said",
    [{"data": {"queue": None}}, {"data": {"queue": "q"}, "state": "done"}, {"kind": "test", "data": {"queue": "q"}}],
)
def test_others_have_no_job(database: Database, said: dict[str, Any]) -> None:
    """Who names no queue, who is over, who is of another kind."""
    about = {"kind": "job", "name": "n", "path": ["n"], **said}

    transact(database, lambda s: nodes.create(s, about, ANN, NOW, lab=LAB))

    assert [] == rows(database, STATUSES)


def test_a_run_is_called_after_its_tree(database: Database) -> None:
    """By the treeid, the node's own or the root's; else, or when no run can be called so, by the root."""
    root, named = create(database), create(database, treeid="named")
    below = create(database, kind="kbuild", parent_id=root)
    runs_ = [
        job_of(database, ask(database, treeid=treeid, parent_id=parent)).run
        for treeid, parent in ((None, below), (None, named), ("../x y", below), ("queued", below), ("own", below))
    ]
    alone = ask(database, treeid=None)

    assert [root, "named", root, root, "own"] == runs_
    assert alone == job_of(database, alone).run


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ({"queue": ""}, Invalid, "data.queue"),
        ({"queue": "q" * 513}, Invalid, "data.queue"),
        ({"queue": 5}, Invalid, "data.queue"),
        ({"job": "x"}, Invalid, "data.job"),
        ({"job_kind": "magic"}, Invalid, "data.job_kind"),
        ({"job_kind": "task", "queue": "a//b"}, Invalid, "a queue is called like"),
        ({"job_kind": "task", "job": {"lab": "no lab"}}, Invalid, "Need the lab"),
        ({"job_kind": "boot", "job": {"os": "$(x)"}}, Invalid, "os"),
        ({"job_kind": "boot", "queue": "a b"}, Invalid, "tbox_group"),
        ({"job_kind": "boot", "job": {"wait_on": {"1": None}}}, NotFound, "there is no job 1"),
    ],
)
def test_what_cannot_be_queued(database: Database, data: dict[str, Any], error: type[Exception], message: str) -> None:
    """The refusal says why, and there is neither node nor job nor run."""
    with pytest.raises(error, match=message):
        ask(database, data=data)

    assert [] == rows(database, "SELECT id FROM nodes")
    assert [] == rows(database, "SELECT name FROM runs")


def test_a_node_without_its_parent_has_no_job(database: Database) -> None:
    """Node and job are there together, or not at all."""
    with pytest.raises(NotFound):
        ask(database, parent_id="0" * 24)

    assert [] == rows(database, STATUSES)


def test_a_tree_brings_jobs(database: Database) -> None:
    """Each of its nodes that asks for one, in one run; too many are refused as a whole."""
    root = create(database)
    job = {"kind": "job", "path": ["n"], "data": {"queue": "q", "kernel_revision": REVISION}}
    tree = Branch({"result": "pass"}, [Branch({**job, "name": "a"}, [Branch({**job, "name": "b"})])])

    made = transact(database, lambda s: hierarchy.submit(s, root, tree, ANN, NOW, lab=LAB))

    jobs = [job_of(database, node["id"]) for node in made[1:]]
    assert [(root, node["id"]) for node in made[1:]] == [(job.run, job.key) for job in jobs]
    assert [str(job.id) for job in jobs] == [node["data"]["job_id"] for node in made[1:]]
    many = Branch({}, [Branch({**job, "name": "a"})] * (MOST_IN_A_TREE + 1))
    with pytest.raises(Invalid, match="at most 1000 jobs"):
        transact(database, lambda s: hierarchy.submit(s, root, many, ANN, NOW, lab=LAB))


@pytest.mark.parametrize("taken", [False, True])
def test_who_ends_a_node_ends_its_job(database: Database, taken: bool) -> None:
    """Queued or with a machine; nobody is given it, and the node is incomplete with the change that ended it."""
    node_id = ask(database)
    if taken:
        claim(database)

    node = change(database, node_id, state="done")

    assert ("incomplete", "Canceled") == (node["result"], node["data"]["error_code"])
    job = job_of(database, node_id)
    assert ("dead", "cancel", False) == (job.status, job.reason, job.leased)
    assert None is claim(database)
    assert [] == rows(database, "SELECT FROM leases WHERE ended IS NULL")
    follow(database)
    assert 1 == len([event for event in told(database) if event["op"] == "updated"])


def test_who_ends_a_node_with_a_result_is_believed(database: Database) -> None:
    """The job is given up; what somebody said of it stays."""
    node_id = ask(database)

    change(database, node_id, state="done", result="skip")
    follow(database)

    assert "skip" == node_of(database, node_id).result
    assert "error_code" not in data_of(database, node_id)
    assert [("dead",)] == rows(database, STATUSES)


def test_a_job_that_is_over_is_not_given_up(database: Database) -> None:
    """Who ends a node of which the job has passed, before that was noticed, ends it with that result."""
    node_id = ask(database)
    accept(database, TREE, node_id, success=True)

    assert None is change(database, node_id, state="done")["result"]

    follow(database)
    assert ("done", "pass") == (node_of(database, node_id).state, node_of(database, node_id).result)


def test_time_ends_a_job_with_its_node(database: Database) -> None:
    """By its timeout, its holdoff, or the last of its children."""
    late, held = ask(database, timeout=at(-1)), ask(database, state="available", holdoff=at(-1))
    closing = ask(database, state="closing")
    child = create(database, parent_id=closing)

    transact(database, lambda s: upkeep.time_out(s, NOW, 10) + upkeep.hold_off(s, NOW, 10))
    change(database, child, state="done")
    follow(database)

    reasons = [(job_of(database, each).status, job_of(database, each).reason) for each in (late, held, closing)]
    assert [("dead", "node_timeout"), ("dead", "cancel"), ("dead", "cancel")] == reasons
    assert ["node_timeout", "Canceled", "Canceled"] == [
        data_of(database, each)["error_code"] for each in (late, held, closing)
    ]
    assert {("done", "incomplete")} == {
        (node_of(database, each).state, node_of(database, each).result) for each in (late, held, closing)
    }
    assert [] == inexact(database) == miscounted(database)


def test_a_node_outlives_its_job(database: Database) -> None:
    """Its run, or the job alone, deleted: the node is there, over and incomplete; one that was done stays as it was."""
    parent = create(database)
    alone, done = ask(database, treeid="a"), ask(database, treeid="b", parent_id=parent)
    accept(database, "b", done, success=True)
    follow(database)
    delete(database, "a", alone)
    open_, kept = ask(database, treeid="b", parent_id=parent), ask(database, treeid="b", result="fail")
    transact(database, lambda s: runs.delete(s, "b"))

    assert 3 == follow(database)
    assert 0 == follow(database)

    results = [node_of(database, each).result for each in (alone, done, open_, kept)]
    assert ["incomplete", "pass", "incomplete", "fail"] == results
    assert "the job was deleted" == data_of(database, alone)["error_msg"]
    assert [] == rows(database, "SELECT id FROM nodes WHERE job_id IS NOT NULL")
    assert 0 == node_of(database, parent).open_children
