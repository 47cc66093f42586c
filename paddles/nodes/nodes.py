"""Create nodes and change them: one at a time, and the one mark that many are given at once."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy.exc import IntegrityError

from paddles.accounts import groups
from paddles.accounts.access import Principal, known
from paddles.db import object_ids
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.nodes import ancestors, backing, editors, rows, statements
from paddles.nodes.backing import Lab
from paddles.nodes.states import is_open

# foreign_key_violation, as PostgreSQL says it.
NO_SUCH_PARENT = "23503"
# What a part of a node may be about.
PATCHED = (
    "state",
    "result",
    "artifacts",
    "data",
    "debug",
    "jobfilter",
    "platform_filter",
    "timeout",
    "holdoff",
    "processed_by_kcidb_bridge",
)


def create(
    session: Session,
    said: Mapping[str, Any],
    principal: Principal,
    now: datetime.datetime,
    *,
    tell: bool = True,
    lab: Lab | None = None,
) -> dict[str, Any]:
    """Create the node that a user describes and return it, its columns by name; it is the user's.

    Anybody may put it below anybody's node. Its event comes with it unless ``tell`` says no. Where it asks the ``lab``
    for a job (``backing.wants``), that is queued.

    Raises:
        NotFound: its parent does not exist.
        Invalid: no node of its kind can be like that, or no job.
    """
    owner = known(principal).username
    (node_id,) = object_ids.make(now)
    node = rows.fresh(said, node_id, owner, now)
    check_groups(session, node["user_groups"])
    made = backing.submit(session, [node], lab, now) if lab and backing.wants(node) else {}
    _insert(session, node, tell=tell)
    backing.link(session, made)
    # Last, since those who create others below the same node wait for it until the transaction ends.
    if node["parent_id"] and is_open(node["state"], 0):
        ancestors.shift(session, {node["parent_id"]: 1}, now)
    return node


def change(
    session: Session,
    node_id: str,
    said: Mapping[str, Any],
    principal: Principal,
    now: datetime.datetime,
    *,
    tell: bool = True,
    hierarchy: bool = False,
) -> dict[str, Any]:
    """Change what is said of a node and return all of it; what is not said stays, as does whose it is.

    Changes of one node are taken one after the other, each checked against the state that the one before left.
    ``hierarchy`` is for the event: the node came with others below it. The job behind a node that is done is given up.

    Raises:
        NotFound: there is no such node, or not the parent it is put below.
        Unauthenticated: the user may not change it.
        Invalid: it cannot go to that state now, or no node of its kind can be like that.
    """
    row = session.execute(statements.LOCK, {"id": node_id}).first()
    if row is None:
        raise NotFound(f"Node not found with id: {node_id}")
    stored = dict(row._mapping)
    editors.check(principal, row.owner, row.user_groups, stored.pop("runtime"))
    job_id = stored.pop("job_id")
    node = rows.changed(stored, said, now)
    if job_id and node["state"] == "done" != row.state:
        _give_up(session, job_id, node, now)
    if node["parent_id"] != row.parent_id:
        _put_below(session, node)
    large = tuple(column for column in statements.LARGE if not rows.same(stored[column], node[column]))
    written = {column: node[column] for column in ("id", *statements.SMALL, *large)}
    before = {"previous_state": row.state, "previous_result": row.result}
    values = {"rows": rows.dumps([written]), **before, "tell": tell, "hierarchy": hierarchy}
    session.execute(statements.UPDATE[large], values)
    ancestors.shift(session, _parents(stored, node), now)
    return node


def patch(
    session: Session,
    node_id: str,
    said: Mapping[str, Any],
    principal: Principal,
    now: datetime.datetime,
    *,
    tell: bool = True,
) -> dict[str, Any]:
    """Do what :func:`change` does for those of ``PATCHED`` that are said. Raises Invalid when none is, too."""
    some = {column: value for column, value in said.items() if column in PATCHED}
    if not some:
        known(principal)
        raise Invalid("No fields to update")
    return change(session, node_id, some, principal, now, tell=tell)


def mark(session: Session, ids: Sequence[str], value: bool, principal: Principal) -> int:
    """Note of many nodes whether a bridge has seen them and return how many; those of others are passed over.

    Raises:
        NotFound: one of them does not exist.
    """
    wanted = list(dict.fromkeys(ids))
    found = session.execute(statements.LOCK_MANY, {"ids": wanted}).all()
    if len(found) < len(wanted):
        missing = set(wanted) - {node.id for node in found}
        raise NotFound(f"Node not found with id: {min(missing)}")
    known(principal)
    own = [n.id for n in found if editors.may_edit(principal, n.owner, n.user_groups, n.runtime)]
    if own:
        session.execute(statements.MARK, {"ids": own, "value": value})
    return len(own)


def check_groups(session: Session, names: Iterable[str]) -> None:
    """Raise Invalid unless there are groups of these names."""
    unknown = groups.unknown(session, list(dict.fromkeys(names)))
    if unknown is not None:
        raise Invalid(f"User group does not exist with name: {unknown[:100]}")


def forget_group(session: Session, name: str) -> None:
    """Take a group's name from every node: who is in another of that name later has no part in these."""
    session.execute(statements.FORGET_GROUP, {"name": name})


def _insert(session: Session, node: Mapping[str, Any], *, tell: bool) -> None:
    try:
        session.execute(statements.INSERT, {"rows": rows.dumps([node]), "tell": tell})
    except IntegrityError as error:
        if getattr(error.orig, "pgcode", None) != NO_SUCH_PARENT:
            raise
        raise NotFound(f"Parent not found with id: {node['parent_id']}") from None


def _give_up(session: Session, job_id: int, node: dict[str, Any], now: datetime.datetime) -> None:
    """Give up the job behind a node that somebody ends; without a result that leaves the node incomplete."""
    said = backing.cancel(session, job_id, now)
    if said and node["result"] is None:
        data = node["data"] if isinstance(node["data"], dict) else orjson.loads(node["data"])
        node.update(result="incomplete", data={**data, **said})


def _put_below(session: Session, node: Mapping[str, Any]) -> None:
    """Lock the nodes that will be above a node which is put elsewhere. Raises NotFound, or Invalid for its own."""
    parent_id = node["parent_id"]
    if parent_id is None:
        return
    above = set(session.scalars(statements.LINEAGE, {"id": parent_id}))
    if not above:
        raise NotFound(f"Parent not found with id: {parent_id}")
    if node["id"] in above:
        raise Invalid("Parent cannot be below the object")


def _parents(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, int]:
    """Return how the open children change of the parent that a node had and of the one that it has."""
    was = is_open(before["state"], before["open_children"])
    deltas: dict[str, int] = {}
    if before["parent_id"]:
        deltas[before["parent_id"]] = -was
    if after["parent_id"]:
        deltas[after["parent_id"]] = deltas.get(after["parent_id"], 0) + is_open(
            after["state"], before["open_children"]
        )
    return deltas
