"""What the service counts of requests: every one, under few labels, and cheaply enough to never be turned off."""

from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from paddles.app import application
from paddles.settings import Settings
from paddles.web.metrics import Metrics, gauge
from tests.client import Client
from tests.factories import RUN, make_job


def samples(exposition: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return the values of an exposition by name and labels."""
    families = text_string_to_metric_families(exposition)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(client: Client, name: str, **labels: str) -> float:
    """Return what ``/metrics`` says of one sample, 0 when it is not there."""
    return samples(client.get("/metrics").text).get((name, frozenset(labels.items())), 0)


def requests(client: Client, **labels: str) -> float:
    """Return how many requests were counted under these labels."""
    return value(client, "paddles_requests_total", **labels)


@pytest.mark.parametrize(
    ("method", "path", "status", "labels"),
    [
        ("GET", "/runs/", 200, {"face": "results", "route": "/runs/"}),
        ("GET", f"/runs/{RUN}", 200, {"face": "results", "route": "/runs/*/"}),
        ("HEAD", f"/runs/{RUN}/", 200, {"face": "results", "route": "/runs/*/"}),
        ("PUT", f"/runs/{RUN}/jobs/1/", 200, {"face": "results", "route": "/runs/*/jobs/*/"}),
        ("GET", f"/runs/{RUN}/jobs/none/", 404, {"face": "results", "route": "/runs/*/jobs/*/"}),
        ("GET", "/runs/branch/a/suite/b/", 200, {"face": "results", "route": "/runs/branch/..."}),
        ("PATCH", f"/runs/{RUN}/", 405, {"face": "results", "route": "/runs/*/"}),
        ("OPTIONS", "/runs/", 200, {"face": "results", "route": "/runs/"}),
        ("GET", "/errors/unavailable/", 503, {"face": "results", "route": "/errors/unavailable/"}),
        ("GET", "/healthz", 200, {"face": "service", "route": "/healthz/"}),
        ("GET", "/nope/nope", 404, {"face": "service", "route": ""}),
        ("GET", "/%ff/", 404, {"face": "service", "route": ""}),
    ],
)
def test_a_request_is_counted_once_under_its_route(
    client: Client, method: str, path: str, status: int, labels: dict[str, str]
) -> None:
    """By face, route, method and status; names never become labels."""
    make_job(client)

    client.send(method, path, {} if method == "PUT" else None, status=status)

    assert 1 == requests(client, method=method, status=str(status), **labels)
    timed = {"method": method, **labels}
    assert 1 == value(client, "paddles_request_seconds_count", **timed)
    assert 10 > value(client, "paddles_request_seconds_sum", **timed) > 0


def test_methods_that_nobody_knows_are_one(client: Client) -> None:
    """However many a client makes up, memory does not grow."""
    bold = Client(client.app, lint=False)
    for number in range(5):
        bold.send(f"X{number}", "/runs/", status=405)

    assert 5 == requests(client, face="results", route="/runs/", method="other", status="405")
    assert "X1" not in client.get("/metrics").text


def test_paths_do_not_grow_what_is_counted(client: Client) -> None:
    """A thousand runs are one route."""
    client.get("/runs/x/", status=404)
    before = len(samples(client.get("/metrics").text))

    for number in range(50):
        client.get(f"/runs/r{number}/", status=404)
        client.get(f"/{number}/", status=404)

    # Beside the route of runs, that of /metrics itself and the one for addresses that do not exist.
    routes = {labels for name, labels in samples(client.get("/metrics").text) if name == "paddles_requests_total"}
    assert 3 == len(routes)
    assert 3 * 20 > len(samples(client.get("/metrics").text)) - before


def test_what_breaks_is_counted(client: Client) -> None:
    """An error that nobody foresaw is a 500 here too."""
    broken: Any = type("Broken", (), {"partition": lambda *_: 1 / 0})()

    with pytest.raises(ZeroDivisionError):
        client.app({**client.RequestClass.blank("/").environ, "RAW_URI": broken}, lambda *_: None)

    assert 1 == requests(client, face="", route="", method="GET", status="500")


def test_connections_in_use_come_and_go(database: object, settings: Settings) -> None:
    """At rest none is in use; while ``/metrics`` reads there is one; the limit is pool_size and four more."""
    client = Client(application(settings.model_copy(update={"pool_size": 3})))
    make_job(client)
    client.get("/runs/")

    for pool in ("read", "write"):
        assert 0 == value(client, "paddles_pool_connections_used", pool=pool)
        assert 7 == value(client, "paddles_pool_connections_limit", pool=pool)


def test_a_pool_is_watched() -> None:
    """What is told of a pool is what is shown."""
    metrics = Metrics()
    changed = metrics.pool("read", 9)
    for change in (1, 1, -1):
        changed(change)

    shown = samples(metrics.exposition().decode())

    assert 1 == shown["paddles_pool_connections_used", frozenset({("pool", "read")})]


@pytest.mark.parametrize("values", [{"a": 1.0, 'q"u\\e\nue': 2.0}, {}])
def test_other_figures_stand_beside(values: Mapping[str, float]) -> None:
    """Whatever letters a label holds, it is read back as it was."""
    shown = samples(Metrics().exposition([gauge("paddles_x", "x", values, "name")]).decode())

    assert values == {dict(labels)["name"]: number for (name, labels), number in shown.items() if name == "paddles_x"}
