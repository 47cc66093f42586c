"""The jobs that wait in a queue, in the order in which they are handed out, and why each does."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.archive.status import KINDS
from paddles.db import limits
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.lab import expectations
from paddles.lab.expectations import Machines, Standing
from paddles.lab.outlook import LIMIT_S, Queue
from paddles.listing.stretches import Stretch

_COLUMNS = "id, run_id, key, kind, status, leased, held_by, priority, posted, description_id"
_ORDER = "priority, run_id, id"
# As in ``outlook``: before a job come those of its kind that are queued and that nobody has been given. All that come
# before the jobs of a part are among the first of their sort, so no more than these are read, by ix_jobs_ready_by_kind
# where they are queued, however many wait.
JOBS = text(f"""
    WITH asked AS (SELECT id FROM queues WHERE name = :queue),
    first AS MATERIALIZED (
        SELECT sort.* FROM asked
        CROSS JOIN unnest(CAST(:kinds AS text[])) AS kinds (kind) CROSS JOIN (VALUES (false), (true)) AS held (leased)
        CROSS JOIN LATERAL (
            SELECT {_COLUMNS} FROM jobs
            WHERE queue_id = asked.id AND status = 'queued' AND leased = held.leased AND kind = kinds.kind
            ORDER BY {_ORDER} LIMIT CAST(:limit AS bigint) + :offset) AS sort
        UNION ALL
        SELECT sort.* FROM asked CROSS JOIN LATERAL (
            SELECT {_COLUMNS} FROM jobs WHERE queue_id = asked.id AND status = 'waiting'
            ORDER BY {_ORDER} LIMIT CAST(:limit AS bigint) + :offset) AS sort),
    part AS (
        SELECT first.*, row_number() OVER (ORDER BY {_ORDER}) AS place,
            CASE WHEN status = 'queued' THEN count(*) FILTER (WHERE status = 'queued' AND NOT leased)
                OVER (PARTITION BY kind ORDER BY {_ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                ELSE 0 END AS ahead
        FROM first ORDER BY place LIMIT :limit OFFSET :offset)
    SELECT part.kind, part.status, part.leased, part.priority, part.posted, part.key, part.ahead,
        CASE part.status WHEN 'waiting' THEN part.held_by END AS held_by,
        runs.name AS run, runs.username AS user, descriptions.text AS description,
        (SELECT count(*) FROM waits WHERE waits.job_id = part.id) AS waits_for
    FROM part JOIN runs ON runs.id = part.run_id LEFT JOIN descriptions ON descriptions.id = part.description_id
    ORDER BY part.place
""")


@dataclass(frozen=True)
class Waiting:
    """A job that waits: how many are ``ahead`` of it and how many it ``waits_for``, who holds it, if anybody does, why
    (``expectations.reasons``), and when it is expected to start, None where nobody knows.
    """

    run: str
    key: str
    kind: str
    status: str
    held_by: str | None
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
    values = {"queue": queue.name, "limit": part.limit, "offset": part.offset, "kinds": list(KINDS)}
    bound = JOBS.bindparams(**values)
    rows = limits.within(session, bound, LIMIT_S, sorts=True)
    return [_waiting(row, queue.name, machines, per_hour, now) for row in rows]


def _waiting(row: Row[Any], queue: str, machines: Machines, per_hour: float, now: datetime.datetime) -> Waiting:
    said = {name: value for name, value in row._mapping.items() if name != "leased"}
    standing = Standing(row.status, queue, row.leased, row.ahead, row.waits_for, row.held_by)
    reasons = expectations.reasons(standing, machines)
    starts = row.status == "queued" and not row.leased
    expected = expectations.expected(now, row.ahead, machines, per_hour) if starts else None
    return Waiting(**said, reasons=reasons, expected=expected)
