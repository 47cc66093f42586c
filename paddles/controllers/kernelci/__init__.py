"""The KernelCI face: the API of Maestro, spoken by kci, kci-dev and the services of KernelCI's pipeline."""

import datetime
from typing import Any

from pydantic import BaseModel

from paddles.accounts import identity
from paddles.accounts.access import NOBODY, Principal
from paddles.db.session import Session
from paddles.errors import Malformed, NoAddress, NotAllowed
from paddles.settings import Settings
from paddles.web.auth import Credential
from paddles.web.face import Face


class Fault(BaseModel):
    """One thing that is wrong with what was sent."""

    type: str
    loc: list[str | int]
    msg: str
    input: Any = None


class Detail(BaseModel):
    """What went wrong: in words, or part by part where the request had not the right shape."""

    detail: str | list[Fault]


def error_body(status: int, message: str) -> dict[str, str]:
    """Return the error document of the face."""
    if status == 500:
        return {"message": "Internal server error, check container logs"}
    return {"detail": message}


def malformed_body(error: Malformed) -> dict[str, Any]:
    """Return the error document for a request of a wrong shape, each fault as pydantic tells it."""
    return {
        "detail": [
            {"type": fault.type, "loc": list(fault.loc), "msg": fault.msg, "input": fault.input}
            for fault in error.faults
        ]
    }


def identify(session: Session, settings: Settings, now: datetime.datetime, given: Credential) -> Principal:
    """Return the user whose token a request brings, in whatever scheme; with Basic it is the password."""
    return identity.principal(session, settings, given.secret, now)


face = Face(
    error_body=error_body,
    statuses={Malformed: 422},
    name="kernelci",
    error=Detail,
    malformed_body=malformed_body,
    messages={NoAddress: "Not Found", NotAllowed: "Method Not Allowed"},
    identify=identify,
    nobody=NOBODY,
)
