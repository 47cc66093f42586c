"""A job with all that its row leads to, and what became of others of its description."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound

# So many of a description are looked at; of its first machines so many jobs on either side of it. What is larger of a
# document is not read to be shown.
LOOKED, MACHINES, BESIDE = 200, 4, 6
LARGEST = 256 * 1024
WHOLE = text(f"""
    SELECT jobs.id, jobs.key, jobs.kind, jobs.status, jobs.reason, jobs.attempt,
        CASE jobs.status WHEN 'waiting' THEN jobs.held_by END AS held_by, jobs.priority,
        jobs.username, jobs.branch, jobs.sha1, jobs.suite, jobs.flavor, jobs.machine_type, jobs.description_id,
        jobs.failure_id, jobs.posted, jobs.started, jobs.updated, jobs.finished, jobs.run_id, runs.name AS run,
        descriptions.text AS description, queues.name AS queue,
        octet_length(CAST(jobs.document AS text)) AS size,
        CASE WHEN octet_length(CAST(jobs.document AS text)) <= {LARGEST} THEN jobs.document END AS document,
        jobs.document ->> 'failure_reason' AS failure_reason,
        (SELECT array_agg(machines.name ORDER BY machines.name)
            FROM job_machines JOIN machines ON machines.id = job_machines.machine_id
            WHERE job_machines.job_id = jobs.id) AS machines
    FROM jobs JOIN runs ON runs.id = jobs.run_id
    LEFT JOIN descriptions ON descriptions.id = jobs.description_id
    LEFT JOIN queues ON queues.id = jobs.queue_id
    WHERE runs.name = :run AND jobs.key = :key
""")
AROUND = hot(
    f"""
    WITH alike AS (
        SELECT id FROM jobs WHERE description_id = :description_id ORDER BY posted DESC, id DESC LIMIT {LOOKED}),
    near AS (
        SELECT DISTINCT beside.job_id AS id
        FROM (SELECT machine_id FROM job_machines WHERE job_id = :id ORDER BY 1 LIMIT {MACHINES}) AS own
        CROSS JOIN LATERAL (
            (SELECT job_id FROM job_machines WHERE machine_id = own.machine_id AND job_id < :id
                ORDER BY job_id DESC LIMIT {BESIDE})
            UNION ALL
            (SELECT job_id FROM job_machines WHERE machine_id = own.machine_id AND job_id > :id
                ORDER BY job_id LIMIT {BESIDE})) AS beside)
    SELECT jobs.id, jobs.key, runs.name AS run, jobs.status, jobs.branch, jobs.machine_type, jobs.posted, jobs.started,
        jobs.finished, CAST(extract(epoch FROM jobs.finished - jobs.started) AS double precision) AS duration_s,
        (SELECT array_agg(machines.name ORDER BY machines.name)
            FROM job_machines JOIN machines ON machines.id = job_machines.machine_id
            WHERE job_machines.job_id = jobs.id) AS machines, around.alike
    FROM (SELECT id, true AS alike FROM alike UNION ALL SELECT id, false FROM near) AS around
    JOIN jobs ON jobs.id = around.id JOIN runs ON runs.id = jobs.run_id
    ORDER BY jobs.posted DESC, jobs.id DESC""",
    "id key run status branch machine_type posted started finished duration_s machines alike",
)
PASSED = hot(
    f"""
    SELECT jobs.key, runs.name AS run, jobs.posted, jobs.branch, jobs.sha1,
        CASE WHEN octet_length(CAST(jobs.document AS text)) <= {LARGEST} THEN jobs.document END AS document
    FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE jobs.description_id = :description_id AND jobs.status = 'pass' AND (jobs.posted, jobs.id) < (:posted, :id)
    ORDER BY jobs.posted DESC, jobs.id DESC LIMIT 1""",
    "key run posted branch sha1 document",
)


def one(session: Session, run_name: str, key: str) -> Row[Any]:
    """Return a job with its description, its queue and its machines, of which there may be none.

    ``document`` is None where it has more than ``LARGEST`` bytes; its ``size`` is known all the same. Raises NotFound.
    """
    row = session.execute(WHOLE, {"run": run_name, "key": key}).first()
    if row is None:
        raise NotFound(f"no job {key} in run {run_name}")
    return row


def around(session: Session, job: Row[Any]) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """Return the ``LOOKED`` newest jobs of the description of a job, which is among them, and its machines' neighbours.

    The latter were made before and after it, in so many on each of its first ``MACHINES``. Rows of both, the newest
    first: ``id key run status branch machine_type posted started finished duration_s machines``.
    """
    rows = session.execute(AROUND, {"description_id": job.description_id, "id": job.id}).all()
    return [row for row in rows if row.alike], [row for row in rows if not row.alike]


def passed(session: Session, job: Row[Any]) -> Row[Any] | None:
    """Return the last job of the same description that passed before this one, None where there is none.

    Rows: ``key run posted branch sha1`` and the ``document``, None where it is too large.
    """
    if job.description_id is None:
        return None
    values = {"description_id": job.description_id, "posted": job.posted, "id": job.id}
    return session.execute(PASSED, values).first()
