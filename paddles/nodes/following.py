"""Nodes follow the jobs behind them, by the log of events: what became of a job becomes of its node.

A report of a job knows nothing of nodes, and costs nothing for them. The sweep reads what happened to jobs since it
last looked and brings their nodes up to date, in the transaction in which it notes how far it has read. It goes by how
a job stands now, and by what its node knows already: doing it twice changes nothing.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.events import followers
from paddles.nodes import moves, outcomes, planting, statements, verdicts
from paddles.nodes.states import Move
from paddles.nodes.verdicts import Job, Known

NAME = "nodes"
CHANNELS = ("job", "test")
STORED = "test.stored"
# About so many nodes are planted in one transaction: readers of the log wait for it.
MOST_PLANTED = 5000
# So many events are looked through in one: most are of jobs that have no node.
AT_ONCE = 5000

BEHIND = text("""
    SELECT nodes.id, nodes.job_id, CAST(told.place AS integer) - 1 AS place
    FROM unnest(CAST(:runs AS text[]), CAST(:keys AS text[])) WITH ORDINALITY AS told (run, key, place)
    JOIN runs ON runs.name = told.run JOIN jobs ON jobs.run_id = runs.id AND jobs.key = told.key
    JOIN nodes ON nodes.job_id = jobs.id ORDER BY told.place
""")
# The machine that has a job, or had it last; of one whose holder has no name, a machine that its reports name.
JOBS = text("""
    SELECT jobs.id, status, reason, document ->> 'failure_reason' AS failure,
        (SELECT machines.name FROM machines WHERE machines.id = COALESCE(
            (SELECT machine_id FROM leases WHERE job_id = jobs.id ORDER BY leases.id DESC LIMIT 1),
            (SELECT min(machine_id) FROM job_machines WHERE job_id = jobs.id))) AS machine
    FROM jobs WHERE jobs.id = ANY (:ids)
""")


def follow(session: Session, now: datetime.datetime, limit: int) -> int:
    """Bring nodes up to date with the jobs behind them that the next events are about; return how many nodes.

    ``limit`` where there is more to do. A node that somebody has told of since this transaction began waits for the
    next round, and with it all events from the first of its job on: they are acted on again then, which changes nothing
    where it was done.
    """
    page = followers.read(session, NAME, CHANNELS, AT_ONCE)
    about = _about(session, page.events)
    ids = sorted({row.id for row in about})
    nodes = _lock(session, ids, now)
    late = {node.id for node in nodes if not node.latest}
    first_late = min((row.place for row in about if row.id in late), default=len(page.events))
    planted = _plant(session, page.events, [row for row in about if row.id not in late], now)
    if any(page.events[row.place].type == STORED for row in about):
        # A node that waited for a test which is ended now is done itself.
        nodes = _lock(session, ids, now)
    settled = _settle(session, [node for node in nodes if node.id not in late], now)
    done = min(first_late, planted)
    if done == len(page.events):
        followers.move(session, NAME, page.upto)
    elif done:
        followers.move(session, NAME, followers.place(page.events[done - 1]))
    more = planted < first_late or done == AT_ONCE
    return limit if more else settled


def _lock(session: Session, ids: Sequence[str], now: datetime.datetime) -> Sequence[Row[Any]]:
    return session.execute(statements.LOCK_BACKED, {"ids": ids, "now": now}).all() if ids else []


def _about(session: Session, events: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Return the nodes that have the jobs of some events behind them: ``id``, ``job_id``, and the event's ``place``.

    What users say on these channels is looked at too: nodes go by how their jobs stand, not by what is said.
    """
    if not events:
        return []
    said = [orjson.loads(event.data) for event in events]
    values = {"runs": [_word(each, "run") for each in said], "keys": [_word(each, "job") for each in said]}
    return session.execute(BEHIND, values).all()


def _plant(session: Session, events: Sequence[Row[Any]], about: Sequence[Row[Any]], now: datetime.datetime) -> int:
    """Put the tests of jobs below their nodes; return how many of the events are done with when it was enough."""
    planted, seen = 0, set()
    for row in about:
        if events[row.place].type != STORED or row.id in seen:
            continue
        if planted >= MOST_PLANTED:
            return int(row.place)
        planted += planting.plant(session, row.id, outcomes.of_job(session, row.job_id), now)
        seen.add(row.id)
    return len(events)


def _settle(session: Session, nodes: Sequence[Row[Any]], now: datetime.datetime) -> int:
    """Let nodes, which are locked, know how their jobs stand; return to how many that was new."""
    if not nodes:
        return 0
    jobs = {job.id: _job(job) for job in session.execute(JOBS, {"ids": [node.job_id for node in nodes]})}
    after = [move for node in nodes if (move := _move(node, jobs))]
    moves.make(session, nodes, after, now)
    return len(after)


def _move(node: Row[Any], jobs: Mapping[int, Job]) -> Move | None:
    job = jobs.get(node.job_id)
    return verdicts.of_job(Known(node.id, node.state, node.result, node.job_status), job) if job else None


def _word(said: Any, name: str) -> str | None:
    value = said.get(name) if isinstance(said, dict) else None
    return value if isinstance(value, str) else None


def _job(row: Row[Any]) -> Job:
    return Job(row.status, row.reason, row.failure, row.machine)
