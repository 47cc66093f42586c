"""What people do on pages: events on a channel of their own, written with what is done."""

from typing import Any

from paddles.db.session import Session
from paddles.events import log

CHANNEL = "action"


def note(session: Session, what: str, thing: str, by: str, **more: Any) -> None:
    """Record that somebody called ``by`` did ``what``, such as ``run.killed``, to a ``thing``, such as ``runs/<name>``.

    ``more`` says how, without secrets. What becomes of the thing is told on its own channel besides.
    """
    log.append(session, CHANNEL, what, thing, {"by": by, **more})
