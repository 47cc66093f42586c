"""Webhooks: addresses that are told of events. Who is to be told what, what is due, and what became of it."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.events import feed, log, signatures, targets
from paddles.events.log import Position

MOST_TOPICS, LONGEST_TOPIC = 100, 256
# How often an event is tried, and between two tries twice the time of before, in seconds: for a day and a half.
MOST_ATTEMPTS, SOONEST_S, LATEST_S = 16, 10, 6 * 3600
OTHERS_S = 60
# For how long whoever took a delivery keeps it from others.
CLAIM_S = 120
# How many deliveries of one webhook are taken at once, and of how many webhooks.
TAKEN, HOOKS = 20, 8

_SHOWN = "id, url, topics, username, created"
ADD = text(f"""
    INSERT INTO webhooks (url, secret, topics, username, created, xid, event_id)
    VALUES (:url, :secret, :topics, :username, :now, CAST(CAST(:xid AS text) AS xid8), :event_id) RETURNING {_SHOWN}
""")
LIST = text(f"""
    SELECT {_SHOWN}, (SELECT count(*) FROM deliveries WHERE webhook_id = webhooks.id AND status = 'due') AS due,
        (SELECT count(*) FROM deliveries WHERE webhook_id = webhooks.id AND status = 'dead') AS dead
    FROM webhooks WHERE CAST(:id AS bigint) IS NULL OR id = :id ORDER BY id
""")
CHANGE = text("""
    UPDATE webhooks SET url = COALESCE(:url, url), secret = COALESCE(:secret, secret),
        topics = COALESCE(:topics, topics)
    WHERE id = :id RETURNING id
""")
DELETE = text("DELETE FROM webhooks WHERE id = :id RETURNING id")
DELIVERIES = text("""
    SELECT id, event, status, attempts, next_try, fault FROM deliveries
    WHERE webhook_id = :id AND (CAST(:status AS text) IS NULL OR status = :status) ORDER BY id LIMIT :limit
""")
REVIVE = text("""
    UPDATE deliveries SET status = 'due', attempts = 0, next_try = :now WHERE webhook_id = :id AND status = 'dead'
""")
FOLLOWERS = text("""
    SELECT id, topics, CAST(CAST(xid AS text) AS bigint) AS xid, event_id FROM webhooks ORDER BY id
    FOR NO KEY UPDATE SKIP LOCKED
""")
ENQUEUE = text("""
    INSERT INTO deliveries (webhook_id, event, next_try)
    SELECT :id, CAST(event AS json), :now FROM unnest(CAST(:events AS text[])) WITH ORDINALITY AS new (event, place)
    ORDER BY place
""")
MOVE = text("""
    UPDATE webhooks SET xid = CAST(CAST(:xid AS text) AS xid8), event_id = :event_id WHERE id = :id
""")
# The oldest that are due, of each of some webhooks.
TAKE = text("""
    WITH hooks AS (
        SELECT id, url, secret FROM webhooks
        WHERE EXISTS (SELECT FROM deliveries WHERE webhook_id = webhooks.id AND status = 'due' AND next_try <= :now)
        ORDER BY id LIMIT :hooks FOR NO KEY UPDATE SKIP LOCKED),
    due AS (
        SELECT first.id, hooks.url, hooks.secret FROM hooks CROSS JOIN LATERAL (
            SELECT id FROM deliveries WHERE webhook_id = hooks.id AND status = 'due' AND next_try <= :now
            ORDER BY id LIMIT :many) AS first)
    UPDATE deliveries SET next_try = :claimed FROM due WHERE deliveries.id = due.id
    RETURNING deliveries.id, webhook_id, event, attempts, next_try, due.url, due.secret
""")
TAKEN_WELL = text("DELETE FROM deliveries WHERE id = :id")
FAILED = text("""
    UPDATE deliveries SET attempts = attempts + 1, fault = :fault, next_try = :next_try,
        status = CASE WHEN attempts + 1 >= :most THEN 'dead' ELSE status END
    WHERE id = :id
""")
# The others of a webhook that was not reached are not tried at once: it would be asked as often as something happens.
POSTPONE = text("""
    UPDATE deliveries SET next_try = :next_try WHERE webhook_id = :id AND status = 'due' AND next_try < :next_try
""")
GIVE_BACK = text("""
    UPDATE deliveries SET next_try = :next_try WHERE webhook_id = :id AND status = 'due' AND next_try = :claimed
""")
FORGET = text("""
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries WHERE status = 'dead' AND next_try < :before ORDER BY id LIMIT :limit)
""")


def create(
    session: Session, url: str, secret: str | None, topics: Sequence[str], username: str, now: datetime.datetime
) -> tuple[Row[Any], str]:
    """Have an address told of all events of ``topics`` from now on; return the webhook, and its secret.

    Raises:
        Invalid: the address, the secret or the topics cannot be.
    """
    kept = signatures.make() if secret is None else signatures.check(secret)
    place = log.now(session)
    values = {"url": targets.check(url), "secret": kept, "topics": _topics(topics), "username": username, "now": now}
    return session.execute(ADD, {**values, "xid": str(place.xid), "event_id": place.id}).one(), kept


def listed(session: Session, webhook_id: int | None = None) -> Sequence[Row[Any]]:
    """Return all webhooks, or the one: ``id url topics username created``, and how many deliveries are due and dead."""
    return session.execute(LIST, {"id": webhook_id}).all()


def find(session: Session, webhook_id: int) -> Row[Any]:
    """Return a webhook as :func:`listed` does. Raises NotFound."""
    for found in listed(session, webhook_id):
        return found
    raise NotFound(f"there is no webhook {webhook_id}")


def change(
    session: Session, webhook_id: int, url: str | None, secret: str | None, topics: Sequence[str] | None
) -> None:
    """Change what is given of a webhook. Raises NotFound, and Invalid as :func:`create`."""
    values = {
        "id": webhook_id,
        "url": None if url is None else targets.check(url),
        "secret": None if secret is None else signatures.check(secret),
        "topics": None if topics is None else _topics(topics),
    }
    if session.scalar(CHANGE, values) is None:
        raise NotFound(f"there is no webhook {webhook_id}")


def delete(session: Session, webhook_id: int) -> None:
    """Tell an address nothing more, of what is due neither. Raises NotFound."""
    if session.scalar(DELETE, {"id": webhook_id}) is None:
        raise NotFound(f"there is no webhook {webhook_id}")


def deliveries(session: Session, webhook_id: int, status: str | None, limit: int) -> Sequence[Row[Any]]:
    """Return what a webhook was not told yet, ``due`` or ``dead`` where that is asked for, the oldest first."""
    find(session, webhook_id)
    return session.execute(DELIVERIES, {"id": webhook_id, "status": status, "limit": limit}).all()


def revive(session: Session, webhook_id: int, now: datetime.datetime) -> int:
    """Try what was given up for a webhook again, from now on; return how many deliveries that are. Raises NotFound."""
    find(session, webhook_id)
    return int(session.execute(REVIVE, {"id": webhook_id, "now": now}).rowcount)


def enqueue(session: Session, now: datetime.datetime, source: str) -> int:
    """Make a delivery of each event that a webhook has not been told of, page by page; return how many were made."""
    made = 0
    for hook in session.execute(FOLLOWERS).all():
        seen = feed.since(session, Position(hook.xid, hook.event_id), hook.topics, source)
        if seen.items:
            events = [item.event.decode() for item in seen.items]
            session.execute(ENQUEUE, {"id": hook.id, "now": now, "events": events})
        # Also where there was nothing: what is of other channels is not looked through twice.
        session.execute(MOVE, {"id": hook.id, "xid": str(seen.upto.xid), "event_id": seen.upto.id})
        made += len(seen.items)
    return made


def take(session: Session, now: datetime.datetime) -> Sequence[Row[Any]]:
    """Return deliveries that are due, of each webhook the oldest first, and keep them from others for a while.

    Rows: ``id webhook_id event attempts next_try url secret``. What was taken is to be told, or said to have failed.
    """
    claimed = now + datetime.timedelta(seconds=CLAIM_S)
    found = session.execute(TAKE, {"now": now, "claimed": claimed, "hooks": HOOKS, "many": TAKEN}).all()
    return sorted(found, key=lambda row: row.id)


def told(session: Session, delivery_id: int) -> None:
    """Note that an event was taken by its webhook."""
    session.execute(TAKEN_WELL, {"id": delivery_id})


def failed(session: Session, delivery: Row[Any], fault: str, now: datetime.datetime) -> None:
    """Note that a delivery of :func:`take` failed: it is tried later, or given up after ``MOST_ATTEMPTS``.

    What else is due for its webhook, taken or not, waits for a minute at the most.
    """
    pause = min(SOONEST_S * 2**delivery.attempts, LATEST_S)
    again = now + datetime.timedelta(seconds=pause)
    soon = now + datetime.timedelta(seconds=min(pause, OTHERS_S))
    session.execute(FAILED, {"id": delivery.id, "fault": fault[:500], "next_try": again, "most": MOST_ATTEMPTS})
    session.execute(GIVE_BACK, {"id": delivery.webhook_id, "claimed": delivery.next_try, "next_try": soon})
    session.execute(POSTPONE, {"id": delivery.webhook_id, "next_try": soon})


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` deliveries given up before a moment; return how many there were."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)


def _topics(topics: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(topics))
    if not found or len(found) > MOST_TOPICS or any(not 0 < len(each) <= LONGEST_TOPIC for each in found):
        raise Invalid(f"topics: 1 to {MOST_TOPICS} channels, of at most {LONGEST_TOPIC} characters each")
    return found
