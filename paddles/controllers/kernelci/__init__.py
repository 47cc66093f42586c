"""The KernelCI face: the API of Maestro, spoken by kci, kci-dev and the services of KernelCI's pipeline."""

from typing import Any

from pydantic import BaseModel

from paddles.accounts import access, identity
from paddles.accounts.access import NOBODY
from paddles.errors import Malformed, NoAddress, NotAllowed
from paddles.settings import Settings
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


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here before an endpoint has its say, None: anybody."""
    return access.guard(settings.kernelci_access, what)


face = Face(
    error_body=error_body,
    statuses={Malformed: 422},
    name="kernelci",
    error=Detail,
    malformed_body=malformed_body,
    messages={NoAddress: "Not Found", NotAllowed: "Method Not Allowed"},
    identify=identity.principal,
    nobody=NOBODY,
    guard=guard,
)
