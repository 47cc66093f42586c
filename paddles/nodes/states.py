"""The states of a node and what moves it from one to another. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from paddles.errors import Invalid

STATES = ("running", "available", "closing", "done")
RESULTS = ("pass", "fail", "skip", "incomplete")
# To stay is always allowed.
MOVES = {"running": STATES, "available": ("available", "closing", "done"), "closing": ("closing", "done")}
LIFETIME = datetime.timedelta(hours=6)
# What the data of a node says that ended without a result because its time was over.
TIMED_OUT = {"error_code": "node_timeout", "error_msg": "Node timed-out"}


class Standing(NamedTuple):
    """What decides where the clock moves a node: its state, its times, and how many of its children are open."""

    state: str
    timeout: datetime.datetime
    holdoff: datetime.datetime | None
    open_children: int


class Move(NamedTuple):
    """What becomes of a node: its state and result, what its data says from now on, and no more (``gone``).

    It is ``told`` as an event, as of a ``tree`` where others came with it; ``job_status`` is what the node knows of its
    job from now on.
    """

    id: str
    state: str
    result: str | None
    said: Mapping[str, Any] = {}
    gone: Sequence[str] = ()
    told: bool = True
    tree: bool = False
    job_status: str | None = None


def check(before: str, after: str) -> None:
    """Raise Invalid unless somebody may move a node from one state to the other."""
    if after != before and after not in MOVES.get(before, ()):
        raise Invalid(f"Transition not allowed with state: {after}")


def is_open(state: str, open_children: int) -> bool:
    """Say whether something is still to come of a node: of itself, or of what is below it at any depth.

    ``open_children`` counts the children of which this is so.
    """
    return state != "done" or open_children > 0


def timed_out(node: Standing, now: datetime.datetime) -> bool:
    """Say whether the time of a node is over before it is done."""
    return node.state != "done" and node.timeout < now


def due(node: Standing, now: datetime.datetime) -> str:
    """Return the state that a node is to be in at ``now``: after its timeout, its holdoff, or the end of its children.

    Children play no part in a timeout: each has its own. Without a holdoff a node waits for its timeout.
    """
    if timed_out(node, now):
        return "done"
    held = node.state == "available" and (node.holdoff is None or node.holdoff >= now)
    if node.state in ("running", "done") or held:
        return node.state
    return "closing" if node.open_children else "done"
