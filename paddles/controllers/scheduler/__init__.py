"""The scheduler face: compass-ci's API, spoken by lkp-tests' clients, by booting machines and by what starts guests."""

from pydantic import BaseModel

from paddles.accounts import access, grants
from paddles.accounts.access import NOBODY
from paddles.settings import Settings
from paddles.web.face import Face


class Refusal(BaseModel):
    """What went wrong."""

    message: str


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here, None: anybody."""
    return access.guard(settings.scheduler_access, what)


face = Face(
    error_body=lambda status, message: {"message": message},
    name="scheduler",
    error=Refusal,
    identify=grants.asker,
    nobody=NOBODY,
    guard=guard,
)
