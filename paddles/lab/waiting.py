"""The jobs that wait in a queue, in the order in which they are handed out, and why each does."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.db import limits
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.lab import expectations
from paddles.lab.expectations import Machines, Standing
from paddles.lab.outlook import LIMIT_S, Queue
from paddles.listing.stretches import Stretch

# As in ``outlook``: before a job come those of its kind that are queued and that nobody has been given.
JOBS = text("""
    WITH part AS (
        SELECT jobs.id, jobs.run_id, jobs.key, jobs.status, jobs.leased, jobs.priority, jobs.posted,
            jobs.description_id, row_number() OVER placed AS place,
            CASE WHEN jobs.status = 'queued' THEN count(*) FILTER (WHERE jobs.status = 'queued' AND NOT jobs.leased)
                OVER (PARTITION BY jobs.kind ORDER BY COALESCE(jobs.priority, 2147483647), jobs.run_id, jobs.id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) ELSE 0 END AS ahead
        FROM jobs JOIN queues ON queues.id = jobs.queue_id
        WHERE queues.name = :queue AND jobs.finished IS NULL AND jobs.status IN ('queued', 'waiting')
        WINDOW placed AS (ORDER BY COALESCE(jobs.priority, 2147483647), jobs.run_id, jobs.id)
        ORDER BY place LIMIT :limit OFFSET :offset)
    SELECT part.status, part.leased, part.priority, part.posted, part.key, part.ahead, runs.name AS run,
        runs.username AS user, descriptions.text AS description,
        (SELECT count(*) FROM waits WHERE waits.job_id = part.id) AS waits_for
    FROM part JOIN runs ON runs.id = part.run_id LEFT JOIN descriptions ON descriptions.id = part.description_id
    ORDER BY part.place
""")


@dataclass(frozen=True)
class Waiting:
    """A job that waits: how many are ``ahead`` of it and how many it ``waits_for``, why (``expectations.reasons``), and
    when it is expected to start, None where nobody knows.
    """

    run: str
    key: str
    status: str
    user: str | None
    description: str | None
    priority: int | None
    posted: datetime.datetime
    ahead: int
    waits_for: int
    reasons: Sequence[str]
    expected: datetime.datetime | None


def waiting(session: Session, queue: Queue, stretch: Stretch, now: datetime.datetime, part: Page) -> list[Waiting]:
    """Return a part of the jobs that wait in a queue; ``stretch`` is the one that is told of in ``queue``.

    Raises:
        Invalid: it would take longer than ``LIMIT_S``.
    """
    machines = Machines(queue.machines, queue.up, queue.free, queue.locked, queue.paused_until)
    per_hour = queue.ended / ((stretch.until - stretch.since) / datetime.timedelta(hours=1))
    bound = JOBS.bindparams(queue=queue.name, limit=part.limit, offset=part.offset)
    rows = limits.within(session, bound, LIMIT_S, sorts=True)
    return [_waiting(row, queue.name, machines, per_hour, now) for row in rows]


def _waiting(row: Row[Any], queue: str, machines: Machines, per_hour: float, now: datetime.datetime) -> Waiting:
    said = {name: value for name, value in row._mapping.items() if name != "leased"}
    reasons = expectations.reasons(Standing(row.status, queue, row.leased, row.ahead, row.waits_for), machines)
    starts = row.status == "queued" and not row.leased
    expected = expectations.expected(now, row.ahead, machines, per_hour) if starts else None
    return Waiting(**said, reasons=reasons, expected=expected)
