"""``/metrics``: everything Prometheus asks for, and nothing that the dashboard and the alerts ask for in vain."""

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import paddles
from paddles.app import application
from paddles.controllers.metrics import shown
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.lab import figures
from paddles.settings import Settings
from paddles.sweep import loop
from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.factories import make_job
from tests.units import at, submit
from tests.web.test_metrics import samples, value

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "paddles.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
# What a metric's samples are called beside its name.
SUFFIXES = ("_total", "_bucket", "_sum", "_count", "_created")


@pytest.fixture
def busy(database: Database, settings: Settings) -> Client:
    """The whole service, with a bit of everything in it, swept."""
    client = Client(application(settings))
    make_job(client, "a", job_id=1, queue="q")
    make_job(client, "a", job_id=2, queue="q", status="pass")
    client.get("/queue/pop_queue?queue=q")
    loop.once(database, settings, datetime.datetime.now(datetime.UTC))
    return client


def expressions() -> list[str]:
    """Return every expression of the dashboard and of the alerts."""
    targets = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*targets, *(rule["expr"] for rule in RULES)]


def names(text: str) -> set[str]:
    """Return the metrics that a text names."""
    return set(re.findall(r"\bpaddles_[a-z_]+", text))


def families(client: Client) -> set[str]:
    """Return the names of all metrics, without their suffixes."""
    found = {name for name, _ in samples(client.get("/metrics").text)}
    return {name.removesuffix(next((s for s in SUFFIXES if name.endswith(s)), "")) for name in found}


def test_it_is_prometheus_text(client: Client) -> None:
    """Of the version that every collector reads, at both spellings of the address, for HEAD too."""
    for path in ("/metrics", "/metrics/"):
        answer = client.get(path, status=200)
        assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["Content-Type"]
        client.head(path, status=200)

    assert 1 == value(client, "paddles_build_info", version=paddles.__version__)


def test_it_says_how_the_lab_is(busy: Client) -> None:
    """Runs, jobs by status, queues, leases, and what the sweep does."""
    assert 1 == value(busy, "paddles_database_up")
    assert 1 == value(busy, "paddles_runs")
    assert (1, 1, 0) == tuple(value(busy, "paddles_jobs", status=status) for status in ("queued", "pass", "dead"))
    assert 1 == value(busy, "paddles_queue_jobs", queue="q")
    assert 1 == value(busy, "paddles_leases")
    assert 60 > value(busy, "paddles_queue_oldest_seconds") > 0
    assert 60 > value(busy, "paddles_sweep_lag_seconds", task="leases") > 0


def test_documents_that_nobody_reads_are_counted(busy: Client) -> None:
    """By kind; none is a figure, too."""
    busy.send("POST", "/ingest/lava", b"{", status=422)

    assert (1, 0) == tuple(value(busy, "paddles_documents_unread", kind=kind) for kind in ("lava", "build"))


def test_ages_are_those_of_the_moment(database: Database, settings: Settings) -> None:
    """An hour after the last sweep its lag is an hour; a clock that is behind makes no age negative."""
    submit(database, status="queued", now=at(0))
    loop.once(database, settings, at(600))
    taken = read(database, figures.taken)

    def of(name: str, seconds: int) -> list[float]:
        return [s.value for family in shown(taken, at(seconds)) if family.name == name for s in family.samples]

    assert [4200] == of("paddles_queue_oldest_seconds", 4200)
    assert {3600} == set(of("paddles_sweep_lag_seconds", 4200))
    assert {0} == set(of("paddles_sweep_lag_seconds", 599))


def test_expired_leases_are_counted(busy: Client, database: Database, settings: Settings) -> None:
    """Each once, for good: the counter stays when the next sweep finds none."""
    assert 0 == value(busy, "paddles_lease_expiries_total")
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=settings.hand_over_lease_s)

    for _ in range(2):
        loop.once(database, settings, later)

    assert 1 == value(busy, "paddles_lease_expiries_total")
    assert 1 == value(busy, "paddles_sweep_handled_total", task="leases")
    assert 0 == value(busy, "paddles_leases")


def test_it_answers_while_the_database_does_not(settings: Settings) -> None:
    """What the process knows is told: requests, and that the database is away."""
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg2://paddles@127.0.0.1:1/none"})
    client = Client(application(nowhere))
    client.get("/runs/", status=503)

    assert 0 == value(client, "paddles_database_up")
    assert 1 == value(client, "paddles_requests_total", face="results", route="/runs/", method="GET", status="503")
    assert "paddles_jobs" not in families(client)


def test_it_takes_as_few_statements_among_many(client: Client, database: Database) -> None:
    """The number of statements does not grow with runs, jobs and queues."""
    make_job(client, "a", job_id=1, queue="q")
    among_one = statements_of(client, "/metrics")

    for number in range(30):
        make_job(client, f"run{number}", job_id=number, queue=f"q{number}")

    assert among_one == statements_of(client, "/metrics")
    assert 5 == len(among_one)


def test_dashboard_and_alerts_name_what_there_is(busy: Client) -> None:
    """Every metric in an expression is exposed under exactly that name."""
    there = {name for name, _ in samples(busy.get("/metrics").text)}

    assert set() == names(" ".join(expressions())) - there


def test_every_metric_is_on_the_dashboard_and_in_the_operators_pages(busy: Client) -> None:
    """Nothing is exposed that no panel shows, and nothing that docs/operations.md does not explain."""
    on_panels = {name for name in names(" ".join(expressions()))}
    page = (ROOT / "docs" / "operations.md").read_text()

    assert set() == {name for name in families(busy) if not any(shown.startswith(name) for shown in on_panels)}
    assert set() == {name for name in families(busy) if f"`{name}" not in page}


def test_the_dashboard_can_be_imported() -> None:
    """Panels have ids of their own and do not lie upon each other; the data source is the reader's to choose."""
    panels: list[dict[str, Any]] = DASHBOARD["panels"]
    places = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(panels) == len({panel["id"] for panel in panels})
    assert len(places) == len(set(places))
    assert {"${datasource}"} == {panel["datasource"]["uid"] for panel in panels}
    assert {"datasource", "job"} == {variable["name"] for variable in DASHBOARD["templating"]["list"]}


def test_alerts_say_what_is_the_matter() -> None:
    """Each has a name of its own, a severity and a summary, and brackets that close."""
    assert len(RULES) == len({rule["alert"] for rule in RULES})
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
    for expression in expressions():
        assert all(expression.count(a) == expression.count(b) for a, b in ("()", "[]", "{}"))
