"""What a cluster is, and the jobs that one job becomes on it."""

from typing import Any

import pytest

from paddles.boot import cluster_files
from paddles.errors import Invalid

NODES = {
    "vm-1": {"roles": ["server"], "macs": ["0a:00:00:00:00:01", "0a:00:00:00:00:02"]},
    "vm-2": {"roles": ["client", "spare"], "macs": ["0a-00-00-00-00-03"]},
    "vm-3": {"roles": "client"},
}


@pytest.mark.parametrize(("keys", "names"), [
    ([], ["vm-1", "vm-2", "vm-3"]), (["if role server"], ["vm-1"]), (["if role spare server"], ["vm-1", "vm-2"]),
    (["if role server", "x", "if role client"], ["vm-1", "vm-2", "vm-3"])])  # fmt: skip
def test_a_job_runs_where_its_roles_are(keys: list[str], names: list[str]) -> None:
    """Everywhere when it speaks of none."""
    made = cluster_files.jobs(dict.fromkeys(keys), {"nodes": NODES})
    assert names == [job["testbox"] for job in made]


@pytest.mark.parametrize("definition", [{"nodes": NODES, "ip0": 5}, {**NODES, "ip0": 5}])
def test_each_job_knows_its_place(definition: Any) -> None:
    """Roles, links and their addresses, counted on from machine to machine; all else is the job's."""
    made = cluster_files.jobs({"suite": "s", "testbox": "x", "tbox_group": "y", "sleep": None}, definition)

    assert {"suite": "s", "sleep": None, "testbox": "vm-1", "node_roles": "server",
            "direct_macs": "0a:00:00:00:00:01 0a:00:00:00:00:02",
            "direct_ips": "192.168.222.5 192.168.222.6"} == made[0]  # fmt: skip
    assert ("client spare", "192.168.222.7") == (made[1]["node_roles"], made[1]["direct_ips"])
    assert {"suite": "s", "sleep": None, "testbox": "vm-3", "node_roles": "client"} == made[2]


@pytest.mark.parametrize("definition", [
    None, [], "x", {}, {"nodes": {}}, {"nodes": []}, {"nodes": NODES, "ip0": 0}, {"nodes": NODES, "ip0": "1"},
    {"nodes": NODES, "ip0": True}, {"nodes": NODES, "ip0": 254}, {"a": None}, {"a b": {}}, {"../x": {}}, {5: {}},
    {"a": {"roles": ["x y"]}}, {"a": {"roles": ["$(x)"]}}, {"a": {"roles": {}}}, {"a": {"macs": ["zz"]}},
    {"a": {"macs": [5]}}, {f"m{number}": {} for number in range(101)}])  # fmt: skip
def test_what_is_no_cluster_is_refused(definition: Any) -> None:
    """Whatever else the file holds."""
    with pytest.raises(Invalid):
        cluster_files.jobs({"suite": "s"}, definition)


def test_a_role_that_nobody_has_is_refused() -> None:
    """Rather than no job at all."""
    with pytest.raises(Invalid, match="no machine with a role"):
        cluster_files.jobs({"if role boss": None}, {"nodes": NODES})
