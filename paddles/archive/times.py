"""The times of a job: when it was posted, when it began, when it ended. Pure."""

import datetime
from collections.abc import Mapping
from typing import Any, TypedDict

from paddles.archive import status

# What took longer, in seconds, says so by mistake; so does what ended before there were such jobs.
LONGEST_S, EARLIEST = 366 * 86400, datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)

Times = dict[str, datetime.datetime | None]


class New(TypedDict):
    """The times of a job that is told of for the first time, and the ``now`` of its run."""

    now: datetime.datetime
    posted: datetime.datetime
    started: datetime.datetime | None
    finished: datetime.datetime | None


def new(after: str, document: Mapping[str, Any], updated: datetime.datetime | None, now: datetime.datetime) -> New:
    """Return the times of a job that is told of for the first time.

    That is when we hear of it, unless it is over and says when it was heard of last: then it ended.
    """
    if updated is None or updated < EARLIEST or after not in status.FINISHED:
        at = moved((None, None, None), after, now)
        return {"now": now, "posted": now, "started": at["started"], "finished": at["finished"]}
    finished = min(updated, now)
    took = document.get("duration")
    known = isinstance(took, int | float) and not isinstance(took, bool) and 0 <= took <= LONGEST_S
    started = finished - datetime.timedelta(seconds=took) if known and took is not None else None
    return {"now": finished, "posted": started or finished, "started": started, "finished": finished}


def moved(
    before: tuple[str | None, datetime.datetime | None, datetime.datetime | None], after: str, now: datetime.datetime
) -> Times:
    """Return ``started finished`` of a job that was in a status ``before``, begun and ended then, and the ``now``."""
    was, started, finished = before
    return {
        "now": now,
        "started": now if status.starts(was, after, started=started is not None) else started,
        "finished": (finished or now) if after in status.FINISHED else None,
    }
