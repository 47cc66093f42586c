"""The dashboard face: what pages and scripts ask that no outside system has an address for."""

from paddles.accounts import access, grants
from paddles.accounts.access import NOBODY
from paddles.settings import Settings
from paddles.web.face import Face


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here, None: anybody."""
    return access.guard(settings.results_access, what)


face = Face(
    error_body=lambda status, message: {"message": message},
    name="dashboard",
    identify=grants.asker,
    nobody=NOBODY,
    guard=guard,
)


def kept(settings: Settings, seconds: int) -> dict[str, str]:
    """Return the headers of what may be shown so long without asking: by anybody, where anybody may ask for it."""
    whose = "public" if settings.results_access == "open" else "private"
    return {"Cache-Control": f"{whose}, max-age={seconds}"}
