"""What all runs that match come to, however many pages of them there are."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from paddles.archive.sources import RUN, RUNS
from paddles.archive.status import STATUSES
from paddles.db import limits
from paddles.db.session import Session
from paddles.listing import search
from paddles.listing.search import LIMIT_S, Asked


def totals(session: Session, asked: Asked) -> Mapping[str, Any]:
    """Return how many ``runs`` match, ``jobs`` how many they have, both exactly and each by status.

    ``runs`` and ``jobs`` are numbers, ``runs_by_status`` has those statuses that there are, ``jobs_by_status`` all. It
    is one statement. Raises Invalid as ``search.page``.
    """
    sums = [func.coalesce(func.sum(RUN.c[f"n_{status}"]), 0).label(status) for status in STATUSES]
    query = select(RUN.c.status, func.count().label("runs"), *sums).where(*search.conditions(RUNS, asked))
    rows = limits.within(session, query.group_by(RUN.c.status).order_by(RUN.c.status), LIMIT_S).all()
    jobs = {status: int(sum(getattr(row, status) for row in rows)) for status in STATUSES}
    return {
        "runs": sum(row.runs for row in rows),
        "runs_by_status": {row.status: row.runs for row in rows},
        "jobs": sum(jobs.values()),
        "jobs_by_status": jobs,
    }
