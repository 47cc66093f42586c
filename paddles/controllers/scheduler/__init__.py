"""The scheduler face: compass-ci's API, spoken by lkp-tests' clients, by booting machines and by what starts guests."""

import datetime

from pydantic import BaseModel

from paddles.accounts import access, grants
from paddles.accounts.access import NOBODY, Principal
from paddles.db.session import Session
from paddles.settings import Settings
from paddles.web.auth import Credential
from paddles.web.face import Face


class Refusal(BaseModel):
    """What went wrong."""

    message: str


def identify(session: Session, settings: Settings, now: datetime.datetime, given: Credential) -> Principal:
    """Return the user or the program whose token a request brings, in whatever scheme."""
    return grants.asker(session, settings, given.secret, now)


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here, None: anybody."""
    return access.guard(settings.scheduler_access, what)


face = Face(
    error_body=lambda status, message: {"message": message},
    name="scheduler",
    error=Refusal,
    identify=identify,
    nobody=NOBODY,
    guard=guard,
)
