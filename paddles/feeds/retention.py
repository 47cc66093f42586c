"""What is kept of kernels, and for how long: runs that somebody elsewhere ran, by the age of their ends.

What the service itself had run is the archive: this takes nothing of that away.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.archive import runs
from paddles.db.session import Session
from paddles.events import log
from paddles.feed_settings import DAYS_BEYOND
from paddles.feeds import records

BATCH = 1000
# A tag by which people keep a run.
PINNED = "pinned"
# When a run is kept whatever its age: a condition a line, each about a row of runs.
SPARED = (
    "runs.finished IS NULL",
    f"'{PINNED}' = ANY (runs.tags)",
    "EXISTS (SELECT FROM notes WHERE notes.run_id = runs.id AND notes.kind = 'pin' AND notes.ended IS NULL)",
    "EXISTS (SELECT FROM jobs WHERE jobs.run_id = runs.id AND jobs.kind <> 'outside')",
    "NOT EXISTS (SELECT FROM jobs WHERE jobs.run_id = runs.id)",
    # Who looks for what broke something compares with where it worked.
    """EXISTS (SELECT FROM jobs JOIN regressions ON regressions.good_job_id = jobs.id
        WHERE jobs.run_id = runs.id AND regressions.state = 'open')""",
)
_DUE = f"runs.finished < :before AND NOT ({' OR '.join(SPARED)})"
_OF_RUN = "(SELECT id FROM jobs WHERE jobs.run_id = :id)"
_LOGS = f"SELECT digest FROM kernel_logs WHERE job_id IN {_OF_RUN}"
# Of a run: what lies there as it came, and what was made of it.
_RAW = {
    "receipts": f"receipts WHERE job_id IN {_OF_RUN} AND state IN ('processed', 'failed')",
    "files": f"files WHERE job_id IN {_OF_RUN} AND digest IN ({_LOGS})",
    "kernel_logs": f"kernel_logs WHERE job_id IN {_OF_RUN}",
}
_RESULTS = {
    "runs": "runs WHERE id = :id",
    "jobs": "jobs WHERE run_id = :id",
    "tests": f"tests WHERE job_id IN {_OF_RUN}",
    "cases": f"cases WHERE test_id IN (SELECT id FROM tests WHERE job_id IN {_OF_RUN})",
    "kernel_builds": f"kernel_builds WHERE job_id IN {_OF_RUN}",
    "kernel_boots": f"kernel_boots WHERE job_id IN {_OF_RUN}",
    "marks": f"marks WHERE job_id IN {_OF_RUN}",
    "log_lines": f"log_lines WHERE job_id IN {_OF_RUN}",
}
TABLES = (*_RESULTS, *_RAW, "fed")

DUE = text(f"SELECT id, name FROM runs WHERE {_DUE} AND id > :after ORDER BY id LIMIT :limit")
DUE_RAW = text(f"""
    SELECT id, name FROM runs WHERE {_DUE} AND runs.finished >= :since AND id > :after AND EXISTS (
        SELECT FROM jobs WHERE jobs.run_id = runs.id AND (
            EXISTS (SELECT FROM kernel_logs WHERE kernel_logs.job_id = jobs.id)
            OR EXISTS (SELECT FROM receipts WHERE receipts.job_id = jobs.id AND state IN ('processed', 'failed'))))
    ORDER BY id LIMIT :limit
""")
STILL_DUE = text(f"SELECT id FROM runs WHERE {_DUE} AND id = :id")
COUNT_RAW = text(f"SELECT {', '.join(f'(SELECT count(*) FROM {rows}) AS {name}' for name, rows in _RAW.items())}")
COUNT = text(f"SELECT {', '.join(f'(SELECT count(*) FROM {rows}) AS {name}' for name, rows in _RESULTS.items())}")
FORGET_RAW = [text(f"DELETE FROM {_RAW[name]}") for name in ("receipts", "files", "kernel_logs")]
COUNT_FED = text("SELECT count(*) FROM fed WHERE at < :before")

Counts = Mapping[str, int]


class Age(NamedTuple):
    """Until when a run must have ended for its results, or for what lies there as it came, to go."""

    results: datetime.datetime
    raw: datetime.datetime
    fed: datetime.datetime


def age(now: datetime.datetime, days: int, raw_days: int, feed_days: int) -> Age:
    """Return what is old with so many days; what was brought is known until no feed could bring it again."""
    known = days + feed_days + DAYS_BEYOND
    return Age(*(now - datetime.timedelta(days=each) for each in (days, min(days, raw_days), known)))


def due(session: Session, age: Age, after: int, *, raw: bool) -> Sequence[Row[Any]]:
    """Return the next runs behind the id ``after`` that are old and not spared: ``id`` and ``name``.

    With ``raw`` those that are kept for longer, and of which something lies there as it came.
    """
    values = {"before": age.raw, "since": age.results} if raw else {"before": age.results}
    return session.execute(DUE_RAW if raw else DUE, {**values, "after": after, "limit": BATCH}).all()


def count(session: Session, run_id: int, *, raw: bool) -> Counts:
    """Return how many rows of which table :func:`forget` would take away of a run; with ``raw``, as they came."""
    found = session.execute(COUNT_RAW, {"id": run_id}).one()._mapping
    return dict(found) if raw else {**found, **session.execute(COUNT, {"id": run_id}).one()._mapping}


def forget(session: Session, run: Row[Any], age: Age, *, raw: bool) -> Counts:
    """Take a run away, or with ``raw`` what lies there of it as it came, and return how many rows of which table.

    Nothing where the run has changed meanwhile, and is spared or gone now.
    """
    runs.shut(session, run.name)
    if session.scalar(STILL_DUE, {"before": age.raw if raw else age.results, "id": run.id}) is None:
        return {}
    counts = count(session, run.id, raw=raw)
    for statement in FORGET_RAW:
        session.later(statement, {"id": run.id})
    if not raw:
        runs.delete(session, run.name)
    return counts


def count_fed(session: Session, before: datetime.datetime) -> int:
    """Return how many notes of documents that were brought are older."""
    return int(session.scalar(COUNT_FED, {"before": before}))


def forget_fed(session: Session, before: datetime.datetime) -> int:
    """Take some of these notes away and return how many."""
    return records.forget(session, before, BATCH)


def note(session: Session, days: int, raw_days: int, counts: Counts) -> None:
    """Write into the audit what was taken away."""
    log.append(session, log.AUDIT, "retention.done", "/retention", {"days": days, "raw_days": raw_days, **counts})
