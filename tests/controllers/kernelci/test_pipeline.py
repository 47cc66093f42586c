"""What kci-dev asks of the pipeline: commits, jobs and patches to be tested."""

import datetime
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.kernelci.foreign import bare, message
from tests.controllers.kernelci.trees import MISSING, REVISION, make
from tests.controllers.kernelci.wire import Api, Person
from tests.controllers.test_statements import counted
from tests.nodes.units import told

SOURCE = {"url": "https://git.example/linux.git", "branch": "master", "commit": "0123abc"}
PATHS = {"checkout": SOURCE, "jobretry": {"nodeid": MISSING}, "patchset": {"nodeid": MISSING, "patch": ["x"]}}


def job_below(api: Api, who: Person, **said: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Create a kernel and a job below it; ``said`` is of the kernel. Return both."""
    root = make(api, who)
    data = {"arch": "arm", "kernel_revision": REVISION}
    ready = {"state": "done", "result": "pass", **said}
    kernel = make(api, who, kind="kbuild", name="kbuild-x", path=["c", "k"], parent=root["id"], data=data, **ready)
    job = make(api, who, kind="job", name="baseline", path=["c", "k", "b"], parent=kernel["id"], data={})
    return kernel, job


def test_a_commit_is_ordered(shared: Api, database: Database) -> None:
    """As kci-dev sends it, by the bare token of the pipeline's tools: a checkout of five hours, told as it is made."""
    body = {**SOURCE, "jobfilter": ["kbuild-x", "baseline"], "platformfilter": ["qemu"]}

    answer = shared.post("/api/checkout", body, status=200, **bare()).json

    node = shared.get(f"/latest/node/{answer['node']['id']}").json
    assert ("OK", node) == (answer["message"], answer["node"])
    assert {**SOURCE, "tree": "linux", "tip_of_branch": False} == node["data"]["kernel_revision"]
    assert ("checkout", "checkout", ["checkout"], "running", None) == tuple(
        node[name] for name in ("kind", "name", "path", "state", "parent")
    )
    assert (["kbuild-x", "baseline"], ["qemu"]) == (node["jobfilter"], node["platform_filter"])
    assert ("pipeline", "user:eve@example.org", 64) == (node["owner"], node["submitter"], len(node["treeid"]))
    created, timeout = (datetime.datetime.fromisoformat(node[name]) for name in ("created", "timeout"))
    assert datetime.timedelta(minutes=300) == timeout - created
    assert [("created", node["id"])] == [(event["op"], event["id"]) for event in told(database)]


def test_two_orders_are_two_trees(shared: Api) -> None:
    """What is ordered twice is tested twice."""
    first, second = (shared.post("/api/checkout", SOURCE, **bare()).json["node"] for _ in range(2))

    assert first["id"] != second["id"]
    assert first["treeid"] != second["treeid"]


def test_a_tree_is_known_by_its_repository_and_branch(shared: Api, ann: Person) -> None:
    """The newest checkout of both says what it is called; what is said beats it."""
    for tree in ("old", "stable"):
        make(shared, ann, data={"kernel_revision": {**REVISION, "tree": tree, "url": SOURCE["url"]}})

    def tree_of(**said: str) -> str:
        node = shared.post("/api/checkout", {**SOURCE, **said}, **bare()).json["node"]
        return str(node["data"]["kernel_revision"]["tree"])

    assert "stable" == tree_of()
    assert "linux" == tree_of(branch="other")
    assert "mine" == tree_of(tree="mine")
    assert "mine" == tree_of()


def test_the_sources_of_a_node_are_ordered(shared: Api, ann: Person) -> None:
    """At another commit, for the job that the node is of alone."""
    root = make(shared, ann)
    _, job = job_below(shared, ann)
    test = make(
        shared, ann, kind="test", name="login", path=["t"], parent=job["id"], data={"kernel_revision": REVISION}
    )

    def order(node_id: str) -> dict[str, Any]:
        body = {"nodeid": node_id, "commit": "abcdef0123"}
        node: dict[str, Any] = shared.post("/api/checkout", body, status=200, **bare()).json["node"]
        return node

    assert (None, ["kbuild-x", "baseline"]) == (order(root["id"])["jobfilter"], order(test["id"])["jobfilter"])
    revision = order(root["id"])["data"]["kernel_revision"]
    assert {**REVISION, "commit": "abcdef0123", "tip_of_branch": False} == revision
    refused = shared.post("/api/checkout", {"nodeid": job["id"], "commit": "abcdef0"}, status=400, **bare())
    assert "Node does not have kernel revision data" == message(refused)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"commit": "abc"}, 400),
        ({"commit": "master"}, 400),
        ({"commit": "A" * 40}, 400),
        ({"commit": "a" * 41}, 400),
        ({"commit": None}, 400),
        ({"url": None}, 400),
        ({"url": "/etc/passwd"}, 400),
        ({"url": "file:///etc"}, 400),
        ({"url": "ext::sh -c reboot"}, 400),
        ({"url": "--upload-pack=reboot"}, 400),
        ({"url": "https://-oProxyCommand=reboot/x"}, 400),
        ({"url": "https://x/\ny"}, 400),
        ({"url": "https://x/" + "y" * 3000}, 400),
        ({"branch": ""}, 400),
        ({"branch": "--upload-pack=reboot"}, 400),
        ({"branch": "a b"}, 400),
        ({"branch": "x" * 256}, 400),
        ({"tree": "x" * 601}, 400),
        ({"tree": "x\0"}, 400),
        ({"jobfilter": ["x"] * 9}, 400),
        ({"platformfilter": ["x"] * 9}, 400),
        ({"jobfilter": "baseline"}, 400),
        ({"nodeid": "zz"}, 400),
        ({"nodeid": MISSING}, 404),
    ],
)
def test_what_nobody_can_test_is_not_ordered(shared: Api, said: dict[str, Any], status: int) -> None:
    """Options for git, programs and files of the builder least of all; nothing is made."""
    refused = shared.post("/api/checkout", {**SOURCE, **said}, status=status, **bare())

    assert message(refused)
    assert 0 == shared.get("/latest/count").json


def test_a_job_is_tried_again(shared: Api, ann: Person, database: Database) -> None:
    """Its kernel is told of once more, for this job, or for the jobs that are named; no node changes."""
    kernel, job = job_below(shared, ann)
    before = shared.get(f"/latest/node/{kernel['id']}").json

    for said in ({}, {"jobfilter": ["other"]}):
        answer = shared.post("/api/jobretry", {"nodeid": job["id"], **said}, status=200, **bare())
        assert "OK" == message(answer)

    first, second = told(database)[-2:]
    assert (["kbuild-x", "baseline"], ["other"]) == (first["jobfilter"], second["jobfilter"])
    assert ("updated", kernel["id"], "kbuild", "done", "pass") == tuple(
        first[name] for name in ("op", "id", "kind", "state", "result")
    )
    assert before["data"] == first["data"]
    assert {"created", "updated", "timeout", "owner", "submitter", "user_groups"}.isdisjoint(first)
    assert before == shared.get(f"/latest/node/{kernel['id']}").json


@pytest.mark.parametrize(
    ("kernel", "said"),
    [
        ({"state": "running", "result": None}, "Kernel build is not done"),
        ({"result": "fail"}, "Kernel build result is not pass"),
        ({"result": None}, "Kernel build result is not pass"),
    ],
)
def test_a_kernel_that_is_not_built_runs_no_job(
    shared: Api, ann: Person, database: Database, kernel: dict[str, Any], said: str
) -> None:
    """400, and nothing is told."""
    _, job = job_below(shared, ann, **kernel)
    events = len(told(database))

    assert said == message(shared.post("/api/jobretry", {"nodeid": job["id"]}, status=400, **bare()))
    assert events == len(told(database))


def test_only_jobs_of_kernels_are_tried_again(shared: Api, ann: Person) -> None:
    """404 for a node that there is not and for a job without a kernel, 400 for what is no job."""
    kernel, _ = job_below(shared, ann)
    alone = make(shared, ann, kind="job", name="j", path=["j"], data={})

    def refused(node_id: str, status: int) -> str:
        return message(shared.post("/api/jobretry", {"nodeid": node_id}, status=status, **bare()))

    assert "Node not found" == refused(MISSING, 404)
    assert "Node is not a job" == refused(kernel["id"], 400)
    assert "Kernel build not found" == refused(alone["id"], 404)


def test_patches_are_ordered_by_their_addresses(shared: Api, ann: Person) -> None:
    """A checkout below the checkout, with its sources and each patch as an artifact; nothing is fetched."""
    root = make(shared, ann)
    urls = ["https://patchwork.example/1/mbox/", "http://127.0.0.1:1/2.patch"]

    answer = shared.post(
        "/api/patchset", {"nodeid": root["id"], "patchurl": urls, "jobfilter": ["b"]}, status=200, **bare()
    )

    node = answer.json["node"]
    assert ("checkout", "patchset", ["checkout", "patchset"], "patchset", root["id"]) == tuple(
        node[name] for name in ("kind", "name", "path", "group", "parent")
    )
    assert dict(zip(("patch0", "patch1"), urls, strict=True)) == node["artifacts"]
    assert (root["data"], ["b"], "user:eve@example.org") == (node["data"], node["jobfilter"], node["submitter"])
    assert root["treeid"] != node["treeid"]


def test_patches_are_ordered_as_they_are(shared: Api, ann: Person, settings: Settings) -> None:
    """They are kept, and stand at an address of ours from then on, as plain text."""
    root = make(shared, ann)
    patches = ["--- a\n+++ b\n", "<script>alert('ü')</script>", "--- a\n+++ b\n"]

    node = shared.post("/api/patchset", {"nodeid": root["id"], "patch": patches}, status=200, **bare()).json["node"]

    assert ["patch0", "patch1", "patch2"] == list(node["artifacts"])
    for url, patch in zip(node["artifacts"].values(), patches, strict=True):
        assert url.startswith(f"{settings.base_url}/api/patches/")
        answer = shared.get(url.removeprefix(settings.base_url), status=200)
        assert (patch, "text/plain") == (answer.body.decode(), answer.content_type)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"patch": []},
        {"patchurl": []},
        {"patch": [""]},
        {"patch": [" \n"]},
        {"patch": ["\0"]},
        {"patch": "text"},
        {"patch": ["x"] * 33},
        {"patchurl": ["https://x/p"] * 33},
        {"patchurl": ["/etc/passwd"]},
        {"patchurl": ["file:///etc/passwd"]},
        {"patchurl": ["https://me:secret@x/p"]},
        {"patchurl": ["javascript:alert(1)"]},
        {"patch": ["x"], "platformfilter": ["x"] * 9},
    ],
)
def test_what_is_no_patch_is_not_ordered(shared: Api, ann: Person, said: dict[str, Any]) -> None:
    """400, and no node is made."""
    root = make(shared, ann)

    refused = shared.post("/api/patchset", {"nodeid": root["id"], **said}, status=400, **bare())

    assert message(refused)
    assert 1 == shared.get("/latest/count").json


def test_only_checkouts_are_patched(shared: Api, ann: Person) -> None:
    """400 for what is none or names no sources, 404 for what is not there."""
    kernel, _ = job_below(shared, ann)
    blank = make(shared, ann, data={})

    for node_id, status in ((kernel["id"], 400), (blank["id"], 400), (MISSING, 404), ("../x", 400)):
        for patch in ({"patch": ["x"]}, {"patchurl": ["https://x/p"]}):
            assert message(shared.post("/api/patchset", {"nodeid": node_id, **patch}, status=status, **bare()))
    shared.get(f"/api/patches/{MISSING}.0", status=404)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"commit": "\\u0000"}', b"\xff"])
@pytest.mark.parametrize("path", PATHS)
def test_bodies_are_json_objects(shared: Api, path: str, body: bytes) -> None:
    """What is none is 400, in words."""
    assert message(shared.send("POST", f"/api/{path}", body, status=400, **bare()))


def test_orders_take_as_few_statements_for_many_patches(shared: Api, ann: Person, database: Database) -> None:
    """One patch or thirty-two, a small tree or a large one."""
    root = make(shared, ann)
    counts = []
    for many in (1, 32):
        with counted() as statements:
            shared.post("/api/patchset", {"nodeid": root["id"], "patch": ["x"] * many}, **bare())
        counts.append(len(statements))

    assert [7, 7] == counts
