"""Whose turn it is: the users of a queue are served one after the other, however many jobs each of them has.

A job of a user waits in a queue of its own, ``<queue>~<user>``, and whoever asks ``<queue>`` asks those too. Of all
that have jobs, the one that was served longest ago comes first, and in it the most urgent job.
"""

import re

USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# Follows the tilde in the order of names.
AFTER = "chr(127)"

# The queues behind the names in ``{names}``, as ``wanted (name)`` and ``queues``; where one is paused its users are.
ASKED = f"""
    unnest({{names}}) AS wanted (name)
    LEFT JOIN queues AS own ON own.name = wanted.name
    CROSS JOIN LATERAL (
        SELECT own.id, own.served, own.paused_until WHERE own.id IS NOT NULL
        UNION ALL
        SELECT id, served, paused_until FROM queues
        WHERE queues.name > wanted.name || '~' AND queues.name < wanted.name || {AFTER}) AS queues"""
OPEN = """COALESCE(own.paused_until <= :now, true) AND COALESCE(queues.paused_until <= :now, true)"""
# The jobs of a queue that machines boot for and nobody has, by the index that hands them out.
READY = "FROM jobs WHERE queue_id = queues.id AND status = 'queued' AND NOT leased AND kind = 'boot'"

# The job to hand out, locked: each queue is looked at once, and the first that still has a job nobody is about to take
# gives it.
HEAD = f"""
    WITH heads AS (
        SELECT queues.id, first.priority, first.run_id, first.id AS job_id,
            row_number() OVER (PARTITION BY wanted.name ORDER BY queues.served NULLS FIRST, first.id) AS turn
        FROM {ASKED.format(names="CAST(:queues AS text[])")}
        CROSS JOIN LATERAL (SELECT id, priority, run_id {READY} ORDER BY priority, run_id, id LIMIT 1) AS first
        WHERE {OPEN}),
    head AS (
        SELECT first.id FROM (SELECT id FROM heads ORDER BY turn, priority, run_id, job_id) AS queues
        CROSS JOIN LATERAL (
            SELECT id {READY} ORDER BY priority, run_id, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) AS first
        LIMIT 1)"""
SERVED = """served AS (
        UPDATE queues SET served = :now FROM moved JOIN jobs ON jobs.id = moved.id WHERE queues.id = jobs.queue_id)"""


def of(queue: str, user: object) -> str:
    """Return the queue for the jobs of a user in ``queue``: that itself for a user who is not called like one."""
    return f"{queue}~{user}" if isinstance(user, str) and USER.fullmatch(user) else queue
