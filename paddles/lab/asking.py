"""Machines that ask for work: by name or MAC address; what they held before is over."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import jobs
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.events import log
from paddles.lab import leases, machines, turns

MOST_QUEUES = 100

# One statement answers a machine for which there is nothing: each of its queues is probed at its front.
_LOOK = """
    SELECT asking.id, asking.name, asking.queues,
        EXISTS (SELECT FROM leases WHERE machine_id = asking.id AND ended IS NULL) AS busy,
        EXISTS (
            SELECT FROM {asked} CROSS JOIN LATERAL (SELECT id {ready} LIMIT 1) AS first WHERE {open}) AS waiting
    FROM ({asking}) AS asking"""
_BY_NAME = """
    SELECT machines.id, said.name,
        CASE WHEN machines.queues <> '{}' THEN machines.queues ELSE ARRAY[CAST(:group AS text)] END AS queues
    FROM (SELECT CAST(:name AS text) AS name) AS said LEFT JOIN machines ON machines.name = said.name"""
_BY_MAC = """
    SELECT machines.id, machines.name, machines.queues FROM macs JOIN machines ON machines.id = macs.machine_id
    WHERE macs.mac = :mac"""
_TURNS = {"asked": turns.ASKED.format(names="asking.queues"), "ready": turns.READY, "open": turns.OPEN}
NAMED = hot(_LOOK.format(asking=_BY_NAME, **_TURNS), "id name queues busy waiting")
BY_MAC = hot(_LOOK.format(asking=_BY_MAC, **_TURNS), "id name queues busy waiting")
LOCK = hot("SELECT id FROM machines WHERE id = :id FOR NO KEY UPDATE")
HELD = hot("""
    SELECT jobs.id FROM leases JOIN jobs ON jobs.id = leases.job_id
    WHERE leases.machine_id = :machine_id AND leases.ended IS NULL ORDER BY jobs.id FOR NO KEY UPDATE OF jobs
""")
# Asked once more of those whose jobs are locked now: one may have been taken from the machine while it was waited for.
ABANDON = text(f"""
    WITH ended AS (
    UPDATE leases SET ended = :now, outcome = CASE
        WHEN leases.heard IS NULL AND jobs.attempt < :max_attempts THEN 'unheard' ELSE 'abnormal' END
    FROM jobs
    WHERE jobs.id = leases.job_id AND leases.machine_id = :machine_id AND leases.job_id = ANY (:ids)
        AND leases.ended IS NULL
    RETURNING leases.job_id, leases.outcome, jobs.key, jobs.run_id),
    {leases.LOGGED_END}
    SELECT job_id, outcome FROM ended
""")
BOOTED = hot("""
    SELECT jobs.id, jobs.status, jobs.reason, jobs.attempt, jobs.document, machines.name AS machine
    FROM jobs LEFT JOIN LATERAL (
        SELECT machine_id FROM leases WHERE job_id = jobs.id ORDER BY id DESC LIMIT 1) AS newest ON true
    LEFT JOIN machines ON machines.id = newest.machine_id
    WHERE jobs.id = :id AND jobs.kind = 'boot'
""")
SET_QUEUES = text("UPDATE machines SET queues = :queues WHERE name = :name RETURNING id")


def named(session: Session, name: str, group: str, now: datetime.datetime) -> Row[Any]:
    """Look what there is for the machine ``name``, known or not, which asks the queue ``group`` if told no others.

    The row, for :func:`take`, has ``id`` (None: not registered), ``name``, ``queues``, ``busy`` (it holds a job) and
    ``waiting`` (there is one to take). Nothing is changed.
    """
    return session.execute(NAMED, {"name": name, "group": group, "now": now}).one()


def by_mac(session: Session, mac: str, now: datetime.datetime) -> Row[Any] | None:
    """Do what :func:`named` does for the machine known by a MAC address, or return None when there is none."""
    return session.execute(BY_MAC, {"mac": mac, "now": now}).first()


def take(
    session: Session, asked: Row[Any], now: datetime.datetime, ttl: datetime.timedelta, max_attempts: int
) -> Row[Any] | None:
    """End what the machine held before, start the most urgent job there is for it, and return that, or None.

    A machine that asks has forgotten what it did: see :func:`abandon`. The row is that of ``leases.start``. A machine
    that nobody knew is registered by its first job.

    Raises:
        Invalid: no machine can be called so.
    """
    if not asked.busy and not asked.waiting:
        return None
    machine_id = asked.id or machines.ensure(session, asked.name)
    if session.scalar(LOCK, {"id": machine_id}) is None:
        return None  # somebody has just deleted it; it is registered anew when it asks again
    # Looked at again, since the machine may have asked twice at the same time.
    abandon(session, machine_id, now, max_attempts)
    return leases.start(session, machine_id, asked.queues, now, ttl)


def abandon(session: Session, machine_id: int, now: datetime.datetime, max_attempts: int) -> None:
    """End the leases of a machine, whose row the caller has locked, on the jobs that it holds.

    A job of which it has said something is dead, ``abnormal``. One of which nothing was heard may never have reached
    it, its answer being lost on the way: it is queued again, unless it was started ``max_attempts`` times.
    """
    held = list(session.scalars(HELD, {"machine_id": machine_id}))
    if not held:
        return
    values = {"machine_id": machine_id, "ids": held, "now": now, "max_attempts": max_attempts}
    ended = session.execute(ABANDON, values).all()
    for outcome, after, reason in (("unheard", "queued", None), ("abnormal", "dead", "abnormal")):
        if ids := [lease.job_id for lease in ended if lease.outcome == outcome]:
            jobs.move(session, ids, after, now, reason=reason)


def booted(session: Session, job_id: int) -> Row[Any]:
    """Return ``id status reason attempt document`` of a job that machines boot for, and its ``machine``.

    ``machine`` is the name of the one that holds it or held it last, None before the first. Raises NotFound.
    """
    row = session.execute(BOOTED, {"id": job_id}).first()
    if row is None:
        raise NotFound(f"there is no job {job_id}")
    return row


def set_queues(session: Session, name: str, queues: Sequence[str]) -> None:
    """Have the machine ``name``, registered when nobody knows it, ask these queues.

    Raises:
        Invalid: there are more than ``MOST_QUEUES``, or no machine can be called so.
    """
    if len(queues) > MOST_QUEUES:
        raise Invalid(f"a machine asks at most {MOST_QUEUES} queues")
    machines.ensure(session, name)
    _set_queues(session, name, list(dict.fromkeys(queues)))


def reset_queues(session: Session, name: str, group: str) -> None:
    """Have the machine ``name`` ask the queue ``group`` alone; nothing happens when nobody knows it."""
    _set_queues(session, name, [group])


def _set_queues(session: Session, name: str, queues: list[str]) -> None:
    if session.scalar(SET_QUEUES, {"name": name, "queues": queues}) is not None:
        log.append(session, "machine", "machine.queues", f"nodes/{name}", {"machine": name, "queues": queues})
