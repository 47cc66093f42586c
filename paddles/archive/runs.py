"""Create, change and delete runs."""

import datetime
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import documents, names, status
from paddles.archive.names import Scheme
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, NotFound
from paddles.events import log

# What a job says better than the name of its run does.
CORRECTED = ("suite", "branch", "machine_type")
NOTHING: Mapping[str, Any] = MappingProxyType({})

INSERT = text("""
    WITH made AS (
        INSERT INTO runs (name, username, suite, branch, machine_type, scheduled, posted, tags)
        VALUES (:name, :username, :suite, :branch, :machine_type, :scheduled, :posted, :tags)
        ON CONFLICT (name) DO NOTHING RETURNING id, name),
    logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'run', 'run.created', 'runs/' || name, jsonb_build_object('run', name) FROM made)
    SELECT id FROM made
""")
# While a run is being deleted nobody puts jobs into it, and the other way round: a report locks a job and then its run,
# so whoever deletes must have all jobs before it takes the run.
FIND = hot(
    """
    SELECT id AS run_id, suite AS run_suite, branch AS run_branch, machine_type AS run_machine_type,
        pg_advisory_xact_lock_shared(hashtextextended(:name, 0)) AS shut
    FROM runs WHERE name = :name FOR KEY SHARE""",
    "run_id run_suite run_branch run_machine_type shut",
)
SHUT = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
CORRECT = text("""
    UPDATE runs SET suite = :suite, branch = :branch, machine_type = :machine_type WHERE id = :id
""")
TAG = text("UPDATE runs SET tags = :tags WHERE name = :name RETURNING id")
LOCK_JOBS = text("""
    SELECT jobs.id, jobs.kind FROM jobs JOIN runs ON runs.id = jobs.run_id WHERE runs.name = :name
    ORDER BY jobs.id FOR UPDATE OF jobs
""")
DELETE = text("DELETE FROM runs WHERE name = :name RETURNING id")


def create(session: Session, name: str, now: datetime.datetime, scheme: Scheme, *, tags: Sequence[str] = ()) -> int:
    """Create the run ``name`` and return its id.

    Raises:
        Invalid: no run can be called that.
        Conflict: there is one already.
    """
    run_id = add(session, name, now, scheme, tags=tags)
    if run_id is None:
        raise Conflict(f"run with name {name} already exists")
    return run_id


def add(
    session: Session,
    name: str,
    now: datetime.datetime,
    scheme: Scheme,
    *,
    said: Mapping[str, Any] = NOTHING,
    tags: Sequence[str] = (),
) -> int | None:
    """Create a run and return its id, None where there is one of that name; ``said`` beats what the name says.

    Raises:
        Invalid: no run can be called that.
    """
    parsed = names.parse(names.check(name), scheme)
    values = {
        "name": name,
        "username": parsed.username,
        **{field: documents.word(said, field) or getattr(parsed, field) for field in CORRECTED},
        "scheduled": parsed.scheduled or now,
        "posted": now,
        "tags": list(tags),
    }
    row = session.execute(INSERT, values).first()
    return None if row is None else int(row.id)


def ensure(session: Session, name: str, said: Mapping[str, Any], now: datetime.datetime, scheme: Scheme) -> Row[Any]:
    """Return ``run_id`` and ``run_<field>`` of what jobs correct, of the run ``name``, created when there is none.

    The run stays until the end of the transaction. ``said``, what a first job says, beats what the name says.

    Raises:
        Invalid: no run can be called that.
    """
    while True:
        row = session.execute(FIND, {"name": name}).first()
        if row is not None:
            return row
        add(session, name, now, scheme, said=said)


def correct(session: Session, run_id: int, known: Row[Any], said: Mapping[str, Any]) -> None:
    """Take over the suite, branch and machine type that a job says, where they differ from ``known.run_<field>``."""
    before = {field: getattr(known, f"run_{field}") for field in CORRECTED}
    after = {field: documents.word(said, field) or before[field] for field in CORRECTED}
    if after != before:
        session.later(CORRECT, {"id": run_id, **after})


def tag(session: Session, name: str, tags: Sequence[str]) -> None:
    """Replace the tags of the run ``name``. Raises NotFound."""
    if session.execute(TAG, {"name": name, "tags": list(tags)}).first() is None:
        raise NotFound(f"no run is called {name}")
    log.append(session, "run", "run.tagged", f"runs/{name}", {"run": name, "tags": list(tags)})


def shut(session: Session, name: str) -> None:
    """Keep everybody else from putting jobs into the run ``name`` until the end of the transaction."""
    session.execute(SHUT, {"name": name})


def delete(session: Session, name: str) -> None:
    """Delete the run ``name`` with its jobs; machines stay.

    Raises:
        NotFound: there is no such run.
        Forbidden: it is a build of a project.
    """
    shut(session, name)
    for job in session.execute(LOCK_JOBS, {"name": name}):
        status.refuse_built(job.kind)
    if session.execute(DELETE, {"name": name}).first() is None:
        raise NotFound("attempted to delete a non-existent run")
    log.append(session, "run", "run.deleted", f"runs/{name}", {"run": name})
