"""Jobs that somebody executes elsewhere, of whom documents tell us."""

import datetime
from collections.abc import Mapping
from typing import Any

from paddles.archive import jobs
from paddles.archive.jobs import Waits
from paddles.archive.names import Scheme
from paddles.db.session import Session

KIND = "outside"
OUTSIDE = Waits(None, KIND)


def state(
    session: Session,
    run: str,
    key: str,
    document: Mapping[str, Any],
    status: str,
    at: tuple[datetime.datetime, Scheme],
    ended: datetime.datetime | None = None,
) -> int | None:
    """Say what a job is, made where there is none, and return its number; None where somebody else's is called so.

    One that is over has ``ended`` then, where that is known.
    """
    now, scheme = at
    said = {**document, "status": status}
    job = jobs.lock(session, run, key)
    if job is None:
        return int(jobs.create(session, run, key, said, now, scheme, waits=OUTSIDE, updated=ended).id)
    if job.kind != KIND:
        return None
    jobs.restate(session, job, document, status, now)
    return int(job.id)
