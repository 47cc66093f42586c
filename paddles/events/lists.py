"""Lists: what is pushed goes to exactly one taker, the oldest first."""

import datetime
from typing import Any

from sqlalchemy import text

from paddles.db.prepared import hot
from paddles.db.session import Session

PUSH = hot("INSERT INTO list_items (list, event) VALUES (:list, CAST(:event AS json))")
# An item that another transaction is about to take is passed over: it is somebody's already.
POP = hot(
    """
    DELETE FROM list_items WHERE id = (
        SELECT id FROM list_items WHERE list = :list ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING event""",
    "event",
)
# Items were put there in the order of their ids: what is to be forgotten is among the first.
FORGET = text("""
    DELETE FROM list_items WHERE id IN (
        SELECT id FROM (SELECT id, created FROM list_items ORDER BY id LIMIT :limit) AS oldest
        WHERE created < :before)
""")
FILLED = text("SELECT DISTINCT list FROM list_items WHERE list = ANY (:lists)")


def push(session: Session, name: str, event: bytes) -> None:
    """Put an item, JSON, at the end of the list ``name``."""
    session.execute(PUSH, {"list": name, "event": event.decode()})


def pop(session: Session, name: str) -> bytes | None:
    """Take the oldest item off the list ``name`` and return its JSON, or None when there is none to take.

    It is taken when the transaction commits; until then nobody else is given it.
    """
    found: Any = session.scalar(POP, {"list": name})
    return None if found is None else bytes(found)


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` items that were put into their list before a moment; return how many there were."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)


def filled(session: Session, names: list[str]) -> list[str]:
    """Return those of the lists that hold something."""
    return list(session.scalars(FILLED, {"lists": names})) if names else []
