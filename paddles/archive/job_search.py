"""Find jobs: one, those of a run, those of a machine, and those of all runs that match."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.db.pages import Page, part
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound

BARE = "jobs.id, jobs.key, jobs.status, runs.name AS run"
# Times as PostgreSQL writes them, in UTC: a list of jobs only shows them, and objects would cost it a fifth.
LIGHT = f"""
    {BARE}, CAST(jobs.posted AS text) AS posted, CAST(jobs.started AS text) AS started,
    CAST(jobs.updated AS text) AS updated"""
FULL = f"{LIGHT}, jobs.answer"
KEPT = f"{FULL}, jobs.document"
# How much of a job a caller wants: its names and status, its times, its answer too, or all that was ever said of it.
DEPTHS = {"bare": BARE, "light": LIGHT, "full": FULL, "kept": KEPT}


@dataclass(frozen=True)
class JobFilter:
    """Which jobs: every value that is not None must match; a job posted at the very moment of a bound is outside."""

    status: str | None = None
    sha1: str | None = None
    branch: str | None = None
    username: str | None = None
    posted_after: datetime.datetime | None = None
    posted_before: datetime.datetime | None = None


_MATCHES = """
    (CAST(:status AS text) IS NULL OR jobs.status = :status)
    AND (CAST(:sha1 AS text) IS NULL OR jobs.sha1 = :sha1)
    AND (CAST(:branch AS text) IS NULL OR jobs.branch = :branch)
    AND (CAST(:username AS text) IS NULL OR jobs.username = :username)
    AND (CAST(:posted_after AS timestamptz) IS NULL OR jobs.posted > :posted_after)
    AND (CAST(:posted_before AS timestamptz) IS NULL OR jobs.posted < :posted_before)
"""


def _each_depth(statement: str, make: Callable[[str], Any] = text) -> dict[str, Any]:
    return {depth: make(statement.replace("{columns}", columns)) for depth, columns in DEPTHS.items()}


ONE = _each_depth(
    """
    SELECT {columns} FROM jobs JOIN runs ON runs.id = jobs.run_id WHERE runs.name = :run AND jobs.key = :key""",
    hot,
)
OF_RUN = _each_depth(
    """
    SELECT {columns} FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE jobs.run_id = :run_id AND (CAST(:status AS text) IS NULL OR jobs.status = :status)
    ORDER BY jobs.posted DESC, jobs.id DESC""",
    hot,
)
RUN_ID = hot("SELECT id FROM runs WHERE name = :name")
ALL = _each_depth(f"""
    SELECT {{columns}} FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE {_MATCHES} ORDER BY jobs.posted DESC, jobs.id DESC LIMIT :limit OFFSET :offset
""")
# A rare description: the newest jobs of each, merged. A common one: the newest jobs of all, looked through.
DESCRIPTIONS = text("""SELECT id FROM descriptions WHERE text LIKE :pattern LIMIT :many""")
RARELY = _each_depth(f"""
    SELECT {{columns}} FROM (
        SELECT newest.id FROM unnest(CAST(:descriptions AS bigint[])) AS description (id)
        CROSS JOIN LATERAL (
            SELECT jobs.id, jobs.posted FROM jobs WHERE jobs.description_id = description.id AND {_MATCHES}
            ORDER BY jobs.posted DESC, jobs.id DESC LIMIT :reach) AS newest
        ORDER BY newest.posted DESC, newest.id DESC LIMIT :limit OFFSET :offset) AS page
    JOIN jobs ON jobs.id = page.id JOIN runs ON runs.id = jobs.run_id
    ORDER BY jobs.posted DESC, jobs.id DESC
""")
COMMONLY = _each_depth(f"""
    SELECT {{columns}} FROM jobs JOIN runs ON runs.id = jobs.run_id
    JOIN descriptions ON descriptions.id = jobs.description_id
    WHERE descriptions.text LIKE :pattern AND {_MATCHES}
    ORDER BY jobs.posted DESC, jobs.id DESC LIMIT :limit OFFSET :offset
""")
MANY = 300
# Posted order within a machine is the order of ids: both are given when a job is made.
ON_MACHINE = _each_depth("""
    SELECT {columns} FROM job_machines JOIN jobs ON jobs.id = job_machines.job_id JOIN runs ON runs.id = jobs.run_id
    WHERE job_machines.machine_id = :machine_id AND (CAST(:status AS text) IS NULL OR jobs.status = :status)
        AND (CAST(:name AS text) IS NULL OR jobs.answer ->> 'name' = :name)
    ORDER BY job_machines.job_id DESC LIMIT :limit OFFSET :offset
""")
QUEUED = _each_depth("""
    SELECT {columns} FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE jobs.status = 'queued' AND (CAST(:queue_id AS bigint) IS NULL OR jobs.queue_id = :queue_id)
        AND (CAST(:username AS text) IS NULL OR jobs.username = :username)
        AND (CAST(:run AS text) IS NULL OR runs.name = :run)
    ORDER BY jobs.priority, jobs.run_id, jobs.id
""")
NUMBERED = _each_depth("""
    SELECT {columns} FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS wanted (id, place)
    JOIN jobs ON jobs.id = wanted.id JOIN runs ON runs.id = jobs.run_id ORDER BY wanted.place
""")
BY_ID = _each_depth("SELECT {columns} FROM jobs JOIN runs ON runs.id = jobs.run_id WHERE jobs.id = :id", hot)


def one(session: Session, run_name: str, key: str, depth: str = "full") -> Row[Any]:
    """Return a job: the columns that ``DEPTHS`` names for ``depth``. Raises NotFound."""
    row = session.execute(ONE[depth], {"run": run_name, "key": key}).first()
    if row is None:
        raise NotFound(f"no job {key} in run {run_name}")
    return row


def by_id(session: Session, job_id: int, depth: str = "full") -> Row[Any]:
    """Return the job of this number, which exists."""
    return session.execute(BY_ID[depth], {"id": job_id}).one()


def numbered(session: Session, job_id: int) -> Row[Any]:
    """Return ``id``, ``key``, ``status`` and ``run`` of the job of this number. Raises NotFound."""
    row = session.execute(BY_ID["bare"], {"id": job_id}).first()
    if row is None:
        raise NotFound(f"there is no job {job_id}")
    return row


def several(session: Session, ids: Sequence[int], depth: str = "full") -> Sequence[Row[Any]]:
    """Return the jobs of these numbers, in this order."""
    return session.execute(NUMBERED[depth], {"ids": list(ids)}).all()


def of_run(session: Session, run_id: int, *, status: str | None = None, depth: str = "full") -> Sequence[Row[Any]]:
    """Return the jobs of a run, newest first, of one status where it is given."""
    return session.execute(OF_RUN[depth], {"run_id": run_id, "status": status}).all()


def run_id(session: Session, name: str) -> int:
    """Return the id of the run ``name``. Raises NotFound."""
    found: int | None = session.scalar(RUN_ID, {"name": name})
    if found is None:
        raise NotFound(f"no run is called {name}")
    return found


def everywhere(
    session: Session, wanted: JobFilter, page: Page, *, description: str | None = None, depth: str = "full"
) -> Sequence[Row[Any]]:
    """Return the jobs of all runs that match, newest first; ``description`` is a part of theirs, taken literally."""
    values = {**asdict(wanted), "limit": page.limit, "offset": page.offset}
    if not description:
        return session.execute(ALL[depth], values).all()
    values["pattern"] = part(description)
    descriptions = list(session.scalars(DESCRIPTIONS, {"pattern": values["pattern"], "many": MANY + 1}))
    if not descriptions:
        return []
    if len(descriptions) > MANY:
        return session.execute(COMMONLY[depth], values).all()
    values["reach"] = None if page.limit is None else page.limit + page.offset
    return session.execute(RARELY[depth], {**values, "descriptions": descriptions}).all()


def on_machine(
    session: Session, machine_id: int, page: Page, *, name: str | None, status: str | None, depth: str = "full"
) -> Sequence[Row[Any]]:
    """Return the jobs that ran on a machine, newest first; ``name`` is what they call themselves."""
    values = {"machine_id": machine_id, "name": name, "status": status, "limit": page.limit, "offset": page.offset}
    return session.execute(ON_MACHINE[depth], values).all()


def queued(
    session: Session, *, queue_id: int | None = None, username: str | None = None, run: str | None = None
) -> Sequence[Row[Any]]:
    """Return the jobs that wait, most urgent first: of a queue, of a user, of a run, or of all together."""
    return session.execute(QUEUED["full"], {"queue_id": queue_id, "username": username, "run": run}).all()
