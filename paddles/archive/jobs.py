"""Create jobs, take reports of them, move and delete them: the only module that writes a job's status."""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from paddles.archive import documents, names, runs, status
from paddles.archive.names import Scheme
from paddles.db import tally
from paddles.errors import Conflict, NotFound

# Columns that repeat what the document says, under the document's names.
SEARCHED = {"username": "user", "branch": "branch", "sha1": "sha1", "suite": "suite", "flavor": "flavor",
            "machine_type": "machine_type", "priority": "priority"}  # fmt: skip
STORED = (
    "status started finished updated queue_id leased priority username branch sha1 suite flavor machine_type "
    "description_id document answer"
).split()

_OPEN = " + ".join(f"old.n_{s} + delta.d_{s}" for s in status.OPEN)
_ALL = " + ".join(f"old.n_{s} + delta.d_{s}" for s in status.STATUSES)
_RUN_TIMES = {
    "started": "CASE WHEN old.n_running = 0 AND delta.d_running > 0 THEN delta.at ELSE old.started END",
    "finished": f"CASE WHEN {_OPEN} = 0 AND {_ALL} > 0 THEN COALESCE(old.finished, :now) END",
}
_LOG = """, logged AS (
    INSERT INTO events (channel, type, subject, data)
    SELECT 'job', 'job.' || COALESCE(after, 'deleted'), 'runs/' || runs.name || '/jobs/' || moved.key,
        jsonb_build_object('run', runs.name, 'job', moved.key, 'from', moved.before, 'reason', moved.reason)
    FROM moved JOIN runs ON runs.id = moved.parent_id
    WHERE before IS DISTINCT FROM after)"""


def _statement(moved: str) -> Any:
    return text(
        tally.statement(moved, parent="runs", statuses=status.STATUSES, also=_RUN_TIMES, then=_LOG)
    )


def _placeholder(column: str) -> str:
    return f"CAST(:{column} AS json)" if column in ("document", "answer") else f":{column}"


# A job that nobody gave a key is called by its number.
INSERT = _statement(f"""
    INSERT INTO jobs (id, run_id, key, posted, {", ".join(STORED)})
    SELECT new.id, :run_id, COALESCE(:key, CAST(new.id AS text)), :now, {", ".join(map(_placeholder, STORED))}
    FROM (SELECT nextval(pg_get_serial_sequence('jobs', 'id')) AS id) AS new
    ON CONFLICT (run_id, key) DO NOTHING
    RETURNING id, run_id AS parent_id, key, reason, CAST(NULL AS text) AS before, status AS after, started AS at""")

UPDATE = _statement(f"""
    UPDATE jobs SET reason = NULL, {", ".join(f"{column} = {_placeholder(column)}" for column in STORED)}
    WHERE id = :id
    RETURNING id, run_id AS parent_id, key, reason, CAST(:before AS text) AS before, status AS after, started AS at""")

MOVE = _statement("""
    UPDATE jobs SET status = :status, reason = :reason, leased = false,
        finished = CASE WHEN :finished THEN COALESCE(jobs.finished, :now) END
    FROM (SELECT id, status AS before FROM jobs WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE) AS was
    WHERE jobs.id = was.id AND was.before = ANY (:open)
    RETURNING jobs.id, run_id AS parent_id, key, reason, was.before, status AS after, started AS at""")

DELETE = _statement("""
    DELETE FROM jobs WHERE id = :id
    RETURNING id, run_id AS parent_id, key, CAST(NULL AS text) AS reason, status AS before, CAST(NULL AS text) AS after,
        CAST(NULL AS timestamptz) AS at""")

BEAT = text("UPDATE jobs SET updated = :updated WHERE id = :id")
TAKEN = text("SELECT EXISTS (SELECT FROM jobs WHERE run_id = :run_id AND key = :key)")

SILENT = text("""
    SELECT id FROM jobs WHERE finished IS NULL AND NOT leased AND status = ANY (:statuses) AND updated < :since
    ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")

LOCK = text("""
    SELECT jobs.id, jobs.run_id, jobs.key, jobs.status, jobs.started, jobs.finished, jobs.queue_id, jobs.leased,
        jobs.priority, jobs.description_id, jobs.document,
        runs.suite AS run_suite, runs.branch AS run_branch, runs.machine_type AS run_machine_type
    FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE runs.name = :run AND jobs.key = :key FOR NO KEY UPDATE OF jobs
""")

FIND_DESCRIPTION = text("SELECT id FROM descriptions WHERE digest = :digest")
ADD_DESCRIPTION = text("""
    INSERT INTO descriptions (digest, text) VALUES (:digest, :text) ON CONFLICT (digest) DO NOTHING RETURNING id
""")


def create(
    session: Session,
    run_name: str,
    key: str | None,
    report: Mapping[str, Any],
    now: datetime.datetime,
    scheme: Scheme,
    *,
    queue_id: int | None = None,
    updated: datetime.datetime | None = None,
) -> Row[Any]:
    """Create the job ``key`` of a run, and the run when there is none, and return its ``id`` and ``key``.

    Without a key the job is called by a number that no other job was given and that is free in the run; such numbers
    grow. Each new job is one event ``job.<status>``.

    Raises:
        Conflict: the run has a job of that key.
        Invalid: the report names a status that does not exist, or the run's name will not do.
    """
    after = status.reported(None, report)
    if key is not None:
        names.check_key(key)
    run = runs.ensure(session, run_name, report, now, scheme)
    if key is not None and session.scalar(TAKEN, {"run_id": run.run_id, "key": key}):
        raise Conflict(f"job with job_id {key} already exists")
    runs.correct(session, run.run_id, run, report)
    document = documents.merge({}, report)
    values = {
        "run_id": run.run_id,
        "key": key,
        "now": now,
        "leased": False,
        "queue_id": queue_id,
        **_times(None, None, None, after, now),
        **_columns(session, document, None, None),
        "status": after,
        "updated": updated or now,
    }
    while True:
        row = session.execute(INSERT, values).first()
        if row is not None:
            return row
        if key is not None:
            raise Conflict(f"job with job_id {key} already exists")


def lock(session: Session, run_name: str, key: str) -> Row[Any] | None:
    """Return the job ``key`` of a run, locked until the transaction ends, or None; reports of it wait for each other."""
    return session.execute(LOCK, {"run": run_name, "key": key}).first()


def report(
    session: Session,
    job: Row[Any],
    old: Mapping[str, Any],
    said: Mapping[str, Any],
    now: datetime.datetime,
    *,
    queue_id: int | None,
    leased: bool,
    updated: datetime.datetime | None = None,
) -> None:
    """Store what a runner says of ``job``, a row of :func:`lock` whose document is ``old``.

    The run's counters move in the statement that changes the job; a change of status is one event. A status that the
    job does not take any more is left out, and the ``success`` that came with it; so is a new ``priority`` of a job
    that is no longer queued.

    Raises:
        Invalid: ``said`` names a status that does not exist, or cannot be stored.
    """
    after = status.reported(job.status, said)
    dropped = {"success"} if status.refused(job.status, said) else set()
    if job.status != "queued":
        dropped.add("priority")
    said = {name: value for name, value in said.items() if name not in dropped}
    document = documents.merge(old, said)
    runs.correct(session, job.run_id, job, said)
    if document == old and after == job.status and (job.queue_id, job.leased) == (queue_id, leased):
        session.execute(BEAT, {"id": job.id, "updated": updated or now})
        return
    values = {
        "id": job.id,
        "now": now,
        "before": job.status,
        "leased": leased,
        "queue_id": queue_id,
        **_times(job.status, job.started, job.finished, after, now),
        **_columns(session, document, old.get("description"), job.description_id),
        "status": after,
        "updated": updated or now,
    }
    session.execute(UPDATE, values)


def move(
    session: Session,
    ids: Sequence[int],
    after: str,
    now: datetime.datetime,
    *,
    reason: str | None = None,
    before: Sequence[str] = status.OPEN,
) -> int:
    """Set the status of those of the jobs ``ids`` that are in one of ``before`` and return how many they were.

    One statement for any number of jobs of any number of runs; their leases, if any, are the caller's to end.
    """
    values = {
        "ids": list(ids),
        "status": after,
        "open": list(before),
        "now": now,
        "reason": reason,
        "finished": after in status.FINISHED,
    }
    return len(session.execute(MOVE, values).all())


def expire(
    session: Session, before: Sequence[str], silent_since: datetime.datetime, now: datetime.datetime, limit: int
) -> int:
    """End as dead up to ``limit`` jobs in one of the open statuses ``before`` without news since then; return how many.

    A live lease keeps a job: its own end comes first.
    """
    ids = list(session.scalars(SILENT, {"statuses": list(before), "since": silent_since, "limit": limit}))
    return move(session, ids, "dead", now, reason="expired", before=before) if ids else 0


def delete(session: Session, run_name: str, key: str, now: datetime.datetime) -> None:
    """Delete a job. Raises NotFound."""
    job = lock(session, run_name, key)
    if job is None:
        raise NotFound("attempted to delete a non-existent job")
    session.execute(DELETE, {"id": job.id, "now": now})


def _times(
    before: str | None,
    started: datetime.datetime | None,
    finished: datetime.datetime | None,
    after: str,
    now: datetime.datetime,
) -> dict[str, datetime.datetime | None]:
    return {
        "started": now if status.starts(before, after, started=started is not None) else started,
        "finished": (finished or now) if after in status.FINISHED else None,
    }


def _columns(
    session: Session, document: Mapping[str, Any], old_description: str | None, old_id: int | None
) -> dict[str, Any]:
    described = document.get("description")
    same = described == old_description
    return {
        **{column: document.get(name) for column, name in SEARCHED.items()},
        "description_id": old_id if same else _description(session, described),
        "document": documents.dumps(document),
        "answer": documents.answer(document),
    }


def _description(session: Session, described: str | None) -> int | None:
    """Return the id of a description, added when it is new."""
    if described is None:
        return None
    values = {"digest": hashlib.sha256(described.encode()).digest(), "text": described}
    while True:
        found: int | None = session.scalar(FIND_DESCRIPTION, values) or session.scalar(ADD_DESCRIPTION, values)
        if found is not None:
            return found


