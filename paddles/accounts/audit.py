"""Who did what to accounts: events on a channel of their own, written with the change. No secrets, no addresses."""

from typing import Any

from paddles.accounts.access import Principal
from paddles.db.session import Session
from paddles.events import log


def note(session: Session, what: str, thing: str, by: Principal, **more: Any) -> None:
    """Record that ``by`` did ``what``, such as ``user.deleted``, to a ``thing``, such as ``/users/<id>``.

    Nobody is who asked without a token, or works on the machine itself.
    """
    log.append(session, log.AUDIT, what, thing, {"by": by.username, **more})
