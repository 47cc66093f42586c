"""The results face: paddles' own API, spoken by teuthology (``results_server``), pulpito and pulpito-ng."""

from paddles.accounts import access, grants
from paddles.accounts.access import NOBODY
from paddles.controllers.results.answers import Error
from paddles.errors import Conflict
from paddles.settings import Settings
from paddles.web.face import Face


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here, None: anybody."""
    return access.guard(settings.results_access, what)


# teuthology's reporter looks at the end of the message of a 400 for "already exists".
face = Face(
    error_body=lambda status, message: {"message": message},
    statuses={Conflict: 400},
    name="results",
    error=Error,
    identify=grants.asker,
    nobody=NOBODY,
    guard=guard,
)
