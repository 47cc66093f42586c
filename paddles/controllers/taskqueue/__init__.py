"""The task queue face: compass-ci's TaskQueue, by which its programs pass work to one another."""

import datetime
from typing import Never

from paddles.accounts import access, grants
from paddles.accounts.access import NOBODY, Principal
from paddles.db.session import Session
from paddles.settings import Settings
from paddles.web.auth import Credential
from paddles.web.face import Face


def identify(session: Session, settings: Settings, now: datetime.datetime, given: Credential) -> Principal:
    """Return the user or the program whose token a request brings, in whatever scheme."""
    return grants.asker(session, settings, given.secret, now)


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here, None: anybody. The setting is that of the scheduler, to which tasks belong."""
    return access.guard(settings.scheduler_access, what)


face = Face(
    error_body=lambda status, message: b"",
    name="taskqueue",
    error=Never,
    error_header="CCI-Error-Description",
    identify=identify,
    nobody=NOBODY,
    guard=guard,
)
