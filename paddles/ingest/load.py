"""Facts into the archive."""

import datetime
from collections.abc import Sequence

from paddles.archive import tests
from paddles.db.session import Session
from paddles.ingest import facts
from paddles.ingest.facts import Suite


def store(session: Session, job_id: int, suites: Sequence[Suite], now: datetime.datetime) -> None:
    """Store suites as the tests of a job; tests of the same names that it had are replaced.

    Suites of one name, from several documents, are one.

    Raises:
        NotFound: there is no such job.
        Invalid: they hold more cases than a job may have.
    """
    said = [{**vars(suite), "cases": [vars(case) for case in suite.cases]} for suite in facts.joined(suites)]
    tests.store(session, job_id, said, now)
