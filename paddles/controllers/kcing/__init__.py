"""The KCING face: kernels that were built and booted, as KernelCI's documents speak of them."""

from paddles.accounts import access, grants
from paddles.accounts.access import NOBODY
from paddles.settings import Settings
from paddles.web.face import Face


def guard(settings: Settings, what: str) -> access.Guard | None:
    """Return who may do ``what`` here, None: anybody."""
    return access.guard(settings.results_access, what)


face = Face(
    error_body=lambda status, message: {"message": message},
    name="kcing",
    identify=grants.asker,
    nobody=NOBODY,
    guard=guard,
)
