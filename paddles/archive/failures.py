"""Failures of one kind, over all runs: written with the jobs that fail so, found by run, by time, and one by one."""

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import reasons
from paddles.db.pages import Page
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound

# As many of a group are named as people look at; the counts are of all.
MOST_NAMED = 100
# In how many other runs a group was seen lately, and how the days of one are counted.
LATELY = datetime.timedelta(days=30)
MOST_DAYS = 366
# Of so many of the newest jobs of a group it is looked on which machines they ran.
MOST_LOOKED = 1000

ADD = hot("INSERT INTO failures (id, text) VALUES (:id, :text) ON CONFLICT (id) DO NOTHING")
_FAILED = "jobs.status IN ('fail', 'dead')"
# Jobs that gave no reason are told apart by why the service itself ended them.
_ENDED = "CASE WHEN jobs.failure_id IS NULL THEN jobs.reason END"
OF_RUN = text(f"""
    WITH found AS (
        SELECT jobs.failure_id, {_ENDED} AS ended, count(*) AS jobs,
            count(*) FILTER (WHERE jobs.status = 'dead') AS dead,
            (array_agg(jobs.key ORDER BY jobs.id))[1 : {MOST_NAMED}] AS keys, min(jobs.id) AS first_id,
            array_agg(jobs.id) AS ids
        FROM jobs WHERE jobs.run_id = :run_id AND {_FAILED} GROUP BY jobs.failure_id, {_ENDED})
    SELECT found.failure_id, found.ended, found.jobs, found.dead, found.keys, failures.text,
        first.document ->> 'failure_reason' AS example, machines.names AS machines, systems.names AS systems,
        (SELECT CAST(min(posted) AS text) FROM jobs WHERE failure_id = found.failure_id) AS first_seen,
        (SELECT count(DISTINCT run_id) FROM jobs
            WHERE failure_id = found.failure_id AND posted >= :lately AND run_id <> :run_id AND {_FAILED}) AS other_runs
    FROM found JOIN jobs AS first ON first.id = found.first_id
    LEFT JOIN failures ON failures.id = found.failure_id
    CROSS JOIN LATERAL (
        SELECT (array_agg(DISTINCT machines.name))[1 : {MOST_NAMED}] AS names
        FROM job_machines JOIN machines ON machines.id = job_machines.machine_id
        WHERE job_machines.job_id = ANY (found.ids)) AS machines
    CROSS JOIN LATERAL (
        SELECT (array_agg(DISTINCT concat_ws(' ', answer ->> 'os_type', answer ->> 'os_version')))[1 : {MOST_NAMED}]
            AS names
        FROM jobs WHERE id = ANY (found.ids) AND answer ->> 'os_type' <> '') AS systems
    ORDER BY found.jobs DESC, found.failure_id, found.ended
""")
LISTED = text(f"""
    SELECT found.*, failures.text FROM (
        SELECT failure_id, count(*) AS jobs, count(DISTINCT run_id) AS runs, CAST(min(posted) AS text) AS first_seen,
            CAST(max(posted) AS text) AS last_seen
        FROM jobs
        WHERE failure_id IS NOT NULL AND {_FAILED} AND posted >= :since
            AND (CAST(:branch AS text) IS NULL OR branch = :branch)
            AND (CAST(:suite AS text) IS NULL OR suite = :suite)
            AND (CAST(:machine_type AS text) IS NULL OR machine_type = :machine_type)
        GROUP BY failure_id ORDER BY jobs DESC, failure_id LIMIT :limit OFFSET :offset) AS found
    JOIN failures ON failures.id = found.failure_id ORDER BY jobs DESC, failure_id
""")
ONE = text(f"""
    SELECT failures.id AS failure_id, failures.text, found.* FROM failures CROSS JOIN LATERAL (
        SELECT count(*) AS jobs, count(DISTINCT run_id) AS runs, CAST(min(posted) AS text) AS first_seen,
            CAST(max(posted) AS text) AS last_seen,
            (array_agg(DISTINCT branch) FILTER (WHERE branch <> ''))[1 : {MOST_NAMED}] AS branches,
            (array_agg(DISTINCT suite) FILTER (WHERE suite <> ''))[1 : {MOST_NAMED}] AS suites,
            (array_agg(DISTINCT machine_type) FILTER (WHERE machine_type <> ''))[1 : {MOST_NAMED}] AS machine_types
        FROM jobs WHERE failure_id = failures.id AND {_FAILED}) AS found
    WHERE failures.id = :id
""")
# Of many groups at once: on which of some days how many jobs failed so.
EACH_DAY = text(f"""
    SELECT failure_id, to_char(posted AT TIME ZONE :zone, 'YYYY-MM-DD') AS day, count(*) AS jobs FROM jobs
    WHERE failure_id = ANY (CAST(:ids AS bigint[])) AND {_FAILED} AND posted >= :since GROUP BY 1, 2
""")
MACHINES = text(f"""
    SELECT machines.name, count(*) AS jobs
    FROM (SELECT id FROM jobs WHERE failure_id = :id AND {_FAILED} ORDER BY posted DESC LIMIT {MOST_LOOKED}) AS newest
    JOIN job_machines ON job_machines.job_id = newest.id JOIN machines ON machines.id = job_machines.machine_id
    GROUP BY machines.name ORDER BY jobs DESC, machines.name LIMIT {MOST_NAMED}
""")
PER_DAY = text(f"""
    SELECT to_char(posted AT TIME ZONE :zone, 'YYYY-MM-DD') AS day, count(*) AS jobs FROM jobs
    WHERE failure_id = :id AND {_FAILED} GROUP BY 1 ORDER BY 1 DESC LIMIT {MOST_DAYS}
""")
NEWEST = text(f"""
    SELECT runs.name AS run, jobs.key, jobs.status, CAST(jobs.posted AS text) AS posted,
        jobs.document ->> 'failure_reason' AS reason
    FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE failure_id = :id AND {_FAILED} ORDER BY jobs.posted DESC, jobs.id DESC
    LIMIT :limit OFFSET :offset
""")

# Of a stretch of jobs; a report that comes meanwhile waits.
REASONS = text("""
    SELECT id, failure_id, document ->> 'failure_reason' AS failure_reason FROM jobs
    WHERE id > :after AND id <= :until AND document ->> 'failure_reason' <> '' ORDER BY id FOR NO KEY UPDATE
""")
REGROUP = text("""
    UPDATE jobs SET failure_id = new.failure_id
    FROM unnest(CAST(:ids AS bigint[]), CAST(:failure_ids AS bigint[])) AS new (id, failure_id)
    WHERE jobs.id = new.id
""")


@dataclass(frozen=True)
class FailureFilter:
    """Which failures: of jobs posted ``since``, and where it is given of one branch, suite or type of machines."""

    since: datetime.datetime
    branch: str | None = None
    suite: str | None = None
    machine_type: str | None = None


def ensure(session: Session, reason: str) -> int | None:
    """Return the number of the group that a reason (``reasons.of``) belongs to, added when it is new; None for none.

    Nothing waits for the database: who has the reason has the number.
    """
    alike = reasons.alike(reason)
    if not alike:
        return None
    number = reasons.number(alike)
    session.later(ADD, {"id": number, "text": alike})
    return number


def of_run(session: Session, run_id: int, now: datetime.datetime) -> Sequence[Row[Any]]:
    """Return the failed and dead jobs of a run by what their reasons have in common, the largest group first.

    Rows: ``failure_id`` and ``text``, null for jobs that gave no reason; ``ended``, why the service ended those;
    ``jobs`` and how many of them are ``dead``; ``keys``, ``machines`` and ``systems`` (operating systems), the first
    ``MOST_NAMED``; an ``example`` as it was said; ``first_seen`` in any run, and in how many ``other_runs`` within the
    last ``LATELY``.
    """
    return session.execute(OF_RUN, {"run_id": run_id, "lately": now - LATELY}).all()


def listed(session: Session, wanted: FailureFilter, page: Page) -> Sequence[Row[Any]]:
    """Return groups of failures, the largest first: ``failure_id text jobs runs first_seen last_seen``."""
    return session.execute(LISTED, {**asdict(wanted), "limit": page.limit, "offset": page.offset}).all()


def one(session: Session, number: int) -> Row[Any]:
    """Return a group: as :func:`listed` does, of all time, with ``branches``, ``suites`` and ``machine_types``.

    Raises:
        NotFound: no job ever failed so.
    """
    row = session.execute(ONE, {"id": number}).first()
    if row is None:
        raise NotFound("no job failed so")
    return row


def per_day(session: Session, number: int, zone: str) -> Sequence[Row[Any]]:
    """Return how many ``jobs`` failed so on each ``day`` on which any did, newest first, at most ``MOST_DAYS``."""
    return session.execute(PER_DAY, {"id": number, "zone": zone}).all()


def each_day(
    session: Session, numbers: Sequence[int], since: datetime.datetime, zone: str
) -> dict[int, dict[str, int]]:
    """Return for groups how many jobs failed so on each day since a moment; days without any are left out."""
    found: dict[int, dict[str, int]] = {number: {} for number in numbers}
    for row in session.execute(EACH_DAY, {"ids": list(numbers), "since": since, "zone": zone}):
        found[row.failure_id][row.day] = row.jobs
    return found


def machines(session: Session, number: int) -> Sequence[Row[Any]]:
    """Return on which machines jobs failed so, ``name`` and ``jobs``, of the newest ``MOST_LOOKED`` jobs."""
    return session.execute(MACHINES, {"id": number}).all()


def newest(session: Session, number: int, page: Page) -> Sequence[Row[Any]]:
    """Return jobs that failed so, the newest first: ``run key status posted`` and the ``reason`` as it was said."""
    return session.execute(NEWEST, {"id": number, "limit": page.limit, "offset": page.offset}).all()


def regroup(session: Session, after: int, until: int) -> int:
    """Find anew the group of each job of a stretch of ids that gave a reason, and return how many had another one."""
    found: dict[int, int | None] = {}
    for job in session.execute(REASONS, {"after": after, "until": until}).all():
        number = ensure(session, reasons.of({"failure_reason": job.failure_reason}))
        if number != job.failure_id:
            found[job.id] = number
    if found:
        session.execute(REGROUP, {"ids": list(found), "failure_ids": list(found.values())})
    return len(found)
