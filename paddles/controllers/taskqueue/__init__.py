"""The task queue face: compass-ci's TaskQueue, by which its programs pass work to one another."""

from typing import Never

from paddles.accounts import access, grants
from paddles.accounts.access import NOBODY
from paddles.settings import Settings
from paddles.web.face import Face


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here, None: anybody. The setting is that of the scheduler, to which tasks belong."""
    return access.guard(settings.scheduler_access, what)


face = Face(
    error_body=lambda status, message: b"",
    name="taskqueue",
    error=Never,
    error_header="CCI-Error-Description",
    identify=grants.asker,
    nobody=NOBODY,
    guard=guard,
)
