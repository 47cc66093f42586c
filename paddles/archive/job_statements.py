"""The statements that write jobs. Each that changes a status moves the run's counters and appends an event with it."""

import re
from typing import Any

from sqlalchemy import text

from paddles.archive.status import FINISHED, OPEN, RUN_STATUS, STATUSES
from paddles.db import tally
from paddles.db.prepared import hot

# What a report may change. ``document`` and ``answer`` arrive as text.
STORED = (
    "status started finished updated queue_id leased priority username branch sha1 suite flavor machine_type "
    "description_id failure_id document answer"
).split()

_OPEN = " + ".join(f"old.n_{s} + delta.d_{s}" for s in OPEN)
_ALL = " + ".join(f"old.n_{s} + delta.d_{s}" for s in STATUSES)
_RUN_TIMES = {
    "started": "CASE WHEN old.n_running = 0 AND delta.d_running > 0 THEN delta.at ELSE old.started END",
    "finished": f"CASE WHEN {_OPEN} = 0 AND {_ALL} > 0 THEN COALESCE(old.finished, :now) END",
}
# What is over when it is told of may have begun before all others, and ended after them.
_RUN_TIMES_OVER = {
    "started": "LEAST(old.started, delta.at)",
    "finished": f"CASE WHEN {_OPEN} = 0 THEN GREATEST(old.finished, :now) END",
}


def _log(type_: str, run: str, where: str) -> str:
    return f"""logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'job', {type_}, 'runs/' || {run} || '/jobs/' || moved.key,
            jsonb_build_object('run', {run}, 'job', moved.key, 'from', moved.before, 'reason', moved.reason)
        FROM moved {where})"""


# What a run's status was before its jobs moved, and the event where that is another one now.
_WAS = re.sub(r"\bn_(\w+)", r"(old.n_\1 - delta.d_\1)", RUN_STATUS)
_TOLD = f"old.name, old.status, {_WAS} AS was"
_LOG_RUN = """run_logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'run', 'run.' || split_part(status, ' ', 1), 'runs/' || name,
            jsonb_build_object('run', name, 'status', status, 'from', was)
        FROM counted WHERE status <> was)"""
_LOG_ONE = _log("'job.' || moved.after", "CAST(:run AS text)", "")
_LOG_GONE = _log("'job.deleted'", "CAST(:run AS text)", "")
_LOG_MANY = _log(
    "'job.' || moved.after",
    "runs.name",
    "JOIN runs ON runs.id = moved.parent_id WHERE moved.before IS DISTINCT FROM moved.after",
)


def _one(moved: str, before: str | None, after: str | None) -> Any:
    then = f"{_LOG_GONE if after is None else _LOG_ONE}, {_LOG_RUN}"
    times = _RUN_TIMES_OVER if before is None and after in FINISHED else _RUN_TIMES
    statement = tally.one(moved, before, after, parent="runs", statuses=STATUSES, also=times, then=then, told=_TOLD)
    return hot(statement, "id parent_id key reason before after at")


def started(head: str, more: str) -> Any:
    """Return the statement that starts the queued job whose id ``head``, a SELECT, finds, if it finds one.

    ``more`` are further common table expressions, which read the job as ``moved``: whoever hands jobs out records
    there to whom. It takes ``:now``, and what ``head`` and ``more`` take; the row is the job's.
    """
    moved = f"""
        {head}
        UPDATE jobs SET status = 'running', leased = true, attempt = attempt + 1, reason = NULL, updated = :now,
            started = :now, finished = NULL
        FROM head WHERE jobs.id = head.id
        RETURNING jobs.id, run_id AS parent_id, jobs.key, reason, CAST('queued' AS text) AS before, status AS after,
            started AS at, attempt, document"""
    logged = _log("'job.running'", "runs.name", "JOIN runs ON runs.id = moved.parent_id")
    then = f"{logged}, {_LOG_RUN}, {more}"
    statement = tally.one(
        moved, "queued", "running", parent="runs", statuses=STATUSES, also=_RUN_TIMES, then=then, told=_TOLD
    )
    return hot(statement, "id parent_id key reason before after at attempt document")


def _placeholder(column: str) -> str:
    return f"CAST(:{column} AS json)" if column in ("document", "answer") else f":{column}"


def _returning(before: str | None) -> str:
    was = f"'{before}'" if before else "NULL"
    return f"""RETURNING id, run_id AS parent_id, key, reason, CAST({was} AS text) AS before, status AS after,
        started AS at"""


# A job that nobody gave a key is called by its number.
_INSERT = f"""
    INSERT INTO jobs (id, run_id, key, kind, posted, {", ".join(STORED)})
    SELECT new.id, :run_id, COALESCE(:key, CAST(new.id AS text)), :kind, :posted, {", ".join(map(_placeholder, STORED))}
    FROM (SELECT nextval(pg_get_serial_sequence('jobs', 'id')) AS id) AS new
    ON CONFLICT (run_id, key) DO NOTHING {_returning(None)}"""
_REPORTED = f"reason = :reason, {', '.join(f'{column} = {_placeholder(column)}' for column in STORED)}"


def _update(before: str, after: str) -> str:
    # Only a job that waits is held, and by nobody once it does no more.
    let_go = ", held_by = NULL" if before == "waiting" != after else ""
    return f"UPDATE jobs SET {_REPORTED}{let_go} WHERE id = :id {_returning(before)}"


# By the status of the new job; by the status before and after a report.
INSERT = {after: _one(_INSERT, None, after) for after in STATUSES}
UPDATE = {(before, after): _one(_update(before, after), before, after) for before in STATUSES for after in STATUSES}
DELETE = {before: _one(f"DELETE FROM jobs WHERE id = :id {_returning(before)}", before, None) for before in STATUSES}
MOVE = text(
    tally.many(
        """
    UPDATE jobs SET status = :status, reason = :reason, leased = false,
        held_by = CASE WHEN :status = 'waiting' THEN jobs.held_by END,
        started = CASE WHEN :status = 'running' THEN :now ELSE jobs.started END,
        finished = CASE WHEN :finished THEN COALESCE(jobs.finished, :now) END
    FROM (SELECT id, status AS before FROM jobs WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE) AS was
    WHERE jobs.id = was.id AND was.before = ANY (:from)
    RETURNING jobs.id, run_id AS parent_id, key, reason, was.before, status AS after, started AS at""",
        parent="runs",
        statuses=STATUSES,
        also=_RUN_TIMES,
        then=f"{_LOG_MANY}, {_LOG_RUN}",
        told=_TOLD,
    )
)
# What is given for each of several new jobs of a run, and what it is in the database.
GIVEN = {"key": "text", "status": "text", "reason": "text", "queue_id": "bigint", "document": "text"}
INSERT_MANY = hot(
    tally.many(
        f"""
    INSERT INTO jobs (run_id, kind, priority, suite, posted, updated, answer, key, status, reason, queue_id, document,
        finished)
    SELECT :run_id, :kind, :priority, :suite, :now, :now, CAST(:answer AS json), key, status, reason, queue_id,
        CAST(document AS json), CASE WHEN status IN {FINISHED} THEN CAST(:now AS timestamptz) END
    FROM unnest({", ".join(f"CAST(:{column} AS {kind}[])" for column, kind in GIVEN.items())})
        WITH ORDINALITY AS new ({", ".join(GIVEN)}, place) ORDER BY place
    ON CONFLICT (run_id, key) DO NOTHING {_returning(None)}""",
        parent="runs",
        statuses=STATUSES,
        also=_RUN_TIMES,
        then=f"{_LOG_MANY}, {_LOG_RUN}",
        told=_TOLD,
    ),
    "id parent_id key reason before after at",
)
BEAT = hot("UPDATE jobs SET updated = :updated WHERE id = :id")

# What there is already of a job that is to be made: whether a run has one of its key, and its description.
KNOWN = hot(
    """
    SELECT EXISTS (SELECT FROM jobs JOIN runs ON runs.id = jobs.run_id WHERE runs.name = :run AND jobs.key = :key),
        (SELECT id FROM descriptions WHERE digest = :digest)""",
    "taken description_id",
)
_ROW = """jobs.id, jobs.run_id, jobs.key, jobs.kind, jobs.status, jobs.reason, jobs.started, jobs.finished,
    jobs.queue_id, jobs.leased, jobs.held_by, jobs.priority, jobs.attempt, jobs.description_id, jobs.failure_id,
    jobs.document, runs.name AS run, runs.suite AS run_suite, runs.branch AS run_branch,
    runs.machine_type AS run_machine_type"""
_ROW_NAMES = """id run_id key kind status reason started finished queue_id leased held_by priority attempt
    description_id failure_id document run run_suite run_branch run_machine_type"""
LOCK = hot(
    f"""
    SELECT {_ROW} FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE runs.name = :run AND jobs.key = :key FOR NO KEY UPDATE OF jobs""",
    _ROW_NAMES,
)
LOCK_NUMBERED = hot(
    f"""
    SELECT {_ROW} FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE jobs.id = :id AND jobs.kind = :kind FOR NO KEY UPDATE OF jobs""",
    _ROW_NAMES,
)
SILENT = text("""
    SELECT id FROM jobs WHERE finished IS NULL AND NOT leased AND updated < :since
        AND NOT (held_by IS NOT NULL AND status = 'waiting') AND kind || ' ' || status = ANY (:which)
    ORDER BY updated LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
