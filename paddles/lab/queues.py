"""Queues: made by the first job that names them or by hand; paused and counted."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Forbidden, Invalid
from paddles.events import actions, log

PAUSED = "queue.paused"
FIND = hot("SELECT id FROM queues WHERE name = :name")
ADD = text("""
    WITH made AS (INSERT INTO queues (name) VALUES (:name) ON CONFLICT (name) DO NOTHING RETURNING id, name),
    logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'queue', 'queue.created', 'queue/' || name, jsonb_build_object('queue', name) FROM made)
    SELECT id FROM made
""")
_WANTED = "unnest(CAST(:names AS text[]), CAST(:patterns AS text[])) AS wanted (name, pattern)"
FIND_ALL = hot(
    f"""
    SELECT queues.id, queues.name FROM {_WANTED} JOIN queues ON queues.name = wanted.name
    WHERE wanted.pattern IS NULL OR queues.pattern IS NOT DISTINCT FROM wanted.pattern""",
    "id name",
)
ADD_ALL = text(f"""
    WITH made AS (
        INSERT INTO queues AS old (name, pattern) SELECT name, pattern FROM {_WANTED} ORDER BY name
        ON CONFLICT (name) DO UPDATE SET pattern = excluded.pattern
            WHERE excluded.pattern IS NOT NULL AND old.pattern IS DISTINCT FROM excluded.pattern
        RETURNING name, xmax = 0 AS fresh)
    INSERT INTO events (channel, type, subject, data)
    SELECT 'queue', 'queue.created', 'queue/' || name, jsonb_build_object('queue', name) FROM made WHERE fresh
""")
LOCK = text("SELECT id, name, paused_by, paused_since, paused_until FROM queues WHERE name = :name FOR NO KEY UPDATE")
PAUSE = text("""
    UPDATE queues SET paused_by = :paused_by, paused_since = :paused_since, paused_until = :paused_until WHERE id = :id
""")
LIST = text("""
    SELECT id, name, paused_by, paused_since, paused_until FROM queues
    WHERE (CAST(:name AS text) IS NULL OR name = :name) AND (CAST(:paused_by AS text) IS NULL OR paused_by = :paused_by)
    ORDER BY name
""")
COUNT = hot("""
    SELECT id, name, paused_by, paused_since, paused_until,
        (SELECT count(*) FROM jobs WHERE queue_id = queues.id AND status = 'queued') AS queued
    FROM queues WHERE name = :name
""")
# Why a queue is paused stands in the log, beside the action by which it was. The clocks of who notes both are not one.
WHY = text(f"""
    SELECT queues.name, told.reason FROM queues CROSS JOIN LATERAL (
        SELECT data ->> 'reason' AS reason FROM events
        WHERE at BETWEEN paused_since - interval '1 second' AND paused_since + interval '1 minute'
            AND channel = '{actions.CHANNEL}' AND type = '{PAUSED}' AND subject = 'queue/' || queues.name
        ORDER BY id DESC LIMIT 1) AS told
    WHERE queues.name = ANY (:names) AND told.reason <> ''
""")


def ensure(session: Session, name: str | None) -> int | None:
    """Return the id of the queue ``name``, made when there is none; None for no name."""
    if not name:
        return None
    while True:
        found: int | None = session.scalar(FIND, {"name": name}) or session.scalar(ADD, {"name": name})
        if found is not None:
            return found


def ensure_all(session: Session, patterns: Mapping[str, str | None]) -> dict[str, int]:
    """Return the ids of the queues that are the keys of ``patterns``, made where there are none.

    A value that is not None becomes the ``pattern`` of its queue.
    """
    names = sorted(patterns)
    values = {"names": names, "patterns": [patterns[name] for name in names]}
    while True:
        found = session.execute(FIND_ALL, values).all()
        if len(found) == len(names):
            return {queue.name: int(queue.id) for queue in found}
        session.execute(ADD_ALL, values)


def create(session: Session, name: str) -> None:
    """Create the queue ``name``. Raises Conflict when there is one."""
    if session.scalar(ADD, {"name": name}) is None:
        raise Conflict(f"Queue {name} already exists")


def listed(session: Session, name: str | None, paused_by: str | None) -> Sequence[Row[Any]]:
    """Return the queues, by name; only the queue ``name`` and only those paused by somebody, where these are given."""
    return session.execute(LIST, {"name": name, "paused_by": paused_by}).all()


def counted(session: Session, name: str) -> Row[Any]:
    """Return the queue ``name`` with ``queued``, the number of jobs that wait in it.

    Raises:
        Invalid: there is no such queue.
    """
    row = session.execute(COUNT, {"name": name}).first()
    if row is None:
        raise Invalid("specified queue does not exist")
    return row


def paused(queue: Row[Any], now: datetime.datetime) -> bool:
    """Say whether nothing is handed out of ``queue`` now."""
    return queue.paused_until is not None and queue.paused_until > now


def whys(session: Session, names: Sequence[str]) -> dict[str, str]:
    """Return why paused queues are, by their names, as far as who paused them said so and the log still knows."""
    return {row.name: row.reason for row in session.execute(WHY, {"names": list(names)})} if names else {}


def pause(session: Session, name: str, seconds: float, paused_by: str | None, now: datetime.datetime) -> None:
    """Hand nothing out of a queue for ``seconds`` from now; 0 ends a pause.

    Raises:
        Invalid: there is no such queue, or nobody is named as the one who pauses it.
        Forbidden: it is paused already.
    """
    queue = _locked(session, name)
    if seconds == 0:
        _set(session, queue, None, None, None, by=paused_by)
        return
    if not paused_by:
        raise Invalid("Cannot pause without specifying paused_by")
    if paused(queue, now):
        raise Forbidden("Cannot pause an already-paused queue")
    _set(session, queue, paused_by, now, now + datetime.timedelta(seconds=seconds), by=paused_by)


def describe(session: Session, name: str, changes: dict[str, Any]) -> None:
    """Set ``paused_by``, ``paused_since`` and ``paused_until`` of a queue as given; those not given stay.

    Raises:
        Invalid: there is no such queue.
    """
    queue = _locked(session, name)
    before = {field: getattr(queue, field) for field in ("paused_by", "paused_since", "paused_until")}
    after = before | changes
    if after != before:
        _set(session, queue, **after, by=after["paused_by"])


def _locked(session: Session, name: str) -> Row[Any]:
    queue = session.execute(LOCK, {"name": name}).first()
    if queue is None:
        raise Invalid("specified queue does not exist")
    return queue


def _set(
    session: Session,
    queue: Row[Any],
    paused_by: str | None,
    paused_since: datetime.datetime | None,
    paused_until: datetime.datetime | None,
    *,
    by: str | None,
) -> None:
    values = {"paused_by": paused_by, "paused_since": paused_since, "paused_until": paused_until}
    session.later(PAUSE, {"id": queue.id, **values})
    event = PAUSED if paused_until else "queue.resumed"
    log.append(session, "queue", event, f"queue/{queue.name}", {"queue": queue.name, "by": by})
