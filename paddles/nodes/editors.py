"""Who may change a node. Pure."""

from collections.abc import Sequence

from paddles.accounts.access import Principal, known
from paddles.errors import Unauthenticated

EVERY_NODE = "node:edit:any"
OF_RUNTIME = ("node-editor", "node-admin")


def may_edit(principal: Principal, owner: str, user_groups: Sequence[str], runtime: str | None) -> bool:
    """Say whether a user may change a node: its owner, a member of one of its groups, or who may change all such.

    These are superusers, members of ``node:edit:any``, and for a node that ran in a ``runtime`` the members of
    ``runtime:<name>:node-editor`` and ``runtime:<name>:node-admin``.
    """
    if not principal.id:
        return False
    if principal.is_superuser or principal.username == owner:
        return True
    theirs = {EVERY_NODE, *user_groups}
    if runtime:
        theirs.update(f"runtime:{runtime}:{role}" for role in OF_RUNTIME)
    return not theirs.isdisjoint(principal.groups)


def check(principal: Principal, owner: str, user_groups: Sequence[str], runtime: str | None) -> None:
    """Raise Unauthenticated, which KernelCI's API says for forbidden too, unless the user may change a node."""
    if not may_edit(known(principal), owner, user_groups, runtime):
        raise Unauthenticated("Unauthorized to complete the operation")
