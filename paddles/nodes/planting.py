"""Results put below a node: each is a done node of kind test, and there once however often it is put there."""

import datetime
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text

from paddles.db import object_ids
from paddles.db.session import Session
from paddles.nodes import moves, rows, statements
from paddles.nodes.states import Move

# What the data of a node has in common with that of the job above it.
INHERITED = (
    "kernel_revision arch defconfig config_full compiler kernel_type platform device runtime job_id job_context".split()
)
KNOWN = text("""
    SELECT id, parent_id, name, state, result, open_children FROM nodes
    WHERE parent_id = ANY (:ids) AND kind = 'test' ORDER BY id FOR NO KEY UPDATE
""")


@dataclass(frozen=True)
class Outcome:
    """A result: its name, in words of ``states.RESULTS`` or None, what else its data says, and those below it."""

    name: str
    result: str | None
    said: Mapping[str, Any] = field(default_factory=dict)
    below: Sequence["Outcome"] = ()


class _Place(NamedTuple):
    id: str
    path: list[str]


def plant(
    session: Session, node_id: str, outcomes: Sequence[Outcome], now: datetime.datetime, *, tell: bool = True
) -> int:
    """Put results below a node and return how many were new or are others now.

    The node stays in the state that it is in, unless it only waited for children that are ended by this.

    One that is there, by its name and how many of that name came before it, is done now and takes on the result.
    All of it is one event of the node, which has them as a tree, unless ``tell`` says no.
    """
    top = session.execute(statements.LOCK, {"id": node_id}).first()
    if top is None:
        return 0
    common = _common(top)
    ids = iter(object_ids.make(now, sum(1 for _ in _all(outcomes))))
    level = [(_Place(top.id, list(top.path)), outcome) for outcome in outcomes]
    done = 0
    while level:
        there = _there(session, {parent.id for parent, _ in level})
        known = [row for rows_ in there.values() for row in rows_]
        placed, fresh, changed = _placed(level, there, common, ids, now)
        if fresh:
            session.execute(statements.INSERT, {"rows": rows.dumps(fresh), "tell": False})
        moves.make(session, known, changed, now)
        done += len(fresh) + len(changed)
        level = [(place, below) for place, (_, outcome) in zip(placed, level, strict=True) for below in outcome.below]
    if done and tell:
        # The last open child may have been ended here, and the node with it.
        top = session.execute(statements.LOCK, {"id": node_id}).one()
        moves.make(session, [], [Move(top.id, top.state, top.result, tree=True)], now)
    return done


def _placed(
    level: Sequence[tuple[_Place, Outcome]],
    there: Mapping[tuple[str, str], deque[Row[Any]]],
    common: Mapping[str, Any],
    ids: Iterator[str],
    now: datetime.datetime,
) -> tuple[list[_Place], list[dict[str, Any]], list[Move]]:
    """Return the places of the outcomes of a level below their parents', the nodes that are new, and what changes."""
    places, fresh, changed = [], [], []
    for parent, outcome in level:
        name = outcome.name.encode()[: rows.MOST_BYTES["name"]].decode(errors="ignore")
        path, known = [*parent.path, name], there[parent.id, name]
        node = known.popleft() if known else None
        places.append(_Place(node.id if node else next(ids), path))
        if node is None:
            said = {**common, "name": name, "path": path, "parent_id": parent.id, "result": outcome.result}
            said["data"] = {**common["data"], **outcome.said}
            fresh.append(rows.fresh(said, places[-1].id, common["owner"], now))
        elif (node.state, node.result) != ("done", outcome.result):
            changed.append(Move(node.id, "done", outcome.result, outcome.said, told=False))
    return places, fresh, changed


def _there(session: Session, parents: set[str]) -> dict[tuple[str, str], deque[Row[Any]]]:
    found: dict[tuple[str, str], deque[Row[Any]]] = defaultdict(deque)
    for row in session.execute(KNOWN, {"ids": list(parents)}):
        found[row.parent_id, row.name].append(row)
    return found


def _common(top: Row[Any]) -> dict[str, Any]:
    data = orjson.loads(top.data)
    return {
        "kind": "test",
        "state": "done",
        "group": top.group or top.name,
        "owner": top.owner,
        "submitter": top.submitter,
        "treeid": top.treeid,
        "user_groups": top.user_groups,
        "data": {name: data[name] for name in INHERITED if name in data},
    }


def _all(outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    for outcome in outcomes:
        yield outcome
        yield from _all(outcome.below)
