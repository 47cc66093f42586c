"""The JobServ face: projects, builds, runs, workers. Its build is a Run, its run a Job, its worker a Machine."""

from typing import Any, Literal

from pydantic import BaseModel

from paddles.accounts import access
from paddles.accounts.access import NOBODY
from paddles.controllers.jobserv import credentials
from paddles.settings import Settings
from paddles.web.face import Face


class Refused(BaseModel):
    """What went wrong."""

    status: Literal["error"]
    message: str


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return the error document of the face, in the envelope of JSend."""
    return {"status": "error", "message": message}


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here before an endpoint has its say, None: anybody."""
    return access.guard(settings.jobserv_access, what)


face = Face(
    error_body=error_body,
    name="jobserv",
    error=Refused,
    credential=credentials.shown,
    identify=credentials.principal,
    nobody=NOBODY,
    guard=guard,
)
