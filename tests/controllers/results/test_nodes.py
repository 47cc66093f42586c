"""``/nodes/``: machines registered, described, listed, and what ran on them."""

from typing import Any

import pytest

from tests.client import Client
from tests.factories import RUN, job_of, make_job, make_node, names_of, node_of

KEYS = set(
    """name description up machine_type is_vm vm_host os_type os_version arch locked locked_since locked_by mac_address
    ssh_pub_key""".split()
)
NODE = "/nodes/smithi001/"
WRITTEN: dict[str, Any] = {
    "arch": "x86_64",
    "description": "rack 1, größer",
    "is_vm": True,
    "mac_address": "0C:C4:7A:6E:21:A1",
    "machine_type": "smithi",
    "os_type": "ubuntu",
    "os_version": "22.04",
    "ssh_pub_key": "ssh-ed25519 AAAA root@smithi001",
    "up": False,
    "locked_by": "ann@example",
    "locked_since": "2026-01-31 10:00:00",
}
STATUSES = "queued pass running waiting fail dead unknown".split()


def test_a_node_needs_only_a_name(client: Client) -> None:
    """A machine of which nothing is known shows fourteen keys: null, but neither locked nor virtual; no ``user``."""
    answer = client.post_json("/nodes/", {"name": "smithi001"}, status=200)

    node = node_of(client)
    assert {} == answer.json
    assert KEYS == set(node)
    said = {key: value for key, value in node.items() if value is not None}
    assert {"name": "smithi001", "is_vm": False, "locked": False} == said


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_everything_may_be_said_of_a_node(client: Client, method: str) -> None:
    """Every key is stored on creation as on update, and read again as it was written."""
    if method == "PUT":
        make_node(client)
    path = NODE if method == "PUT" else "/nodes/"

    answer = client.send(method, path, {"name": "smithi001", "unknown": 1, "user": "u", **WRITTEN}, status=200)

    assert {} == answer.json
    assert {"name": "smithi001", "vm_host": None, "locked": False, **WRITTEN} == node_of(client)


def test_a_node_cannot_be_renamed(client: Client) -> None:
    """``name`` in a PUT is ignored."""
    make_node(client)

    client.put_json(NODE, {"name": "other", "arch": "arm64"}, status=200)

    assert "arm64" == node_of(client)["arch"]
    client.get("/nodes/other/", status=404)


def test_empty_texts_are_stored(client: Client) -> None:
    """An empty text resets what was said, and is no null; a number does for a text."""
    make_node(client, os_type="ubuntu", os_version=8.5)
    before = node_of(client)["os_version"]

    client.put_json(NODE, {"os_type": "", "os_version": ""})

    assert "8.5" == before
    assert ("", "") == (node_of(client)["os_type"], node_of(client)["os_version"])


def test_a_guests_host_is_shown_whole(client: Client) -> None:
    """``vm_host`` is given by name and shown as the host's whole object; null when it ends, or the host goes."""
    make_node(client, "host", mac_address="aa")
    make_node(client, "guest", vm_host="host", is_vm=True)
    shown = node_of(client, "guest")["vm_host"]

    client.put_json("/nodes/guest/", {"vm_host": None})
    ended = node_of(client, "guest")["vm_host"]
    client.put_json("/nodes/guest/", {"vm_host": "host"})
    client.delete("/nodes/host/")

    assert ("host", "aa", KEYS) == (shown["name"], shown["mac_address"], set(shown))
    assert ended is None
    assert node_of(client, "guest")["vm_host"] is None


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_unknown_host_is_refused(client: Client, method: str) -> None:
    """A ``vm_host`` that does not exist is a 400, and nothing changes."""
    make_node(client, arch="arm64")
    path = NODE if method == "PUT" else "/nodes/"

    message = client.refused(method, path, 400, {"name": "new", "vm_host": "nope", "arch": "x86_64"})

    assert "vm_host: there is no node called nope" == message
    assert ["smithi001"] == names_of(client.get("/nodes/").json)
    assert "arm64" == node_of(client)["arch"]


def test_a_null_for_locked_is_no_lock(client: Client) -> None:
    """A machine registered with ``locked`` null is free, as without it; sent to a locked one it changes nothing."""
    make_node(client, locked=None)
    made = node_of(client)
    client.put_json("/nodes/smithi001/lock/", {"locked": True, "locked_by": "ann"})
    client.put_json("/nodes/smithi001/", {"locked": None})

    assert (False, None) == (made["locked"], made["locked_since"])
    assert node_of(client)["locked"]


@pytest.mark.parametrize("owner", [None, "ann@example"])
def test_a_node_may_be_locked_from_the_start(client: Client, owner: str | None) -> None:
    """Locked on creation, with or without an owner, it has a moment since when."""
    make_node(client, locked=True, locked_by=owner)

    node = node_of(client)

    assert (True, owner) == (node["locked"], node["locked_by"])
    assert node["locked_since"]


def test_creating_a_node_is_checked(client: Client) -> None:
    """A body that cannot be decoded, a name that is missing, and one that is taken."""
    make_node(client, "a&b")

    assert "could not decode JSON body" == client.refused("POST", "/nodes/", 400, b"")
    assert "could not find required key: 'name'" == client.refused("POST", "/nodes/", 400, {})
    assert "could not find required key: 'name'" == client.refused("POST", "/nodes/", 400, {"name": ""})
    assert "Node with name a&b already exists" == client.refused("POST", "/nodes/", 400, {"name": "a&b"})


@pytest.mark.parametrize("name", ["lock_many", "unlock_many", "machine_types", "job_stats", ".", ".."])
def test_a_node_cannot_be_called_like_a_word(client: Client, name: str) -> None:
    """A name at which something else is served is refused and says so."""
    message = client.refused("POST", "/nodes/", 400, {"name": name})

    assert f"a node cannot be called {name}: /nodes/{name}/ has a meaning of its own" == message


@pytest.mark.parametrize(
    ("method", "message"),
    [("GET", "node not found"), ("PUT", "attempted to update a non-existent node"), ("DELETE", "node not found")],
)
def test_a_missing_node_is_not_found(client: Client, method: str, message: str) -> None:
    """teuthology takes the 404 as an answer, and POSTs after one on PUT."""
    assert message == client.refused(method, "/nodes/nope/", 404, {"up": True})


@pytest.mark.parametrize("path", ["jobs", "job_stats"])
def test_a_missing_nodes_history_is_not_found(client: Client, path: str) -> None:
    """What ran on a machine that nobody registered is a 404 in JSON."""
    assert "node not found" == client.refused("GET", f"/nodes/nope/{path}/", 404)


def test_deleting_a_node_leaves_its_jobs(client: Client) -> None:
    """The job stays with its targets; only the link goes."""
    make_job(client, targets={"u@smithi001": "k"})

    assert {} == client.delete(NODE, status=200).json

    client.get(NODE, status=404)
    assert {"u@smithi001": "k"} == job_of(client)["targets"]


@pytest.fixture
def lab(client: Client) -> Client:
    """Five machines, registered in no order."""
    make_node(client, "e", machine_type="mira", up=None, os_type="rhel", os_version="9.3")
    make_node(client, "c", machine_type="smithi", up=False, arch="arm64")
    make_node(client, "a", machine_type="smithi", locked=True, locked_by="ann", os_type="rhel", os_version="9.3")
    make_node(client, "d", machine_type="mira", up=True, os_type="ubuntu")
    make_node(client, "b", machine_type="gibba", up=True, locked=True, locked_by="bob")
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abcde"),
        ("machine_type=smithi", "ac"),
        ("machine_type=mira|gibba", "bde"),
        ("machine_type=mira%7Csmithi", "acde"),
        ("machine_type=smith", ""),
        ("machine_type=", "abcde"),
        ("locked=1", "ab"),
        ("locked=0", "cde"),
        ("up=1", "abd"),
        ("up=0", "c"),
        ("up=True", "abd"),
        ("up=False", "c"),
        ("up=true", "abd"),
        ("up=false", "c"),
        ("up=t&locked=f", "d"),
        ("up=yes&locked=no", "d"),
        ("up=on&locked=off", "d"),
        ("os_type=rhel", "ae"),
        ("os_type=rhel&os_version=9.3&up=1", "a"),
        ("arch=arm64", "c"),
        ("locked_by=bob", "b"),
        ("count=2", "ab"),
        ("count=0", ""),
        ("machine_type=smithi|mira&up=1&locked=0&count=5", "d"),
        ("nope=1", "abcde"),
    ],
)
def test_nodes_are_listed_by_name(lab: Client, query: str, expected: str) -> None:
    """Every parameter narrows; a machine of which nobody knows whether it is up is neither up nor down."""
    for path in ("/nodes/", "/nodes"):
        assert list(expected) == names_of(lab.get(f"{path}?{query}").json)


@pytest.mark.parametrize(("query", "message"), [
    ("count=x", "count must be an integer"), ("count=-1", "count must be an integer"),
    ("count=", "count must be an integer"), ("count=1.5", "count must be an integer"),
    ("up=maybe", "up must be true or false"), ("locked=2", "locked must be true or false"),
    ("locked=", "locked must be true or false")])  # fmt: skip
def test_bad_parameters_are_refused(client: Client, query: str, message: str) -> None:
    """A count or a boolean that is none is a 400."""
    assert message == client.refused("GET", f"/nodes/?{query}", 400)


def test_the_types_of_nodes_are_listed(lab: Client) -> None:
    """Distinct, sorted, without blanks; slash or none."""
    make_node(lab, "x", machine_type="")
    lab.post_json("/nodes/", {"name": "y"})

    assert ["gibba", "mira", "smithi"] == lab.get("/nodes/machine_types/").json
    assert ["gibba", "mira", "smithi"] == lab.get("/nodes/machine_types").json


@pytest.fixture
def history(client: Client) -> Client:
    """A machine with three jobs, the second of another name, and a machine with one."""
    make_node(client, "x", machine_type="smithi")
    make_node(client, "y", machine_type="mira")
    for key, status, name in ((1, "pass", "n"), (2, "fail", "other"), (3, "pass", "n")):
        make_job(client, job_id=key, status=status, name=name, machine_type="smithi", targets={"u@x": "k"})
    make_job(client, job_id=4, status="dead", machine_type="multi", targets={"u@x": "k", "u@y": "k"})
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", "4321"), ("count=0", "4321"), ("count=2", "43"), ("count=2&page=2", "21"), ("count=2&page=9", ""),
     ("status=pass", "31"), ("name=n", "31"), ("name=n&status=pass&count=1", "3"), ("name=nope", "")],
)  # fmt: skip
def test_a_nodes_jobs_are_listed(history: Client, query: str, expected: str) -> None:
    """All of them unless counted, whole, newest posted first."""
    listed = history.get(f"/nodes/x/jobs/?{query}").json

    assert list(expected) == names_of(listed, "job_id")
    assert [job_of(history, job_id=key) for key in expected] == listed
    assert listed == history.get(f"/nodes/x/jobs?{query}").json


def test_a_nodes_jobs_are_counted(history: Client) -> None:
    """All seven statuses, zeros included."""
    expected = dict.fromkeys(STATUSES, 0) | {"pass": 2, "fail": 1, "dead": 1}

    assert expected == history.get("/nodes/x/job_stats/").json
    assert expected == history.get("/nodes/x/job_stats").json


def test_the_jobs_of_all_nodes_are_counted(history: Client) -> None:
    """The least busy machine first, zeros left out; a machine type takes its machines and jobs of it or of several."""
    stats = history.get("/nodes/job_stats/")

    assert {"x": {"pass": 2, "fail": 1, "dead": 1}, "y": {"dead": 1}} == stats.json
    assert ["y", "x"] == list(stats.json)
    assert {"x": {"pass": 2, "fail": 1, "dead": 1}} == history.get("/nodes/job_stats?machine_type=smithi").json
    assert {"y": {"dead": 1}} == history.get("/nodes/job_stats/?machine_type=mira&since_days=1").json
    assert stats.json == history.get("/nodes/job_stats/?since_days=3650").json


@pytest.mark.parametrize("days", ["0", "-1", "x", "", "1.5", "1e3", "9" * 5000, "٣", "1_0"])
def test_the_days_of_statistics_are_positive(client: Client, days: str) -> None:
    """``since_days`` below 1, or no number of days, is refused in the words that clients know."""
    message = client.refused("GET", "/nodes/job_stats/?since_days=" + days.replace("٣", "%D9%A3"), 400)

    assert "since_days must be a positive integer" == message


def test_a_slice_of_a_nodes_jobs(history: Client) -> None:
    """``fields=`` works here as in a run's list."""
    assert [{"job_id": "4", "name": None}] == history.get("/nodes/x/jobs/?count=1&fields=job_id,name").json
    assert f"/runs/{RUN}/jobs/4/" in history.get("/nodes/y/jobs/?fields=href").json[0]["href"]
