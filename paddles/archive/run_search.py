"""Find runs and list what there is to filter them by.

Filters are constant: what is not asked for arrives as NULL, which the planner sees (the driver puts values into the
text) and drops. Pages are cut before a run's first job and newest report are looked up, one index probe each.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Row, text

from paddles.archive.status import FINISHED, STATUSES
from paddles.db.pages import Page, prefix
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound

RUN_COLUMNS = (
    "id name username suite branch machine_type scheduled posted started finished tags status "
    + " ".join(f"n_{status}" for status in STATUSES)
).split()  # fmt: skip


@dataclass(frozen=True)
class RunFilter:
    """Which runs: every value that is not None must match. ``sha1`` is a prefix, and any job's, as ``flavor`` is."""

    name: str | None = None
    branch: str | None = None
    suite: str | None = None
    username: str | None = None
    machine_type: str | None = None
    status: str | None = None
    sha1: str | None = None
    flavor: str | None = None
    scheduled_from: datetime.datetime | None = None
    scheduled_until: datetime.datetime | None = None
    since: datetime.datetime | None = None
    queued: bool | None = None


_MATCHES = """
    (CAST(:name AS text) IS NULL OR runs.name = :name)
    AND (CAST(:branch AS text) IS NULL OR runs.branch = :branch)
    AND (CAST(:suite AS text) IS NULL OR runs.suite = :suite)
    AND (CAST(:username AS text) IS NULL OR runs.username = :username)
    AND (CAST(:machine_type AS text) IS NULL OR runs.machine_type = :machine_type)
    AND (CAST(:status AS text) IS NULL OR runs.status = :status)
    AND (CAST(:scheduled_from AS timestamptz) IS NULL OR runs.scheduled >= :scheduled_from)
    AND (CAST(:scheduled_until AS timestamptz) IS NULL OR runs.scheduled < :scheduled_until)
    AND (CAST(:since AS timestamptz) IS NULL OR runs.scheduled >= :since)
    AND (CAST(:sha1 AS text) IS NULL OR runs.id IN (SELECT run_id FROM jobs WHERE jobs.sha1 LIKE :sha1))
    AND (CAST(:flavor AS text) IS NULL OR runs.id IN (SELECT run_id FROM jobs WHERE jobs.flavor = :flavor))
    AND (CAST(:queued AS boolean) IS NULL OR (runs.finished IS NULL AND runs.n_queued > 0))
"""


def _listing(order: str, matches: str = "true", page: str = "LIMIT :limit OFFSET :offset") -> str:
    return f"""
    SELECT page.*, first.sha1, first.flavor, first.priority,
        (SELECT max(jobs.updated) FROM jobs WHERE jobs.run_id = page.id) AS updated
    FROM (SELECT {", ".join(RUN_COLUMNS)} FROM runs WHERE {matches} ORDER BY {order} {page}) AS page
    LEFT JOIN LATERAL (
        SELECT sha1, flavor, priority FROM jobs WHERE run_id = page.id ORDER BY key LIMIT 1) AS first ON true
    ORDER BY {order}"""


NEWEST_POSTED = "posted DESC, id DESC"
NEWEST_SCHEDULED = "scheduled DESC, id DESC"
OLDEST_SCHEDULED = "scheduled, id"
ORDERS = (NEWEST_POSTED, NEWEST_SCHEDULED, OLDEST_SCHEDULED)
_ROW = f"{' '.join(RUN_COLUMNS)} sha1 flavor priority updated"
FILTERED = {order: text(_listing(order, _MATCHES)) for order in ORDERS}
EVERY = {order: hot(_listing(order), _ROW) for order in ORDERS}
ONE = hot(_listing("id", "name = :name", ""), _ROW)
NAMED = text(_listing("id", "name = ANY (:names)", ""))

_VALUES = {
    "branch": "branch",
    "suite": "suite",
    "user": "username",
    "machine_type": "machine_type",
    "status": "status",
}


def _distinct(value: str, source: str = "runs") -> Any:
    return text(f"SELECT DISTINCT {value} AS value FROM {source} WHERE {_MATCHES} ORDER BY 1")


def _leaping(table: str, column: str) -> Any:
    """All values of an indexed column: one index probe a value, however many rows carry it."""
    return text(f"""
    WITH RECURSIVE found (value) AS (
        (SELECT {column} FROM {table} WHERE {column} > '' ORDER BY {column} LIMIT 1)
        UNION ALL
        SELECT (SELECT {column} FROM {table} WHERE {column} > found.value ORDER BY {column} LIMIT 1)
        FROM found WHERE found.value IS NOT NULL)
    SELECT value FROM found WHERE value IS NOT NULL ORDER BY value""")


# date: each step leaps to the first run of a later day in the zone of the names.
DAYS = text("""
    WITH RECURSIVE found (day) AS (
        (SELECT CAST(scheduled AT TIME ZONE :zone AS date) FROM runs ORDER BY scheduled LIMIT 1)
        UNION ALL
        SELECT (SELECT CAST(scheduled AT TIME ZONE :zone AS date) FROM runs
                WHERE scheduled >= CAST(found.day + 1 AS timestamp) AT TIME ZONE :zone ORDER BY scheduled LIMIT 1)
        FROM found WHERE found.day IS NOT NULL)
    SELECT to_char(day, 'YYYY-MM-DD') AS value FROM found WHERE day IS NOT NULL ORDER BY day
""")
ALL = {word: _leaping("runs", column) for word, column in _VALUES.items()} | {
    "sha1": _leaping("jobs", "sha1"),
    "flavor": _leaping("jobs", "flavor"),
    "date": DAYS,
}
AMONG = {word: _distinct(f"runs.{column}") for word, column in _VALUES.items()} | {
    "sha1": _distinct("jobs.sha1", "runs JOIN jobs ON jobs.run_id = runs.id AND jobs.sha1 <> ''"),
    "flavor": _distinct("jobs.flavor", "runs JOIN jobs ON jobs.run_id = runs.id AND jobs.flavor <> ''"),
    "date": _distinct("to_char(runs.scheduled AT TIME ZONE :zone, 'YYYY-MM-DD')"),
}
TOTALS = text(
    "SELECT count(*) AS runs, " + ", ".join(f"COALESCE(sum(n_{s}), 0)::bigint AS {s}" for s in STATUSES) + " FROM runs"
)


def runs(session: Session, wanted: RunFilter, page: Page, order: str = NEWEST_SCHEDULED) -> Sequence[Row[Any]]:
    """Return the runs of a page: ``RUN_COLUMNS``, ``sha1``, ``flavor`` and ``priority`` of the first job, ``updated``.

    ``order`` is ``NEWEST_POSTED``, ``NEWEST_SCHEDULED`` or ``OLDEST_SCHEDULED``.
    """
    statement = EVERY[order] if wanted == RunFilter() else FILTERED[order]
    return session.execute(statement, {**_bound(wanted), "limit": page.limit, "offset": page.offset}).all()


def run(session: Session, name: str) -> Row[Any]:
    """Return the run ``name`` as :func:`runs` does. Raises NotFound."""
    found = session.execute(ONE, {"name": name}).first()
    if found is None:
        raise NotFound(f"no run is called {name}")
    return found


def named(session: Session, names: Sequence[str]) -> list[Row[Any]]:
    """Return the runs of these names, in this order, as :func:`runs` does."""
    found = {row.name: row for row in session.execute(NAMED, {"names": list(names)})}
    return [found[name] for name in names if name in found]


def values(session: Session, word: str, wanted: RunFilter, zone: str) -> list[str]:
    """Return the distinct values that are not blank, sorted, of ``word`` among the runs wanted.

    ``word`` is one of branch, suite, user, machine_type, status, sha1, flavor and date (days in ``zone``).
    """
    statement = ALL[word] if wanted == RunFilter() else AMONG[word]
    return [value for value in session.scalars(statement, {**_bound(wanted), "zone": zone}) if value]


def totals(session: Session) -> Mapping[str, int]:
    """Return the number of ``runs`` and of jobs in each status."""
    return dict(session.execute(TOTALS).one()._mapping)


def _bound(wanted: RunFilter) -> dict[str, Any]:
    if wanted.sha1 is not None:
        wanted = replace(wanted, sha1=prefix(wanted.sha1))
    if wanted.status in FINISHED:
        wanted = replace(wanted, status=f"finished {wanted.status}")
    return asdict(wanted)
