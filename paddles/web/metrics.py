"""What the service counts of itself: requests answered, time they took, connections in use.

The workers of a server add up in the directory that PROMETHEUS_MULTIPROC_DIR names (``gunicorn_config.py`` sees to it);
without it a process counts for itself.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PLACE = "PROMETHEUS_MULTIPROC_DIR"
# Any word may be sent as a method; each that is counted by itself costs memory for good.
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counters of a process. Every label has few values: a request is known by its route, never by its path."""

    def __init__(self) -> None:
        self._shared = bool(os.environ.get(PLACE))
        self._own = CollectorRegistry()
        # What is shared is read back from the files of all processes, and must not be shown a second time.
        registry = None if self._shared else self._own
        self._requests = Counter(
            "paddles_requests", "Requests answered.", ("face", "route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "paddles_request_seconds",
            "Time from the first line of a request to its answer.",
            ("face", "route", "method"),
            registry=registry,
            buckets=BUCKETS,
        )
        self._connections = Gauge(
            "paddles_pool_connections_used",
            "Connections to the database that units of work hold.",
            ("pool",),
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._limit = Gauge(
            "paddles_pool_connections_limit",
            "Connections that units of work can hold at the most; one more waits.",
            ("pool",),
            registry=registry,
            multiprocess_mode="livesum",
        )
        # Looking a labelled counter up costs more than counting.
        self._known: dict[tuple[str, str, str, str], tuple[Callable[[], None], Callable[[float], None]]] = {}

    def answered(self, face: str, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request."""
        known = self._known.get((face, route, method, status))
        if known is None:
            bounded = method if method in METHODS else "other"
            known = (
                self._requests.labels(face, route, bounded, status).inc,
                self._seconds.labels(face, route, bounded).observe,
            )
            if bounded == method:
                self._known[face, route, method, status] = known
        count, observe = known
        count()
        observe(seconds)

    def pool(self, name: str, limit: int) -> Callable[[int], None]:
        """Return what is to be told of each change in the number of connections used of a pool."""
        self._limit.labels(name).set(limit)
        return self._connections.labels(name).inc

    def exposition(self, others: Iterable[Metric] = ()) -> bytes:
        """Return everything counted, by all processes that share, and ``others``, in Prometheus' text format."""
        registry = self._own
        if self._shared:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(_Given(others))


def gauge(name: str, about: str, values: Mapping[str, float], label: str | None = None) -> Metric:
    """Return a figure that goes up and down: by the values of ``label``, or one under the key "" without."""
    return _filled(GaugeMetricFamily(name, about, labels=[label] if label else ()), values, label)


def counter(name: str, about: str, values: Mapping[str, float], label: str | None = None) -> Metric:
    """Return a figure that only grows; its name is shown with ``_total`` behind it."""
    return _filled(CounterMetricFamily(name, about, labels=[label] if label else ()), values, label)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float], label: str | None) -> Metric:
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family


class _Given(Collector):
    """Figures that were taken by whoever asks."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield them."""
        yield from self._families
