"""What people do on pages: events on a channel of their own, written with what is done."""

import datetime
from typing import Any

from paddles.db.session import Session
from paddles.events import log, subjects

CHANNEL = "action"


def note(session: Session, what: str, thing: str, by: str, **more: Any) -> None:
    """Record that somebody called ``by`` did ``what``, such as ``run.killed``, to a ``thing``, such as ``runs/<name>``.

    ``more`` says how, without secrets. What becomes of the thing is told on its own channel besides.
    """
    log.append(session, CHANNEL, what, thing, {"by": by, **more})


def why(session: Session, what: str, thing: str, since: datetime.datetime) -> str:
    """Return why somebody last did ``what`` to a ``thing`` since then, blank where nobody knows."""
    told, _ = subjects.told(session, [(CHANNEL, thing)], since)
    return next((row.reason or "" for row in reversed(told) if row.type == what), "")
