"""``/metrics``: what Prometheus collects, of the processes and of the lab."""

import datetime
from collections.abc import Mapping

import pecan
from prometheus_client.core import Metric
from webob import Response

import paddles
from paddles.db.session import Session
from paddles.db.work import read
from paddles.errors import Unavailable
from paddles.ingest import intake
from paddles.kernels import refusals
from paddles.lab import figures, sweeps
from paddles.lab.figures import Figures
from paddles.web.face import Context, Face
from paddles.web.metrics import CONTENT_TYPE, counter, gauge
from paddles.web.resource import Resource


class MetricsController(Resource):
    """``/metrics``"""

    def __init__(self, face: Face) -> None:
        self.face = face  # type: ignore[misc]

    def get_all(self) -> Response:
        """Tell all figures, whether the database answers or not: 200."""
        context: Context = pecan.request.environ["paddles.context"]
        now = datetime.datetime.now(datetime.UTC)
        try:
            taken, unread = read(context.database, _taken)
            found = [*shown(taken, now), _unread(unread)]
        except Unavailable:
            found = []
        answers = gauge("paddles_database_up", "1 when the database answers, else 0.", {"": float(bool(found))})
        version = gauge("paddles_build_info", "The version that runs.", {paddles.__version__: 1}, "version")
        body = context.metrics.exposition([version, answers, *found])
        return Response(body=body, content_type=CONTENT_TYPE)


def _taken(session: Session) -> tuple[Figures, dict[str, int]]:
    return figures.taken(session), refusals.counted(session)


def _unread(found: Mapping[str, int]) -> Metric:
    counted = {**dict.fromkeys(intake.KINDS, 0), **found}
    return gauge("paddles_documents_unread", "Documents that were refused, or could not be read.", counted, "kind")


def shown(taken: Figures, now: datetime.datetime) -> list[Metric]:
    """Return the figures of the lab as Prometheus is told them; ages are those at ``now``."""
    oldest = _age(taken.oldest, now) if taken.oldest else 0.0
    lags = {row.task: _age(row.at, now) for row in taken.sweeps}
    handled = {row.task: row.handled for row in taken.sweeps}
    expired = {"": handled.get(sweeps.LEASES, 0)}
    return [
        gauge("paddles_runs", "Runs in the archive.", {"": taken.runs}),
        gauge("paddles_jobs", "Jobs in the archive, by status.", taken.jobs, "status"),
        gauge(
            "paddles_queue_jobs",
            f"Queued jobs, counted up to {figures.DEEPEST}, in the {figures.QUEUES} fullest queues.",
            taken.queued,
            "queue",
        ),
        gauge("paddles_queue_oldest_seconds", "For how long the oldest queued job has waited.", {"": oldest}),
        gauge("paddles_leases", "Jobs handed out of which nothing was heard yet.", {"": taken.leases}),
        counter("paddles_lease_expiries", "Jobs handed out of which nothing was heard in time.", expired),
        gauge("paddles_sweep_lag_seconds", "Time since the sweep last did a task.", lags, "task"),
        counter("paddles_sweep_handled", "Rows that the sweep handled.", handled, "task"),
    ]


def _age(then: datetime.datetime, now: datetime.datetime) -> float:
    # Clocks of machines differ a little.
    return max(0.0, (now - then).total_seconds())
