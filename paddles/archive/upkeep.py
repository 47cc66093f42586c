"""Look after the archive: count again, read names again, look for doubles, and say how many jobs each day brought.

Long work goes stretch by stretch, a range of ids at a time, so that no transaction is long and nobody waits for one.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from paddles.archive import names
from paddles.archive.names import Scheme
from paddles.archive.runs import CORRECTED
from paddles.archive.status import OPEN, OUTCOMES, STATUSES
from paddles.db import tally
from paddles.db.session import Session

BATCH = 500
TABLES = ("runs", "jobs", "tests")
# What a run's name may say, under the names of columns.
NAMED = ("username", *CORRECTED)

LAST = {table: text(f"SELECT COALESCE(max(id), 0) FROM {table}") for table in TABLES}
NEXT = {
    table: text(f"""
    SELECT COALESCE(max(id), 0) AS until, count(*) AS n
    FROM (SELECT id FROM {table} WHERE id > :after ORDER BY id LIMIT :limit) AS next""")
    for table in TABLES
}

_KEPT = ", ".join(f"runs.n_{s} AS kept_{s}" for s in STATUSES)
_OPEN = " + ".join(f":n_{s}" for s in OPEN)
_ALL = " + ".join(f":n_{s}" for s in STATUSES)


def _miscounted(only: str = "true") -> Any:
    counted = tally.recount(parent="runs", child="jobs", key="run_id", statuses=STATUSES, only=only)
    return text(f"""
    SELECT runs.name, {_KEPT}, found.* FROM ({counted}) AS found JOIN runs ON runs.id = found.id ORDER BY found.id""")


MISCOUNTED = _miscounted()
MISCOUNTED_RUNNING = _miscounted("p.status = 'running'")
LOCK_RUN = text("SELECT id FROM runs WHERE id = :id FOR NO KEY UPDATE")
_FINISHED = f"""CASE WHEN {_OPEN} = 0 AND {_ALL} > 0 THEN COALESCE(
    p.finished, (SELECT max(jobs.finished) FROM jobs WHERE jobs.run_id = p.id)) END"""
REPAIR = text(tally.repair(parent="runs", statuses=STATUSES, also={"finished": _FINISHED}) + " RETURNING p.status")

MISCOUNTED_TESTS = text(f"""
    SELECT runs.name || '/' || jobs.key || '/' || tests.name AS name, found.*,
        {", ".join(f"tests.n_{s} AS kept_{s}" for s in OUTCOMES)}
    FROM ({tally.recount(parent="tests", child="cases", key="test_id", statuses=OUTCOMES)}) AS found
    JOIN tests ON tests.id = found.id JOIN jobs ON jobs.id = tests.job_id JOIN runs ON runs.id = jobs.run_id
    ORDER BY found.id
""")
LOCK_TEST = text("SELECT id FROM tests WHERE id = :id FOR NO KEY UPDATE")
REPAIR_TEST = text(tally.repair(parent="tests", statuses=OUTCOMES))

_BLANK = " OR ".join([*(f"{column} = ''" for column in NAMED), "scheduled = posted"])
BLANK = text(f"""
    SELECT id, name, scheduled, posted, {", ".join(NAMED)} FROM runs
    WHERE id > :after AND id <= :until AND ({_BLANK}) ORDER BY id
""")
LOCK_BLANK = text(f"""
    SELECT id, name, scheduled, posted, {", ".join(NAMED)} FROM runs WHERE id = :id FOR NO KEY UPDATE
""")
FILL = text(f"""
    UPDATE runs SET {", ".join(f"{column} = :{column}" for column in NAMED)}, scheduled = :scheduled WHERE id = :id
""")

RUNS_TWICE = text("""
    SELECT count(*) AS n, count(*) - count(DISTINCT name) AS twice FROM runs WHERE name LIKE :pattern
""")
JOBS_TWICE = text("""
    SELECT count(*) AS n, count(*) - count(DISTINCT (jobs.run_id, jobs.key)) AS twice
    FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE runs.id > :after AND runs.id <= :until AND runs.name LIKE :pattern
""")

PER_DAY = text(f"""
    SELECT CAST(day AS date) AS day, COALESCE(sum({" + ".join(f"n_{s}" for s in STATUSES)}), 0) AS scheduled,
        COALESCE(sum(n_pass + n_fail), 0) AS completed
    FROM generate_series(CAST(:first AS timestamp), CAST(:last AS timestamp), interval '1 day') AS day
    LEFT JOIN runs ON runs.scheduled >= day AT TIME ZONE :zone
        AND runs.scheduled < (day + interval '1 day') AT TIME ZONE :zone
    GROUP BY day ORDER BY day
""")


@dataclass(frozen=True)
class Stretch:
    """The ``count`` rows whose ids are above ``after`` and at most ``until``."""

    after: int
    until: int
    count: int


@dataclass(frozen=True)
class Repair:
    """What had wrong counters, by id and name: per status what was kept and what was counted, where they differ."""

    id: int
    name: str
    differences: tuple[tuple[str, int, int], ...]
    status: str | None = None


def last(session: Session, table: str) -> int:
    """Return the highest id in one of ``TABLES``, 0 when it is empty."""
    return int(session.scalar(LAST[table]) or 0)


def stretch(session: Session, table: str, after: int, limit: int = BATCH) -> Stretch | None:
    """Return the next ``limit`` rows of one of ``TABLES`` behind the id ``after``, None when there are none."""
    row = session.execute(NEXT[table], {"after": after, "limit": limit}).one()
    return Stretch(after, row.until, row.n) if row.n else None


def miscounted(session: Session, after: int, until: int, *, running: bool = False) -> list[Repair]:
    """Return the runs of a stretch whose counters differ from a count of their jobs; all, or those marked running.

    One statement and so one moment: a job that moves meanwhile is seen with its run's counters, or not at all.
    """
    rows = session.execute(MISCOUNTED_RUNNING if running else MISCOUNTED, {"after": after, "until": until})
    return [Repair(row.id, row.name, _differences(row, STATUSES)) for row in rows]


def repair(session: Session, run_id: int) -> Repair | None:
    """Set the counters of a run to what they should be and return what was wrong, None when nothing is any more.

    The run's row is locked before its jobs are counted: reports wait for as long as the count of one run takes.
    """
    if session.scalar(LOCK_RUN, {"id": run_id}) is None:
        return None
    row = session.execute(MISCOUNTED, {"after": run_id - 1, "until": run_id}).first()
    if row is None:
        return None
    status = session.scalar(REPAIR, {"id": run_id, **{f"n_{s}": getattr(row, f"n_{s}") for s in STATUSES}})
    return Repair(run_id, row.name, _differences(row, STATUSES), status)


def miscounted_tests(session: Session, after: int, until: int) -> list[Repair]:
    """Return the tests of a stretch whose counters differ from a count of their cases, called ``run/job/test``."""
    rows = session.execute(MISCOUNTED_TESTS, {"after": after, "until": until})
    return [Repair(row.id, row.name, _differences(row, OUTCOMES)) for row in rows]


def repair_test(session: Session, test_id: int) -> Repair | None:
    """Do for a test what :func:`repair` does for a run."""
    if session.scalar(LOCK_TEST, {"id": test_id}) is None:
        return None
    row = session.execute(MISCOUNTED_TESTS, {"after": test_id - 1, "until": test_id}).first()
    if row is None:
        return None
    session.execute(REPAIR_TEST, {"id": test_id, **{f"n_{s}": getattr(row, f"n_{s}") for s in OUTCOMES}})
    return Repair(test_id, row.name, _differences(row, OUTCOMES))


def reparse(session: Session, after: int, until: int, scheme: Scheme) -> list[tuple[str, dict[str, Any]]]:
    """Fill what is blank in the runs of a stretch with what their names say; return the names and what was filled.

    What a job or an earlier reading said stays. A run whose moment of scheduling is the one of its posting never had
    one of its own.
    """
    found = session.execute(BLANK, {"after": after, "until": until}).all()
    changes = []
    for run_id in [row.id for row in found if _fills(row, scheme)]:
        # A report may have filled it since; what is known under the lock counts.
        row = session.execute(LOCK_BLANK, {"id": run_id}).first()
        fills = _fills(row, scheme) if row else {}
        if row and fills:
            session.execute(FILL, {"id": run_id, **_known(row), **fills})
            changes.append((str(row.name), fills))
    return changes


def runs_twice(session: Session, pattern: str) -> Row[Any]:
    """Return how many runs (``n``) have a name LIKE ``pattern``, and how many of them (``twice``) are too many."""
    return session.execute(RUNS_TWICE, {"pattern": pattern}).one()


def jobs_twice(session: Session, after: int, until: int, pattern: str) -> Row[Any]:
    """Return the same of the jobs in a stretch of runs, where a job is told by its run and its key."""
    return session.execute(JOBS_TWICE, {"after": after, "until": until, "pattern": pattern}).one()


def per_day(session: Session, first: datetime.date, last: datetime.date, zone: ZoneInfo) -> Sequence[Row[Any]]:
    """Return ``day``, ``scheduled`` and ``completed`` for each day of ``zone``, quiet ones too.

    A day's jobs are those of the runs scheduled on it; a job is completed when it passed or failed.
    """
    return session.execute(PER_DAY, {"first": first, "last": last, "zone": zone.key}).all()


def _differences(row: Row[Any], statuses: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    both = ((s, getattr(row, f"kept_{s}"), getattr(row, f"n_{s}")) for s in statuses)
    return tuple((s, kept, counted) for s, kept, counted in both if kept != counted)


def _known(row: Row[Any]) -> dict[str, Any]:
    return {column: getattr(row, column) for column in (*NAMED, "scheduled")}


def _fills(row: Row[Any], scheme: Scheme) -> dict[str, Any]:
    said = names.parse(row.name, scheme)
    fills = {c: getattr(said, c) for c in NAMED if not getattr(row, c) and getattr(said, c)}
    if row.scheduled == row.posted and said.scheduled not in (None, row.scheduled):
        fills["scheduled"] = said.scheduled
    return fills
