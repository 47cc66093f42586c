"""What the sweep did and when: one row for each task, which says whether somebody sweeps at all."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.session import Session

# The task that ends leases; what it handled is how many of them expired.
LEASES = "leases"

RECORD = text("""
    INSERT INTO sweeps (task, at, handled) VALUES (:task, :at, :handled)
    ON CONFLICT (task) DO UPDATE SET at = excluded.at, handled = sweeps.handled + excluded.handled
""")
LIST = text("SELECT task, at, handled FROM sweeps ORDER BY task")


def record(session: Session, task: str, at: datetime.datetime, handled: int) -> None:
    """Note in the transaction of a batch that a task was done at the moment ``at``, and how many rows it handled."""
    session.execute(RECORD, {"task": task, "at": at, "handled": handled})


def listed(session: Session) -> Sequence[Row[Any]]:
    """Return ``task``, the moment ``at`` of its last round, and how many rows it ever ``handled``."""
    return session.execute(LIST).all()
