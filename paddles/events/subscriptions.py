"""Follow a channel: every event once and in order, for as long as the follower says that he has it.

A listen acknowledges what the one before it delivered. Events wait in the log, not in a queue of their own: a
subscription is a place in it, outlives every process, and may be behind by any number.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Forbidden, NotFound
from paddles.events import log
from paddles.events.log import Position

# What was settled, and what could be seen, when the subscription was made.
_BEGINNING = """CAST(pg_snapshot_xmin(pg_current_snapshot()) AS xid8), 0, CAST(pg_current_snapshot() AS text)"""
ADD = text(f"""
    INSERT INTO subscriptions (
        channel, username, promiscuous, subscriber_id, created, polled, xid, event_id, since)
    SELECT :channel, :username, :promiscuous, :subscriber_id, :now, :now, {_BEGINNING}
    ON CONFLICT (subscriber_id) DO NOTHING RETURNING id
""")
KNOWN = text("""
    SELECT id, channel, username FROM subscriptions WHERE subscriber_id = :subscriber_id FOR NO KEY UPDATE
""")
# What was delivered and not acknowledged comes again; whoever still waits for the next notices the epoch.
AGAIN = text("""
    UPDATE subscriptions SET promiscuous = :promiscuous, polled = :now, epoch = epoch + 1, delivered_xid = NULL,
        delivered_id = NULL
    WHERE id = :id
""")
LOCK = hot(
    """
    SELECT id, channel, username, promiscuous, since, epoch, CAST(CAST(xid AS text) AS bigint) AS xid, event_id,
        CAST(CAST(delivered_xid AS text) AS bigint) AS delivered_xid, delivered_id
    FROM subscriptions WHERE id = :id FOR NO KEY UPDATE""",
    "id channel username promiscuous since epoch xid event_id delivered_xid delivered_id",
)
# Where there is nothing for this follower, his place moves on: what belongs to others is not looked at twice.
NEXT = hot(
    f"""
    WITH found AS (
        SELECT {log.COLUMNS} FROM events
        WHERE channel = :channel AND (xid, id) > (CAST(CAST(:from_xid AS text) AS xid8), CAST(:from_id AS bigint))
            AND {log.SETTLED} AND (:promiscuous OR owner IS NULL OR owner = :username)
            AND NOT COALESCE(pg_visible_in_snapshot(xid, CAST(:since AS pg_snapshot)), false)
        ORDER BY events.xid, id LIMIT 1),
    kept AS (
        UPDATE subscriptions SET polled = :now, epoch = :epoch,
            xid = CASE WHEN :moves AND NOT EXISTS (SELECT FROM found)
                THEN pg_snapshot_xmin(pg_current_snapshot()) ELSE CAST(CAST(:acked_xid AS text) AS xid8) END,
            event_id = CASE WHEN :moves AND NOT EXISTS (SELECT FROM found)
                THEN 0 ELSE CAST(:acked_id AS bigint) END,
            delivered_xid = (SELECT CAST(CAST(xid AS text) AS xid8) FROM found),
            delivered_id = (SELECT id FROM found)
        WHERE id = :id AND (:first OR EXISTS (SELECT FROM found)))
    SELECT * FROM found""",
    "id xid at channel type subject owner data extensions",
)
REMOVE = text("DELETE FROM subscriptions WHERE id = :id")
LIST = text("SELECT id, channel, username, promiscuous, created, polled FROM subscriptions ORDER BY id")
OF_USER = text("""
    SELECT id, channel, promiscuous, subscriber_id, created, polled FROM subscriptions
    WHERE username = :username ORDER BY id LIMIT :limit
""")
FORGET = text("""
    DELETE FROM subscriptions WHERE id IN (
        SELECT id FROM subscriptions
        WHERE polled < CASE WHEN subscriber_id IS NULL THEN :plain ELSE :durable END
        ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
""")


@dataclass(frozen=True)
class Steering:
    """Where a listen goes on, when it says so.

    Up to ``acknowledged`` its follower has everything, and nothing beyond; or it is given what comes ``after`` a place,
    whatever was acknowledged.
    """

    acknowledged: Position | None = None
    after: Position | None = None


@dataclass(frozen=True)
class Heard:
    """What a listen came to: an ``event``, or none yet, and then whether it is ``overtaken`` by a later listen.

    ``epoch`` is the listen's number; ``channel``, ``username`` and ``promiscuous`` are the subscription's.
    """

    event: Row[Any] | None
    overtaken: bool
    epoch: int
    channel: str
    username: str
    promiscuous: bool


def subscribe(
    session: Session,
    channel: str,
    username: str,
    now: datetime.datetime,
    *,
    promiscuous: bool = False,
    subscriber_id: str | None = None,
) -> int:
    """Have ``username`` follow a channel from now on, and return the subscription's id.

    With a ``subscriber_id`` it is durable: who subscribes again with the same goes on behind the last event that was
    acknowledged. One who is not ``promiscuous`` gets his own events and those without an owner.

    Raises:
        Conflict: the ``subscriber_id`` is somebody else's, or follows another channel.
    """
    asked = {"channel": channel, "username": username, "promiscuous": promiscuous, "now": now}
    while True:
        made: int | None = session.scalar(ADD, {**asked, "subscriber_id": subscriber_id})
        if made is not None:
            return made
        known = session.execute(KNOWN, {"subscriber_id": subscriber_id}).first()
        if known is not None:
            break
    if (known.username, known.channel) != (username, channel):
        whose = "another user's" if known.username != username else f"that of a subscription to {known.channel}"
        raise Conflict(f"subscriber_id {subscriber_id} is {whose}")
    session.execute(AGAIN, {"id": known.id, "promiscuous": promiscuous, "now": now})
    return int(known.id)


def listen(
    session: Session,
    subscription_id: int,
    username: str,
    now: datetime.datetime,
    *,
    epoch: int | None = None,
    steering: Steering | None = None,
) -> Heard:
    """Take the next event of a subscription, if there is one.

    Without an ``epoch`` this begins a listen: what was delivered before is acknowledged, and an older listen that waits
    is overtaken. With the ``epoch`` of an earlier answer it goes on, and changes nothing where nothing is there.

    Raises:
        NotFound: there is no such subscription.
        Forbidden: it is somebody else's.
    """
    mine = _locked(session, subscription_id, username)
    if epoch is not None and epoch != mine.epoch:
        return Heard(None, True, mine.epoch, mine.channel, username, mine.promiscuous)
    acked, start = _bounds(mine, steering or Steering())
    number = mine.epoch + 1 if epoch is None else epoch
    values = {
        "id": mine.id,
        "channel": mine.channel,
        "promiscuous": mine.promiscuous,
        "username": username,
        "since": mine.since,
        "from_xid": str(start.xid),
        "from_id": start.id,
        "acked_xid": str(acked.xid),
        "acked_id": acked.id,
        "moves": acked == start,
        "first": epoch is None,
        "epoch": number,
        "now": now,
    }
    found = session.execute(NEXT, values).first()
    return Heard(found, False, number, mine.channel, username, mine.promiscuous)


def _bounds(mine: Row[Any], steering: Steering) -> tuple[Position, Position]:
    """Return up to where a follower has everything, and what the next event comes after."""
    kept = Position(mine.xid, mine.event_id)
    if steering.after is not None:
        return kept, steering.after
    acked = steering.acknowledged
    if acked is None:
        acked = kept if mine.delivered_xid is None else Position(mine.delivered_xid, mine.delivered_id)
    return acked, acked


def unsubscribe(session: Session, subscription_id: int, username: str) -> None:
    """End a subscription, durable or not. Raises as :func:`listen`."""
    session.execute(REMOVE, {"id": _locked(session, subscription_id, username).id})


def listed(session: Session) -> Sequence[Row[Any]]:
    """Return ``id channel username promiscuous created polled`` of all subscriptions, the oldest first."""
    return session.execute(LIST).all()


def of_user(session: Session, username: str, limit: int) -> Sequence[Row[Any]]:
    """Return ``id channel promiscuous subscriber_id created polled`` of up to ``limit`` subscriptions of a user."""
    return session.execute(OF_USER, {"username": username, "limit": limit}).all()


def forget(session: Session, plain_before: datetime.datetime, durable_before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` subscriptions that nobody listened to since those moments; return how many there were."""
    values = {"plain": plain_before, "durable": durable_before, "limit": limit}
    return int(session.execute(FORGET, values).rowcount)


def _locked(session: Session, subscription_id: int, username: str) -> Row[Any]:
    mine = session.execute(LOCK, {"id": subscription_id}).first()
    if mine is None:
        raise NotFound(f"Subscription id not found: {subscription_id}")
    if mine.username != username:
        raise Forbidden("the subscription is another user's")
    return mine
