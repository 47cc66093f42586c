"""How machines stood their lab's health checks: jobs of runs of the suite ``names.HEALTH_CHECKS``."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.archive.names import HEALTH_CHECKS
from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid

# So many of one machine are told, and so many seconds of the server all of them may take.
MOST, LIMIT_S = 10, 1.0
# What is told of why one failed, in characters.
LONGEST = 500
# There are few such runs, which the index of suites finds, and nothing else has to be read where there are none.
_ENDED = f"""
    FROM runs JOIN jobs ON jobs.run_id = runs.id JOIN job_machines ON job_machines.job_id = jobs.id
    WHERE runs.suite = '{HEALTH_CHECKS}' AND runs.posted >= :since AND jobs.finished >= :since"""
OF = text(f"""
    SELECT runs.name AS run, jobs.key, jobs.status, jobs.finished,
        left(COALESCE(jobs.document ->> 'failure_reason', jobs.reason, ''), {LONGEST}) AS reason
    {_ENDED} AND job_machines.machine_id = :machine_id ORDER BY jobs.finished DESC, jobs.id DESC LIMIT {MOST + 1}
""")
LATEST = text(f"""
    SELECT machines.name, last.status, last.finished
    FROM (
        SELECT DISTINCT ON (job_machines.machine_id) job_machines.machine_id, jobs.status, jobs.finished
        {_ENDED} ORDER BY job_machines.machine_id, jobs.finished DESC, jobs.id DESC) AS last
    JOIN machines ON machines.id = last.machine_id
""")


def of(session: Session, machine_id: int, since: datetime.datetime) -> Sequence[Row[Any]]:
    """Return the last health checks of a machine that ended since a moment, the last one first, one more than ``MOST``.

    Rows: ``run key status finished reason``. Those of a run from before that moment are left out; none are told where
    it takes too long to find them.
    """
    return _found(session, OF.bindparams(machine_id=machine_id, since=since))


def latest(session: Session, since: datetime.datetime) -> Mapping[str, Row[Any]]:
    """Return how the last health check of each machine ended, by its name: ``status finished``, as :func:`of` does."""
    return {row.name: row for row in _found(session, LATEST.bindparams(since=since))}


def _found(session: Session, statement: Any) -> Sequence[Row[Any]]:
    try:
        found: Sequence[Row[Any]] = limits.within(session, statement, LIMIT_S).all()
    except Invalid:
        return []
    return found
