"""Statistics of a job: its files read, and what they say stored as tests and cases."""

import datetime
from typing import NamedTuple

from paddles.archive import contents
from paddles.archive.contents import Store
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.ingest import load, recognition
from paddles.ingest.facts import Suite
from paddles.lab import statistics
from paddles.lab.statistics import Taken

LONGEST_REASON = 500


class Found(NamedTuple):
    """What the files of a job say, and which of them cannot be read, and why."""

    suites: list[Suite]
    reasons: list[str]


def read(taken: Taken, store: Store) -> Found:
    """Read what is known of in the files of a job; nothing is asked of the database."""
    found = Found([], [] if taken.job_id is not None else ["the task names no job"])
    for file in taken.files:
        try:
            found.suites.extend(recognition.facts(file.path, contents.read(store, bytes(file.digest))))
        except (Invalid, OSError) as error:
            found.reasons.append(f"{file.path}: {getattr(error, 'strerror', None) or error}")
    return found


def given_up(taken: Taken) -> Found:
    """Return what is found in a task over which everybody died who took it."""
    return Found([], [f"given up after {taken.attempt - 1} attempts"])


def settle(session: Session, taken: Taken, found: Found, now: datetime.datetime) -> str:
    """Store what was found and end the task: pass, or fail with the reasons; return which.

    What could be read is stored in either case. The job itself, and its verdict, stay as they are.
    """
    reasons = list(found.reasons)
    if taken.job_id is not None and found.suites:
        try:
            load.store(session, taken.job_id, found.suites, now)
        except (Invalid, NotFound) as error:
            reasons.append(str(error))
    return statistics.end(session, taken.task_id, "; ".join(reasons)[:LONGEST_REASON], now)
