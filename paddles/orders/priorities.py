"""Jobs that are queued come sooner, or later."""

from typing import Any

from sqlalchemy import Row

from paddles.archive import priorities
from paddles.db.session import Session
from paddles.errors import Conflict
from paddles.orders import naming


def prospect(session: Session, run: str, key: str | None) -> Row[Any]:
    """Return what is known of the queued jobs of a run, or of one, as ``archive.priorities.known``. Raises NotFound."""
    return priorities.known(session, **naming.which(session, run, key))


def change(session: Session, run: str, key: str | None, priority: int, by: str) -> int:
    """Give the queued jobs of a run, or one, another priority, for who is called so; return how many they are.

    Raises:
        NotFound: there is no such run, or no such job in it.
        Conflict: none of them is queued, and not handed out yet.
        Invalid: as ``archive.priorities.change``.
    """
    changed = priorities.change(session, **naming.which(session, run, key), priority=priority)
    if not changed:
        raise Conflict(f"nothing of {naming.called(run, key)} is queued any more")
    naming.note(session, "priority", run, key, by, priority=priority, jobs=changed)
    return changed
