"""How often somebody may try something, counted in the database so that all processes share the count.

Who tries is kept as a digest: the table is no list of names and addresses.
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from paddles.db.session import Session
from paddles.errors import TooMany

COUNT = text("""
    INSERT INTO attempts (key, since, n_made)
    SELECT key, :now, 1 FROM unnest(CAST(:keys AS text[])) AS key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        n_made = CASE WHEN attempts.since <= :before THEN 1 ELSE attempts.n_made + 1 END,
        since = CASE WHEN attempts.since <= :before THEN excluded.since ELSE attempts.since END
""")
FIND = text("SELECT key, n_made, since FROM attempts WHERE key = ANY(:keys) AND since > :before")
FORGET = text("""
    DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE since <= :before ORDER BY since LIMIT :limit)
""")
WINDOW = datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class Limit:
    """``most`` attempts at ``what`` within ten minutes by ``who``."""

    what: str
    who: str
    most: int

    @property
    def key(self) -> str:
        """What the attempts are counted under."""
        return hashlib.sha256(f"{self.what}\n{self.who}".encode()).hexdigest()


def logins(username: str, peer: str) -> tuple[Limit, ...]:
    """Return the limits on wrong passwords: for a user from one place, for a place, and for a user from anywhere."""
    here = f"{peer}\n{username}"
    return Limit("login here", here, 10), Limit("login from", peer, 100), Limit("login as", username, 1000)


def mails(recipient: str, peer: str) -> tuple[Limit, ...]:
    """Return the limits on asking for mail: to an address, and from a place."""
    return Limit("mail to", recipient, 5), Limit("mail from", peer, 50)


def secrets(peer: str) -> tuple[Limit, ...]:
    """Return the limit on tokens of mails that turn out to be none, from a place."""
    return (Limit("token from", peer, 100),)


def check(session: Session, limits: Sequence[Limit], now: datetime.datetime) -> None:
    """Make sure that none of ``limits`` is reached.

    Raises:
        TooMany: one is; it says when its time is over.
    """
    by_key = {limit.key: limit for limit in limits}
    rows: Any = session.execute(FIND, {"keys": list(by_key), "before": now - WINDOW}).all()
    ends = [row.since + WINDOW for row in rows if row.n_made >= by_key[row.key].most]
    if ends:
        raise TooMany("too many attempts, try again later", max(1, int((max(ends) - now).total_seconds()) + 1))


def count(session: Session, limits: Sequence[Limit], now: datetime.datetime) -> None:
    """Count an attempt against each of ``limits``."""
    session.execute(COUNT, {"keys": sorted(limit.key for limit in limits), "now": now, "before": now - WINDOW})


def forget(session: Session, now: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` counts whose time is over and return how many there were."""
    return int(session.execute(FORGET, {"before": now - WINDOW, "limit": limit}).rowcount)
