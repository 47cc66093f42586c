"""Whatever is asked of the lists of runs, jobs and machines: JSON and CSV show the rows that a plain model picks."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_node, make_run

Row = Mapping[str, Any]
Pairs = list[tuple[str, str]]
MANY = examples(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SHAS = ("abc1" * 10, "abc2" * 10, "def0" * 10)
# By name of a run: the jobs in it, each with its status, revision and flavor.
RUNS: Mapping[str, Sequence[tuple[str, int | None, str]]] = {
    "ann-2026-01-01_10:00:00-rados-main-distro-default-smithi": (("pass", 0, "basic"), ("pass", 1, "basic")),
    "bob-2026-01-02_10:00:00-rbd-wip_100%-distro-default-gibba": (("fail", 1, "basic"), ("pass", 2, "crimson")),
    "ann-2026-01-03_10:00:00-fs-main-distro-default-smithi": (("dead", 2, "crimson"),),
    "eve-2026-01-04_10:00:00-rados-Main-distro-default-smithi": (("running", 0, ""), ("queued", None, "")),
    "nobody's": (),
}


@pytest.fixture
def archive(client: Client) -> Client:
    """Five runs with jobs of all sorts, and some machines."""
    for name, jobs in RUNS.items():
        make_run(client, name, tags=["pinned", "x"] if "rados" in name else [])
        for number, (status, sha, flavor) in enumerate(jobs, 1):
            said: dict[str, Any] = {"sha1": SHAS[sha]} if sha is not None else {}
            said |= {"flavor": flavor} if flavor else {}
            description = f"{'Rados' if number == 1 else 'rbd'}/thrash 100% {number}"
            targets = {f"u@smithi00{number}": "k"}
            branch, user = ("main" if number == 1 else "wip_x"), name.partition("-")[0]
            said |= {"description": description, "targets": targets, "branch": branch, "user": user}
            make_job(client, name, job_id=number, status=status, name=name, **said)
    make_node(client, "gibba1", machine_type="gibba", up=None, os_type="ubuntu", arch="x86_64")
    make_node(client, "gibba2", machine_type="gibba", up=False, os_type="centos", locked=True, locked_by="ann")
    return client


def rows_of(client: Client, path: str, pairs: Pairs) -> tuple[list[Row], list[Row]]:
    """Return what a list shows as JSON and as CSV, for the same parameters."""
    answer = client.get(f"{path}?{urlencode([*pairs, ('count', '500')])}").json
    text = client.get(f"{path}?{urlencode([*pairs, ('format', 'csv')])}").text
    return answer, list(csv.DictReader(io.StringIO(text)))


Facts = Mapping[str, Sequence[str]]


def takes(facts: Facts, name: str, values: Sequence[str], plain: Callable[[str, str], bool]) -> bool:
    """Say whether a row is picked by the values that are given under one name of an address."""
    field, before = name.lstrip("-~"), name[:1]
    same = plain if before != "~" else (lambda have, want: want.lower() in have.lower())
    found = any(same(have, want) for have in facts[field] for want in values)
    return not found if before == "-" else found


def model(rows: Mapping[Any, Facts], pairs: Pairs, plain: Mapping[str, Callable[[str, str], bool]]) -> set[Any]:
    """Return the keys of the rows that the parameters pick: alternatives under one name, all of several names."""
    asked: dict[str, list[str]] = {}
    for name, value in pairs:
        asked.setdefault(name, []).append(value)
    equal = str.__eq__
    return {
        key
        for key, facts in rows.items()
        if all(takes(facts, name, values, plain.get(name.lstrip("-~"), equal)) for name, values in asked.items())
    }


def choices(values: Mapping[str, Sequence[str]]) -> st.SearchStrategy[Pairs]:
    """Return any parameters of these fields: said up to twice, forbidden, or in part."""
    one = st.sampled_from(sorted(values)).flatmap(
        lambda name: st.tuples(
            st.sampled_from(["", "-", "~"]).map(lambda mark: mark + name), st.sampled_from(values[name])
        )
    )
    return st.lists(one, max_size=5)


OF_RUNS: Mapping[str, Sequence[str]] = {
    "name": [*RUNS, "ann", "%", "_"],
    "user": ["ann", "bob", "nope"],
    "suite": ["rados", "rbd", "RADOS"],
    "branch": ["main", "Main", "wip_100%", "wip-100%"],
    "machine_type": ["smithi", "gibba"],
    "status": ["pass", "fail", "finished dead", "running", "empty", "green"],
    "sha1": ["abc", "abc1", SHAS[2], "ABC"],
    "flavor": ["basic", "crimson"],
    "tags": ["pinned", "x", "y"],
}
FINISHED = ("pass", "fail", "dead")


def facts_of_runs(client: Client) -> dict[str, Facts]:
    """Return what can be asked of each run, by name."""
    shown = client.get("/runs/?count=500").json
    return {
        run["name"]: {
            **{name: [run[name]] for name in ("name", "user", "suite", "branch", "machine_type", "status")},
            "tags": run["tags"],
            "sha1": [SHAS[sha] for _, sha, _ in RUNS[run["name"]] if sha is not None],
            "flavor": [flavor for _, _, flavor in RUNS[run["name"]] if flavor],
        }
        for run in shown
    }


@MANY
@given(pairs=choices(OF_RUNS))
def test_runs_are_the_same_in_every_form(archive: Client, pairs: Pairs) -> None:
    """The runs that JSON and CSV show are those that a plain reading of the parameters picks, the newest first."""
    # A status is a word of the jobs, too, but where a part of it is asked for.
    meant = [
        (name, f"finished {value}") if name.strip("-") == "status" and value in FINISHED else (name, value)
        for name, value in pairs
    ]
    expected = model(facts_of_runs(archive), meant, {"sha1": str.startswith})

    as_json, as_csv = rows_of(archive, "/runs/", pairs)

    assert expected == {run["name"] for run in as_json}
    assert [run["name"] for run in as_json] == [run["name"] for run in as_csv]
    assert [run["name"] for run in as_json] == sorted(expected, key=list(RUNS).index, reverse=True)


OF_JOBS: Mapping[str, Sequence[str]] = {
    "run": [*RUNS, "rados", "%"],
    "status": ["pass", "fail", "dead", "nope"],
    "description": ["Rados", "rbd/thrash 100%", "RBD"],
    "machine": ["smithi001", "smithi002", "smithi00"],
    "user": ["ann", "bob"],
    "sha1": [*SHAS, "abc"],
    "flavor": ["basic", "crimson"],
}


def facts_of_jobs(client: Client) -> dict[tuple[str, str], Facts]:
    """Return what can be asked of each job, by run and key."""
    shown = client.get("/jobs/?count=500").json
    names = ("status", "description", "user", "sha1", "flavor")
    return {
        (job["name"], job["job_id"]): {
            **{name: [job[name]] if job.get(name) else [] for name in names},
            "run": [job["name"]],
            "machine": [target.partition("@")[2] for target in job["targets"]],
        }
        for job in shown
    }


@MANY
@given(pairs=choices(OF_JOBS))
def test_jobs_are_the_same_in_every_form(archive: Client, pairs: Pairs) -> None:
    """As runs are; a description is asked for by a part of it."""
    expected = model(facts_of_jobs(archive), pairs, {"description": lambda have, want: want in have})

    as_json, as_csv = rows_of(archive, "/jobs/", pairs)

    assert expected == {(job["name"], job["job_id"]) for job in as_json}
    assert [(job["name"], job["job_id"]) for job in as_json] == [(job["run"], job["key"]) for job in as_csv]


OF_NODES: Mapping[str, Sequence[str]] = {
    "name": ["gibba1", "smithi001", "GIBBA"],
    "machine_type": ["smithi", "gibba", "gibba|smithi"],
    "up": ["1", "no", "True", "false"],
    "locked": ["0", "yes"],
    "locked_by": ["ann"],
    "os_type": ["ubuntu", "centos"],
}


@MANY
@given(pairs=choices({name: values for name, values in OF_NODES.items() if name not in ("up", "locked")}))
def test_machines_are_the_same_in_every_form(archive: Client, pairs: Pairs) -> None:
    """As runs are; types may be joined."""
    shown = archive.get("/nodes/").json
    names = ("name", "machine_type", "locked_by", "os_type")
    facts = {node["name"]: {name: [node[name]] if node[name] else [] for name in names} for node in shown}
    split = [(name, each) for name, value in pairs for each in value.split("|")]

    as_json, as_csv = rows_of(archive, "/nodes/", pairs)

    assert sorted(model(facts, split, {})) == [node["name"] for node in as_json]
    assert as_json == [] == as_csv or [node["name"] for node in as_json] == [node["name"] for node in as_csv]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("up=1", "smithi001 smithi002"),
        ("up=0", "gibba2"),
        ("-up=yes", "gibba1 gibba2"),
        ("up=1&up=0", "gibba2 smithi001 smithi002"),
        ("locked=true", "gibba2"),
        ("-locked=on", "gibba1 smithi001 smithi002"),
        ("sort=-name&machine_type=gibba", "gibba2 gibba1"),
        ("count=1&-machine_type=gibba", "smithi001"),
    ],
)
def test_flags_are_asked_for_as_ever(archive: Client, query: str, expected: str) -> None:
    """Yes and no in any of their words, of machines of which nobody said whether they work neither."""
    for name in ("smithi001", "smithi002"):
        archive.send("PUT", f"/nodes/{name}/", {"up": True})

    as_json = [node["name"] for node in archive.get(f"/nodes/?{query}").json]
    as_csv = csv.DictReader(io.StringIO(archive.get(f"/nodes/?{query}&format=csv").text))

    assert expected.split() == as_json == [node["name"] for node in as_csv]


@pytest.mark.parametrize(
    ("query", "many"),
    [
        ("since=2026-01-03&until=2026-01-31", 2),
        ("since=2026-01-02&until=2026-01-04", 2),
        ("until=2026-01-02T10:00:01", 2),
        ("since=2026-01-02&-status=fail&until=2026-01-31", 2),
        ("branch=&-status=nope", 5),
        ("foo=bar&-foo=x&posted=never", 5),
        ("sort=suite&until=2026-02-01", 4),
        ("sort=-jobs&count=2&page=2", 2),
        ("runtime>=0&count=0", 0),
    ],
)
def test_runs_of_a_stretch_of_time(archive: Client, query: str, many: int) -> None:
    """Both bounds are of the time for which a run was scheduled; what means nothing is passed over."""
    as_json = archive.get(f"/runs/?{query}").json
    as_csv = csv.DictReader(io.StringIO(archive.get(f"/runs/?{query}&format=csv").text))

    assert many == len(as_json)
    assert [run["name"] for run in as_json] == [run["name"] for run in as_csv]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/runs/?sort=sha1", "nothing can be sorted by sha1, which is looked up row by row"),
        ("/runs/?jobs>=x", "jobs must be a number, not 'x'"),
        ("/runs/?fields=nope&format=csv", "runs have no field nope"),
        ("/jobs/?kind=green", "kind is one of test, boot, task, outside, build, not 'green'"),
        ("/jobs/?posted_after=x&format=csv", "date format must match %Y-%m-%d"),
        ("/nodes/?up=1&up=maybe", "up must be true or false"),
        ("/runs/?~name=%00", "a NUL character cannot be stored, so nothing has one"),
        ("/runs/?-name=x&after=zzz", "after is no place in this list: take it from the answer before"),
    ],
)
def test_what_cannot_be_is_named(archive: Client, path: str, message: str) -> None:
    """400 says which parameter is wrong, and how."""
    assert archive.refused("GET", path, 400).startswith(message)


def test_a_filtered_list_takes_two_statements(archive: Client) -> None:
    """One finds the rows, one shows them, however many they are; CSV takes one a thousand."""
    for path in ("/runs/?-branch=x", "/jobs/?-branch=x", "/nodes/?-name=x"):
        assert 2 == len(statements_of(archive, path)), path
        assert 1 == len(statements_of(archive, f"{path}&format=csv")), path
