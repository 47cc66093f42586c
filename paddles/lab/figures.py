"""Figures of the lab as it stands: what a monitor asks every few seconds, however much there is.

Jobs are never counted. Those by status are the sums of the runs' counters; what waits in a queue is counted in the
index of queued jobs, up to a bound.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import run_search
from paddles.db.session import Session
from paddles.lab import sweeps

# How far a queue is counted, and how many queues are told of, the fullest.
DEEPEST, QUEUES = 10_000, 200

NOW = text("""
    SELECT (SELECT min(posted) FROM jobs WHERE status = 'queued') AS oldest,
        (SELECT count(*) FROM leases WHERE ended IS NULL) AS leases
""")
DEPTHS = text("""
    SELECT queues.name, waiting.depth FROM queues CROSS JOIN LATERAL (
        SELECT count(*) AS depth FROM (
            SELECT FROM jobs WHERE queue_id = queues.id AND status = 'queued' LIMIT :deepest) AS found) AS waiting
    WHERE waiting.depth > 0 ORDER BY waiting.depth DESC, queues.name LIMIT :queues
""")


@dataclass(frozen=True)
class Figures:
    """How many there are, and since when.

    ``jobs`` is by status, ``queued`` by queue; ``oldest`` is when the queued job was posted that waits longest;
    ``leases`` are the live ones; ``sweeps`` are the rows of ``lab.sweeps.listed``.
    """

    runs: int
    jobs: Mapping[str, int]
    queued: Mapping[str, int]
    oldest: datetime.datetime | None
    leases: int
    sweeps: Sequence[Row[Any]]


def taken(session: Session) -> Figures:
    """Return the figures, each statement's of its own moment."""
    totals = dict(run_search.totals(session))
    runs = totals.pop("runs")
    present = session.execute(NOW).one()
    depths = session.execute(DEPTHS, {"deepest": DEEPEST, "queues": QUEUES})
    queued = {row.name: row.depth for row in depths}
    return Figures(runs, totals, queued, present.oldest, present.leases, sweeps.listed(session))
