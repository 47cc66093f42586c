"""Trees that arrive whole: a node and all that is below it, in one transaction and as many statements as for one."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paddles.accounts.access import Principal
from paddles.db import object_ids
from paddles.db.session import Session
from paddles.nodes import ancestors, backing, nodes, rows, statements
from paddles.nodes.backing import Lab
from paddles.nodes.states import is_open


@dataclass(frozen=True)
class Branch:
    """A node as somebody describes it, and those below it."""

    said: Mapping[str, Any]
    children: Sequence["Branch"] = field(default=())


def submit(
    session: Session,
    node_id: str,
    tree: Branch,
    principal: Principal,
    now: datetime.datetime,
    *,
    tell: bool = True,
    lab: Lab | None = None,
) -> list[dict[str, Any]]:
    """Change a node and create all that is described below it; return them, each node before what is below it.

    The children are the caller's, or whose they say; who submitted, and which tree they are of, they have from the
    node. There is one event, for the node; all of it is kept, or nothing. Children that ask the ``lab`` for a job have
    one queued.

    Raises:
        NotFound, Unauthenticated, Invalid: as :func:`nodes.change`, and for each child as :func:`nodes.create`.
    """
    root = nodes.change(session, node_id, tree.said, principal, now, tell=tell, hierarchy=True)
    inherited = {"submitter": root["submitter"], "treeid": root["treeid"]}
    children = _planted(tree, node_id, inherited, principal.username, now)
    nodes.check_groups(session, (group for child in children for group in child["user_groups"]))
    wanting = [child for child in children if lab and backing.wants(child)]
    made = backing.submit(session, wanting, lab, now, top=node_id) if lab and wanting else {}
    if children:
        session.execute(statements.INSERT, {"rows": rows.dumps(children), "tell": False})
        backing.link(session, made)
    ancestors.shift(session, {node_id: _open_below(children, node_id)}, now)
    return [root, *children]


def _planted(
    tree: Branch, root_id: str, inherited: Mapping[str, Any], owner: str, now: datetime.datetime
) -> list[dict[str, Any]]:
    """Return the nodes below the root of a tree, in order, each with its id, its parent and its open children."""
    order: list[tuple[Branch, int | None]] = []
    left: list[tuple[Branch, int | None]] = [(child, None) for child in reversed(tree.children)]
    while left:
        branch, parent = left.pop()
        left += [(child, len(order)) for child in reversed(branch.children)]
        order.append((branch, parent))
    ids = object_ids.make(now, len(order))
    made = []
    for node_id, (branch, parent) in zip(ids, order, strict=True):
        said = {**branch.said, **inherited, "parent_id": root_id if parent is None else ids[parent]}
        made.append(rows.fresh(said, node_id, branch.said.get("owner") or owner, now))
    # Backwards, so that each node knows its own open children before its parent asks.
    for node, (_, parent) in zip(reversed(made), reversed(order), strict=True):
        if parent is not None:
            made[parent]["open_children"] += is_open(node["state"], node["open_children"])
    return made


def _open_below(children: Sequence[Mapping[str, Any]], root_id: str) -> int:
    return sum(is_open(n["state"], n["open_children"]) for n in children if n["parent_id"] == root_id)
