"""``/stats`` over the wire."""

import csv
import io
from typing import Any

import pytest

from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_node

CHARTS = {
    "passes": ("pass", "fail", "dead", "open", "rate"),
    "durations": ("n", "p50", "p95"),
    "throughput": ("pass", "fail", "dead"),
    "regressions": ("new", "fixed"),
}
RANKINGS = ("descriptions", "tests")
MACHINES = ("machines", "records")


@pytest.fixture
def ended(client: Client) -> Client:
    """Jobs of two suites that have just ended, and one that runs."""
    for key, (suite, status) in enumerate(
        [("rados", "pass"), ("rados", "pass"), ("rados", "fail"), ("rbd", "dead"), ("rbd", "running")]
    ):
        make_job(client, suite, job_id=key, status="running", suite=suite, branch="main", description=f"{suite}/<b>")
        if status != "running":
            client.put_json(f"/runs/{suite}/jobs/{key}/", {"status": status})
    return client


def added(client: Client, address: str) -> dict[str, dict[str, Any]]:
    """Return what the points of each series add up to."""
    series = client.get(address, status=200).json["series"]
    return {
        each["key"]: {
            name: sum(point["values"][name] or 0 for point in each["points"]) for name in each["points"][0]["values"]
        }
        for each in series
    }


def test_what_passed_is_told_by_suite(ended: Client) -> None:
    """With a rate where something passed or failed; dead jobs are none of it."""
    found = added(ended, "/stats/passes?by=suite&since=1h&interval=week")

    assert {"pass": 2, "fail": 1, "dead": 0, "open": 0, "rate": 0.6667} == found["rados"]
    assert {"pass": 0, "fail": 0, "dead": 1, "open": 1, "rate": 0} == found["rbd"]


def test_what_finished_is_told_of_the_runs_asked_for(ended: Client) -> None:
    """Parameters that are there several times mean any of their values, different ones all of them."""
    assert {"": {"pass": 2, "fail": 1, "dead": 1}} == added(ended, "/stats/throughput?suite=rados&suite=rbd")
    assert {"": {"pass": 0, "fail": 0, "dead": 1}} == added(ended, "/stats/throughput?suite=rbd&branch=main")
    assert {"": {"pass": 0, "fail": 0, "dead": 0}} == added(ended, "/stats/throughput?suite=rbd&branch=squid")
    assert 3 == added(ended, "/stats/durations")["rados"]["n"]
    assert 3 == added(ended, "/stats/durations?description=rados/%3Cb%3E&by=")[""]["n"]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_a_point_for_each_step(client: Client, name: str) -> None:
    """Where nothing happened, too, and the same ones as lines of CSV."""
    path = f"/stats/{name}?since=2026-01-01&until=2026-01-08&by=&colour=red"
    found = client.get(path, status=200).json
    lines = list(csv.reader(io.StringIO(client.get(path.replace(name, f"{name}.csv"), status=200).text)))

    (series,) = found["series"]
    assert ("day", 7, 0) == (found["interval"], len(series["points"]), found["others"])
    assert found["ignored"] == (["by", "colour"] if name == "regressions" else ["colour"])
    assert {CHARTS[name]} == {tuple(point["values"]) for point in series["points"]}
    assert ["key", "at", *CHARTS[name]] == lines[0]
    assert [point["at"] for point in series["points"]] == [line[1] for line in lines[1:]]


def test_rankings_are_told_by_name(ended: Client) -> None:
    """What failed most, and what took longest, as JSON and as lines."""
    (item,) = ended.get("/stats/descriptions", status=200).json["items"]

    assert ("rados/<b>", 3, 2, 1, 0, 0.6667) == tuple(item[name] for name in "name n pass fail dead rate".split())
    assert ["name,n,pass,fail,dead,p50,p95,rate"] == ended.get("/stats/descriptions.csv").text.splitlines()[:1]
    assert {"items": [], "ignored": []} == ended.get("/stats/tests?order=slowest", status=200).json
    assert "" == ended.get("/stats/tests?format=csv", status=200).text


def test_machines_are_told_of_by_type(client: Client) -> None:
    """Their time adds up; whoever ran nothing has no record."""
    for name, kind, up in (("a1", "a", True), ("a2", "a", True), ("b1", "b", False)):
        make_node(client, name, machine_type=kind, up=up)
    make_job(client, job_id=1, status="running", targets={"u@a1": "k"})
    client.put_json("/runs/{}/jobs/1/".format(client.get("/runs/").json[0]["name"]), {"status": "fail"})
    found = added(client, "/stats/machines?since=1h&interval=week")

    assert ["a", "b"] == sorted(found)
    for values in found.values():
        assert values["all"] == pytest.approx(sum(values[state] for state in ("running", "locked", "free", "down")))
    assert (0, True) == (found["b"]["free"], found["b"]["down"] == found["b"]["all"])
    assert ["b"] == list(added(client, "/stats/machines?machine_type=b"))
    (record,) = client.get("/stats/records", status=200).json["items"]
    assert ("a1", "a", 0, 1, 0, False) == tuple(
        record[name] for name in "name machine_type passed failed dead bad".split()
    )
    assert [] == client.get("/stats/records?machine_type=b", status=200).json["items"]
    assert "a1,a,0,1,0,0.0,0.0,false" in client.get("/stats/records.csv", status=200).text


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("since=yesterday", "since"),
        ("until=%00", "until"),
        ("since=1d&until=2d", "until"),
        ("since=400d", "since"),
        ("interval=minute", "interval"),
        ("since=300d&interval=hour", "interval"),
        ("by=user", "by"),
        ("suite=%00", "suite"),
    ],
)
def test_what_cannot_be_told(client: Client, query: str, word: str) -> None:
    """The answer says which parameter it is."""
    assert word in client.refused("GET", f"/stats/passes?{query}", 400)


@pytest.mark.parametrize("query", ["order=name", "count=0", "count=101", "since=%F0"])
def test_what_cannot_be_ranked(client: Client, query: str) -> None:
    """Neither jobs nor tests."""
    for name in RANKINGS:
        client.refused("GET", f"/stats/{name}?{query}", 400)


@pytest.mark.parametrize("name", [*CHARTS, *RANKINGS, *MACHINES])
def test_each_answer_takes_one_statement(ended: Client, name: str) -> None:
    """However much there is, and however long the time."""
    assert [1, 1] == [len(statements_of(ended, f"/stats/{name}?since={since}")) for since in ("24h", "90d")]
