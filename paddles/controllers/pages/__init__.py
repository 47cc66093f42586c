"""The pages: what browsers are shown at the addresses where programs are answered in JSON.

Each area is read by whoever may read its face's JSON: there is a face of pages for each setting of access.
"""

from collections.abc import Callable
from dataclasses import replace

from paddles.accounts import access
from paddles.accounts.access import NOBODY
from paddles.controllers.pages import asking, frame
from paddles.settings import Settings
from paddles.web.face import Face

Guard = Callable[[Settings, str], access.Guard | None]


def _as(setting: str) -> Guard:
    """Return who may do what, by the setting of a face."""

    def guard(settings: Settings, what: str) -> access.Guard | None:
        # Where everybody may, it is still known who has logged in.
        return access.guard(getattr(settings, setting), what) or access.anybody

    return guard


# What needs no permission: pages about the service itself.
plain = Face(
    error_body=lambda status, message: {"message": message},
    name="pages",
    credential=asking.shown,
    identify=asking.asker,
    nobody=NOBODY,
    guard=lambda _settings, _what: access.anybody,
    error_page=frame.refused,
)
# Runs, jobs, machines, queues, kernels and what is found out about them.
face = replace(plain, guard=_as("results_access"))
# Nodes, events and accounts, whose JSON knows users and no grants.
kernelci = replace(plain, identify=asking.user, guard=_as("kernelci_access"))
jobserv = replace(plain, guard=_as("jobserv_access"))
