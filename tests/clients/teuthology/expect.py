"""What the results server has to hold, worked out from the documents alone, and how answers are compared with it."""

import json
import pathlib
import re
from collections import Counter
from datetime import datetime

import yaml

YAMLS = ("orig.config.yaml", "config.yaml", "info.yaml", "summary.yaml")
STATUSES = ("queued", "pass", "running", "waiting", "fail", "dead", "unknown")
FINAL = ("pass", "fail", "dead")


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


KEYS = words(
    """archive_path description duration email failure_reason flavor job_id kernel overrides roles targets tasks
    last_in_suite nuke_on_error verbose machine_type name os_type os_version owner package_source pcp_grafana_url pid
    priority queue seed sentry_event status success branch sha1 suite_sha1 subset suite suite_branch suite_path
    suite_relpath suite_repo teuthology_branch timestamp user"""
)
COMPUTED = ("posted", "started", "updated", "log_href")
LATER_KEYS = ("repo", "sleep_before_teardown", "teuthology_sha1")
KERNEL_KEYS = ("mon_a_kernel_sha1", "mon_b_kernel_sha1")
NODE_KEYS = words(
    """name description up machine_type is_vm vm_host os_type os_version arch locked locked_since locked_by mac_address
    ssh_pub_key"""
)
RUN_KEYS = words(
    """name href user status results jobs_count posted scheduled started updated branch suite machine_type sha1
    priority flavor"""
)
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?")


class BrokenError(AssertionError):
    """A promise that the server did not keep."""


def same(expected: object, found: object, what: str) -> None:
    """Raise BrokenError unless both are equal, booleans being no numbers."""
    if json.dumps(expected, sort_keys=True) != json.dumps(found, sort_keys=True):
        raise BrokenError(f"{what}: expected {expected!r}, found {found!r}")


def true(fact: object, what: str) -> None:
    """Raise BrokenError unless ``fact`` holds."""
    if not fact:
        raise BrokenError(what)


def time_of(text: object, what: str) -> datetime:
    """Read a time in the only form that all clients understand: UTC, a blank in the middle, no zone."""
    true(isinstance(text, str) and TIME.fullmatch(text), f"{what}: {text!r} is not YYYY-MM-DD HH:MM:SS[.ffffff]")
    return datetime.fromisoformat(text)


def merged(directory: pathlib.Path) -> dict:
    """The documents of a job's directory, later files over earlier ones."""
    document = {}
    for name in YAMLS:
        if (directory / name).exists():
            document |= yaml.safe_load((directory / name).read_text(encoding="utf-8"))
    return document


def status_of(document: dict) -> str | None:
    """The status that a report states, if any."""
    if document.get("status") is not None:
        return document["status"]
    return {True: "pass", False: "fail"}.get(document.get("success"))


def served(document: dict) -> dict:
    """The 41 fields of a job after ``document`` was reported, and those of the later and kernel keys that it holds."""
    given = {re.sub("[-.]", "_", key): value for key, value in json.loads(json.dumps(document)).items()}
    fields = {key: given.get(key) for key in KEYS}
    fields |= {key: given[key] for key in (*LATER_KEYS, *KERNEL_KEYS) if key in given}
    for key in ("pid", "os_version", "job_id"):
        fields[key] = None if fields[key] is None else str(fields[key])
    if fields["timestamp"]:
        fields["timestamp"] = fields["timestamp"].replace("_", " ")
    fields["status"] = status_of(document)
    return fields


def job_equals(expected: dict, found: dict, what: str) -> None:
    """Compare a job with ``served()`` of its documents field by field, and the computed fields with their form."""
    for key in (*KEYS, *COMPUTED):
        true(key in found, f"{what}: the key {key} is missing")
    for key, value in expected.items():
        if key in LATER_KEYS and key not in found:
            continue  # A server need not show these unasked.
        if key == "duration" and value is not None:
            whole = isinstance(found[key], int) and abs(found[key] - value) < 1
            true(whole, f"{what}: duration {found[key]!r}, not {value}")
            continue
        same(value, found.get(key), f"{what}: {key}")
    for key in ("posted", "updated"):
        time_of(found[key], f"{what}: {key}")
    true(isinstance(found.get("no_nested_subset", False), bool), f"{what}: no_nested_subset is neither true nor false")
    tail = f"/{expected['name']}/{expected['job_id']}/teuthology.log"
    true(str(found["log_href"]).endswith(tail), f"{what}: log_href {found['log_href']!r} does not end in {tail}")


def results_of(statuses: list[str]) -> dict[str, int]:
    """The counts that a run shows."""
    counts = Counter(statuses)
    return {status: counts[status] for status in STATUSES} | {"total": len(statuses)}


def run_status(statuses: list[str]) -> str:
    """The status of a run, by the first rule that fits its jobs."""
    states = set(statuses)
    for word, fits in (
        ("empty", not states),
        ("queued", states == {"queued"}),
        ("running", "running" in states),
        ("waiting", "waiting" in states),
        ("finished dead", states == {"dead"}),
        ("finished fail", states & {"fail", "dead"}),
        ("finished pass", states == {"pass"}),
        ("queued", "queued" in states),
    ):
        if fits:
            return word
    return "unknown"


def run_equals(expected: dict, statuses: list[str], found: dict) -> None:
    """Compare a run with what its name and its jobs say."""
    what = f"run {expected['name']}"
    same([], sorted(set(RUN_KEYS) - found.keys()), f"{what}: missing keys")
    for key, value in expected.items():
        same(value, found[key], f"{what}: {key}")
    counts = {key: found["results"].get(key) for key in (*STATUSES, "total")}
    same(results_of(statuses), counts, f"{what}: results")
    same(len(statuses), found["jobs_count"], f"{what}: jobs_count")
    same(run_status(statuses), found["status"], f"{what}: status")
    for key in ("posted", "scheduled", "updated"):
        time_of(found[key], f"{what}: {key}")
    href = found["href"][0] if isinstance(found["href"], list) else found["href"]
    true(href.endswith(f"/runs/{expected['name']}/"), f"{what}: href {href!r}")


def node_equals(expected: dict, found: dict) -> None:
    """Compare a machine with what is known of it; it has exactly the fourteen keys."""
    what = f"machine {expected['name']}"
    same(sorted(NODE_KEYS), sorted(found), f"{what}: keys")
    for key, value in expected.items():
        same(value, found[key], f"{what}: {key}")
    if found["locked"]:
        time_of(found["locked_since"], f"{what}: locked_since")
