"""Values of wrong types and out of bounds: refused by name, under every documented key."""

from itertools import product
from typing import Any

import pytest

from tests.client import Client
from tests.factories import RUN, job_of, make_job, make_node, make_queue, make_run, names_of

JOB = f"/runs/{RUN}/jobs/1/"
TEXTS = """archive_path branch description email failure_reason flavor job_id machine_type name os_type os_version owner
    package_source pcp_grafana_url pid queue sentry_event sha1 subset suite suite_branch suite_path suite_relpath
    suite_repo suite_sha1 teuthology_branch user mon.a_kernel_sha1 mon_b_kernel_sha1""".split()
WRONG = {
    **dict.fromkeys(TEXTS, ([], {}, True, ["x"])),
    **dict.fromkeys(("duration", "priority", "seed", "sleep_before_teardown"), ("x", "", [], {}, "1.5")),
    **dict.fromkeys(
        ("last_in_suite", "nuke_on_error", "verbose", "success", "no_nested_subset"), ("x", 2, 0.5, [], {})
    ),
    "targets": ("x", 1, ["x"]),
}
NODE_TEXTS = "arch description locked_by mac_address machine_type os_type os_version ssh_pub_key vm_host".split()
NODE_WRONG = {
    **dict.fromkeys(NODE_TEXTS, ([], {}, True)),
    **dict.fromkeys(("up", "locked", "is_vm"), ("maybe", 2, [], {})),
    "locked_since": ("nope", 5, "2026-02-30", []),
}


@pytest.mark.parametrize("key", sorted(WRONG))
def test_a_job_key_of_a_wrong_type_is_refused(client: Client, key: str) -> None:
    """The refusal names the key, and neither the job nor its run is made or changed."""
    make_job(client)
    before = job_of(client)

    for value in WRONG[key]:
        body = {"job_id": 1, key: value}
        assert key.replace(".", "_") in client.refused("POST", "/runs/new/jobs/", 400, body), value
        assert key.replace(".", "_") in client.refused("PUT", JOB, 400, body), value

    assert before == job_of(client)
    assert [RUN] == names_of(client.get("/runs/").json)


@pytest.mark.parametrize(("key", "value"), [
    ("priority", 2**31), ("priority", -(2**31) - 1), ("branch", "x" * 513), ("suite", "x" * 513), ("user", "x" * 513),
    ("machine_type", "x" * 513), ("queue", "x" * 513), ("flavor", "x" * 513), ("sha1", "x" * 513), ("duration", 1e300),
    ("job_id", "x" * 257), ("job_id", "."), ("job_id", ".."), ("job_id", "a\nb"), ("targets", {"u@": "k"}),
    ("targets", {"u@lock_many": "k"}), ("targets", {"x" * 257: "k"}), ("targets", {"a\tb": "k"})])  # fmt: skip
def test_a_job_value_out_of_bounds_is_refused(client: Client, key: str, value: Any) -> None:
    """What no column, address or machine can hold is a 400, and leaves nothing behind."""
    assert client.refused("POST", f"/runs/{RUN}/jobs/", 400, {"job_id": 1, key: value})
    assert ([], [], []) == tuple(client.get(path).json for path in ("/runs/", "/nodes/", "/queue/"))


@pytest.mark.parametrize("key", sorted(NODE_WRONG))
def test_a_node_key_of_a_wrong_type_is_refused(client: Client, key: str) -> None:
    """The refusal names the key at each of the addresses that take it."""
    make_node(client)
    addresses = (("POST", "/nodes/"), ("PUT", "/nodes/smithi001/"), ("PUT", "/nodes/smithi001/lock/"))

    for value, (method, path) in product(NODE_WRONG[key], addresses):
        assert key in client.refused(method, path, 400, {"name": "new", key: value}), (value, path)

    assert ["smithi001"] == names_of(client.get("/nodes/").json)


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/nodes/", {"name": []}), ("POST", "/nodes/", {"name": "x" * 257}), ("POST", "/nodes/", {"name": "a\nb"}),
    ("POST", "/nodes/lock_many/", {"count": "many"}), ("POST", "/nodes/lock_many/", {"count": None}),
    ("POST", "/nodes/lock_many/", {"count": 10**12}), ("POST", "/nodes/lock_many/", {"count": 1.5}),
    ("POST", "/nodes/lock_many/", {"machine_type": []}), ("POST", "/nodes/lock_many/", {"locked_by": {}}),
    ("POST", "/nodes/lock_many/", {"description": []}), ("POST", "/nodes/lock_many/", {"os_version": []}),
    ("POST", "/nodes/unlock_many/", {"names": [None], "locked_by": "a"}),
    ("POST", "/nodes/unlock_many/", {"names": ["x"], "locked_by": None}),
    ("POST", "/nodes/unlock_many/", {"names": [["x"]], "locked_by": "a"}),
    ("POST", "/queue/", {"queue": None}), ("POST", "/queue/", {"queue": ""}), ("POST", "/queue/", {"queue": "x" * 513}),
    ("PUT", "/queue/", {"queue": "q", "pause_duration": "long", "paused_by": "a"}),
    ("PUT", "/queue/", {"queue": "q", "pause_duration": -1, "paused_by": "a"}),
    ("PUT", "/queue/", {"queue": "q", "pause_duration": 1e300, "paused_by": "a"}),
    ("PUT", "/queue/", {"queue": "q", "paused_until": "tomorrow"}),
    ("PUT", "/queue/", {"queue": "q", "paused_since": 5}),
    ("PUT", "/queue/", {"queue": "q", "paused_by": []}), ("POST", "/queue/stats/", {"queue": []}),
    ("POST", "/queue/queued_jobs/", {"queue": 0.5}), ("PUT", f"/runs/{RUN}/", {"tags": ["x" * 513]}),
    ("PUT", f"/runs/{RUN}/", {"tags": [None]}), ("POST", "/runs/", {"name": "x", "tags": 5})])  # fmt: skip
def test_other_values_of_wrong_types_are_refused(client: Client, method: str, path: str, body: dict[str, Any]) -> None:
    """Every other documented key is checked as well."""
    make_run(client)
    make_node(client)
    make_queue(client, "q")
    wish = {"count": 1, "locked_by": "a", "machine_type": "smithi", "description": None}

    assert client.refused(method, path, 400, {**(wish if path == "/nodes/lock_many/" else {}), **body})
    assert [False] == names_of(client.get("/nodes/").json, "locked")
