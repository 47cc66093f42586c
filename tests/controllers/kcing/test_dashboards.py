"""``/dashboards``: what there is, what it consists of, and what it shows."""

import csv
import io
from typing import Any

import pytest

from paddles.dashboards import definitions, sets
from paddles.db.engine import Database
from paddles.db.work import transact
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_node
from tests.kernels.rows import make_boot, make_build, make_lines

SLUGS = [
    *("boot-details", "boots", "build-details", "builds", "home", "logs"),
    *("similar-failed-boots-by-boards", "similar-failed-tests-by-boards", "tests"),
]


@pytest.fixture
def kernels(database: Database) -> Database:
    """Builds and boots of two labs, tests and lines of their logs."""
    for number in range(4):
        make_build(
            database, number, result="fail" if number == 1 else "pass", tree=f"tree {number % 3}", duration_s=number
        )
    for number in range(7):
        said = {"lab": f"lab-{number % 2}", "board": f"b{number % 3}", "result": "pass" if number % 3 else "fail"}
        job_id = make_boot(database, number, suites={"ltp": "pass fail", "dmesg": "pass"}, **said)
    make_lines(database, job_id, [("error", "Oops"), ("warning", "hot")])
    return database


def bring(database: Database, **viz: Any) -> None:
    """Bring a dashboard ``d`` with one panel ``v`` that shows this."""
    panel = {"viz": "v", "x": 0, "y": 0, "w": 1, "h": 1}
    said = {"dashboards": [{"slug": "d", "title": "D", "time": "", "panels": [panel]}], "visualizations": [viz]}
    given = definitions.read({"format": definitions.FORMAT, "version": 1, **said})
    transact(database, lambda session: sets.bring(session, given, NOW, replace=True))


def shown(client: Client, database: Database, query: str = "", **viz: Any) -> Any:
    """Return what a panel shows."""
    bring(database, **{"slug": "v", "title": "V", **viz})
    return client.get(f"/dashboards/d/panels/v?{query}", status=200).json["data"]


def keys(found: Any) -> Any:
    """Return folded groups as a mapping of their keys to their counts, or to the groups in them."""
    return {each["key"]: keys(each) if each["groups"] else each["count"] for each in found["groups"]}


def test_all_dashboards_are_listed_and_shown(client: Client) -> None:
    """Those that come with the service, each with what is on it, in the format of files."""
    assert SLUGS == [each["slug"] for each in client.get("/dashboards", status=200).json["items"]]
    for each in client.get("/dashboards").json["items"]:
        found = client.get(f"{each['href']}.json", status=200).json
        assert found == client.get(each["href"]).json
        assert ([each["slug"]], each["panels"]) == (
            [dashboard["slug"] for dashboard in found["dashboards"]],
            len(found["dashboards"][0]["panels"]),
        )
        definitions.read(found)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_dashboard_has_its_numbers(client: Client, kernels: Database, slug: str) -> None:
    """Each panel has data where there is any, in so many statements, few and not more than panels ask for."""
    path = f"/dashboards/{slug}/data.json?since=2026-01-01"
    found = client.get(path, status=200).json
    few = len(statements_of(client, path))
    for number in range(10, 20):
        make_boot(kernels, number, suites={"ltp": "pass"}, board=f"b{number}")
        make_build(kernels, number)

    assert [] == [panel for panel in found["panels"] if "error" in panel]
    assert all(panel["data"].get("total", 1) for panel in found["panels"])
    assert few == len(statements_of(client, path)) <= (12 if slug == "home" else 16)


def test_a_dashboard_is_of_the_last_days_unless_the_address_says_otherwise(client: Client, kernels: Database) -> None:
    """Seven of them; of an older time, or of all, where that is asked for."""
    counts = {}
    for query in ("", "since=all", "since=2026-01-31", "until=2026-01-31", "since=2026-01-01&until=2026-02-02"):
        panels = client.get(f"/dashboards/home/data.json?{query}", status=200).json["panels"]
        counts[query] = next(panel["data"]["value"] for panel in panels if panel["viz"] == "number-of-boots")

    assert [0, 7, 7, 0, 7] == list(counts.values())
    assert None is client.get("/dashboards/home/data.json?since=all").json["since"]


def test_filters_of_the_address_are_asked_of_every_panel(client: Client, kernels: Database) -> None:
    """Of those that know the field; what means nothing to any of them is said."""
    found = client.get("/dashboards/boots/data.json?since=all&lab=lab-1&nope=1", status=200).json
    panels = {panel["viz"]: panel["data"] for panel in found["panels"]}

    assert ["nope"] == found["ignored"]
    assert 3 == panels["boot-list"]["total"] == panels["number-of-boots"]["value"]
    assert {"lab-1"} == {row["lab_name"] for row in panels["boot-list"]["rows"]}
    # What can be chosen instead is still there.
    assert {"lab-0": 4, "lab-1": 3} == keys(panels["boot-controllers"]["fields"][0])
    assert {"b0", "b1", "b2"} == keys(panels["boot-controllers"]["fields"][1]).keys()


def test_what_kcing_counts_is_counted(client: Client, kernels: Database) -> None:
    """The figures and charts of its first page."""
    panels = client.get("/dashboards/home/data.json?since=all", status=200).json["panels"]
    found = {panel["viz"]: panel["data"] for panel in panels}

    assert [4, 7, 21, 2] == [found[f"number-of-{name}"]["value"] for name in ("builds", "boots", "tests", "log-lines")]
    assert {"pass": 3, "fail": 1} == keys(found["build-results"])
    assert {"pass": 4, "fail": 3} == keys(found["boot-results"])
    assert {"pass": 14, "fail": 7} == keys(found["test-results"])
    assert {"tree 0": 2, "tree 1": 1, "tree 2": 1} == keys(found["number-of-builds-per-tree"])
    assert {"lab-0": 4, "lab-1": 3} == keys(found["number-of-boots-per-lab"])


def test_what_is_not_shown_by_itself_is_counted_together(client: Client, kernels: Database) -> None:
    """The largest, and the others as so many groups; nothing is hidden."""
    by = [{"field": "lab", "limit": 1}, {"field": "board", "limit": 2}]
    found = shown(client, kernels, type="donut", source="boots", group_by=by)

    assert ["lab-0", 4, 2] == [
        found["groups"][0]["key"],
        found["groups"][0]["count"],
        len(found["groups"][0]["groups"]),
    ]
    assert {"groups": 1, "count": 3, "value": 3} == found["other"]
    assert {"groups": 1, "count": 1, "value": 1} == found["groups"][0]["other"]
    assert 7 == found["count"] == found["value"]


METRICS: list[tuple[dict[str, Any], float | None]] = [
    ({"op": "count"}, 4),
    ({"op": "distinct", "field": "tree"}, 3),
    ({"op": "sum", "field": "build_time"}, 6),
    ({"op": "avg", "field": "build_time"}, 1.5),
    ({"op": "min", "field": "build_time"}, 0),
    ({"op": "max", "field": "build_time"}, 3),
    ({"op": "p50", "field": "build_time"}, 1.5),
    ({"op": "p90", "field": "build_time"}, 2.7),
    ({"op": "p95", "field": "build_time"}, 2.85),
    ({"op": "pass_rate"}, 0.75),
    ({"op": "avg", "field": "modules_size"}, None),
]


@pytest.mark.parametrize(("metric", "expected"), METRICS)
def test_every_metric_tells_something(
    client: Client, kernels: Database, metric: dict[str, Any], expected: float | None
) -> None:
    """Of all rows, and of each group."""
    found = shown(client, kernels, type="metric", source="builds", metric=metric)
    by_result = shown(client, kernels, type="bar", source="builds", metric=metric, group_by=[{"field": "build_result"}])

    assert pytest.approx(expected) == found["value"] if expected is not None else found["value"] is None
    assert {"pass": 3, "fail": 1} == keys(by_result)


FILTERED = [
    ("eq", "b1", 2),
    ("ne", "b1", 5),
    ("in", ["b1", "b2"], 4),
    ("not_in", ["b1", "b2"], 3),
    ("prefix", "b", 7),
    ("contains", "1", 2),
    ("exists", "true", 7),
    ("exists", False, 0),
    ("gte", "b1", 4),
    ("lte", "b1", 5),
]


@pytest.mark.parametrize(("op", "value", "expected"), FILTERED)
def test_every_operator_asks_something(client: Client, kernels: Database, op: str, value: Any, expected: int) -> None:
    """Of the rows that a panel is about."""
    asked = [{"field": "board", "op": op, "value": value}]

    assert expected == shown(client, kernels, type="metric", source="boots", filters=asked)["value"]


def test_a_line_is_of_days_or_other_stretches(client: Client, kernels: Database) -> None:
    """In their order, and series beside each other."""
    by = [{"field": "@timestamp", "interval": "hour"}, {"field": "result"}]
    found = shown(client, kernels, type="line", source="tests", group_by=by, metric={"op": "pass_rate"})

    assert ["2026-01-31T12:00:00.000000Z"] == [each["key"] for each in found["groups"]]
    assert {"pass": 1.0, "fail": 0.0} == {each["key"]: each["value"] for each in found["groups"][0]["groups"]}
    assert {"2026-01-31T12:00:00.000000Z": {"pass": 14, "fail": 7}} == keys(
        shown(client, kernels, type="line", source="tests", group_by=by)
    )


def test_a_matrix_and_text_are_shown(client: Client, kernels: Database) -> None:
    """As the matrix is, and as it was written."""
    by = [{"field": "lab"}, {"field": "board"}]
    found = shown(client, kernels, "board=b0", type="matrix", source="boots", group_by=by)

    assert (["lab"], 3, "fail") == (found["rows"]["names"], found["total"]["total"], found["total"]["status"])
    assert all(cell["total"] == client.get(cell["href"]).json["total"] for cell in found["cells"])
    assert {"text": "<b>*x*"} == shown(client, kernels, type="markdown", text="<b>*x*")


def test_a_field_may_be_there_twice(client: Client, kernels: Database) -> None:
    """Which tells nothing more, and breaks nothing."""
    by = [{"field": "result"}, {"field": "result"}]

    assert {"pass": {"pass": 14}, "fail": {"fail": 7}} == keys(
        shown(client, kernels, type="donut", source="tests", group_by=by)
    )


def test_a_table_goes_on_from_page_to_page(client: Client, kernels: Database) -> None:
    """By the place that it names, or by number; in an order that is asked for."""
    viz = {"type": "table", "source": "boots", "columns": ["job_id", "board"], "per_page": 3}
    first = shown(client, kernels, "sort=job_id", **viz)
    second = shown(client, kernels, f"sort=job_id&after={first['after']}", **viz)

    assert (["0", "1", "2"], ["3", "4", "5"]) == tuple(
        [row["job_id"] for row in page["rows"]] for page in (first, second)
    )
    assert second["rows"] == shown(client, kernels, "sort=job_id&page=2", **viz)["rows"]
    assert [{"name": "job_id", "title": "Job id"}, {"name": "board", "title": "Board"}] == first["columns"]
    assert (7, True) == (first["total"], first["exact"])


OTHERS: list[tuple[str, str, dict[str, Any]]] = [
    ("runs", "status", {"finished pass": 2, "queued": 1}),
    ("jobs", "status", {"pass": 12, "queued": 1}),
    ("queue", "queue", {"q": 1}),
    ("nodes", "up", {"true": 1}),
]


@pytest.mark.parametrize(("source", "field", "expected"), OTHERS)
def test_runs_jobs_machines_and_queues_are_shown_too(
    client: Client, kernels: Database, source: str, field: str, expected: dict[str, Any]
) -> None:
    """With fields and links of their own."""
    make_job(client, "r", queue="q")
    make_job(client, "s", status="pass")
    make_node(client)

    found = shown(client, kernels, type="bar", source=source, group_by=[{"field": field}])
    rows = shown(client, kernels, type="table", source=source)["rows"]

    assert expected == keys(found)
    assert all(client.get(row["href"], status=200) for row in rows)


@pytest.mark.parametrize("accept", ["", "text/csv"])
@pytest.mark.parametrize("slug", SLUGS)
def test_every_panel_is_csv_as_well(client: Client, kernels: Database, slug: str, accept: str) -> None:
    """Of exactly the same numbers."""
    for panel in client.get(f"/dashboards/{slug}").json["dashboards"][0]["panels"]:
        path = f"/dashboards/{slug}/panels/{panel['viz']}"
        data = client.get(f"{path}?since=all", status=200).json["data"]
        answer = client.get(f"{path}{'' if accept else '.csv'}?since=all", headers={"Accept": accept} if accept else {})
        lines = list(csv.reader(io.StringIO(answer.text)))[1:]
        assert "text/csv" == answer.content_type
        if "rows" in data:
            assert len(data["rows"]) == len(lines)
        elif "names" in data:
            assert data["count"] == sum(int(line[-2]) for line in lines)


def test_what_is_not_there_is_404_and_what_cannot_be_400(client: Client, kernels: Database) -> None:
    """The message names it; a panel that cannot be shown says so in its own place."""
    assert "no dashboard is called nope" == client.get("/dashboards/nope", status=404).json["message"]
    assert "no dashboard" in client.get("/dashboards/nope/data.json", status=404).json["message"]
    assert "no panel of home shows x" == client.get("/dashboards/home/panels/x", status=404).json["message"]
    assert "since must be" in client.get("/dashboards/home/data.json?since=x", status=400).json["message"]
    assert (
        "boot_result is one"
        in client.get("/dashboards/home/panels/boot-results?boot_result=x", status=400).json["message"]
    )

    panels = client.get("/dashboards/home/data.json?boot_result=green&since=all", status=200).json["panels"]

    assert {"number-of-boots", "boot-results", "number-of-boots-per-lab"} <= {
        panel["viz"] for panel in panels if "boot_result is one of" in panel.get("error", "")
    }
    assert 4 == next(panel["data"]["value"] for panel in panels if panel["viz"] == "number-of-builds")
