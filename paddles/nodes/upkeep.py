"""What time does to nodes: their timeouts, holdoffs and ends, a batch at a time.

A node that somebody else has locked is passed over and looked at again in the next round. Each move is an update like
any other: it has its event, and the node's parent hears of it.
"""

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, TextClause

from paddles.db.session import Session
from paddles.nodes import ancestors, statements, states
from paddles.nodes.kinds import KINDS
from paddles.nodes.states import Standing


def time_out(session: Session, now: datetime.datetime, limit: int) -> int:
    """End up to ``limit`` nodes whose time is over, those without a result as incomplete; return how many."""
    return _move(session, statements.TIMED_OUT, now, limit)


def hold_off(session: Session, now: datetime.datetime, limit: int) -> int:
    """Close up to ``limit`` available nodes whose holdoff is over, end those without open children; return how many."""
    return _move(session, statements.HELD_OFF, now, limit)


def close(session: Session, now: datetime.datetime, limit: int) -> int:
    """End up to ``limit`` closing nodes that wait for no child; return how many."""
    return _move(session, statements.CLOSED, now, limit)


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` nodes created before that moment, done and with none below them, and return how many.

    Checkouts stay: what was tested is known for ever.
    """
    kinds = [kind for kind in KINDS if kind != "checkout"]
    return int(session.execute(statements.FORGET, {"kinds": kinds, "before": before, "limit": limit}).rowcount)


def _move(session: Session, chosen: TextClause, now: datetime.datetime, limit: int) -> int:
    nodes = session.execute(chosen, {"now": now, "limit": limit}).all()
    if not nodes:
        return 0
    after = [states.due(_standing(node), now) for node in nodes]
    values = {
        "ids": [node.id for node in nodes],
        "states": after,
        "lost": [node.result is None and states.timed_out(_standing(node), now) for node in nodes],
        "timed_out": orjson.dumps(states.TIMED_OUT).decode(),
        "now": now,
    }
    session.execute(statements.MOVE, values)
    ancestors.shift(session, _ended(nodes, after), now)
    return len(nodes)


def _standing(node: Row[Any]) -> Standing:
    return Standing(node.state, node.timeout, node.holdoff, node.open_children)


def _ended(nodes: Sequence[Row[Any]], after: Sequence[str]) -> Counter[str]:
    """Return by how much the open children of parents change."""
    deltas: Counter[str] = Counter()
    for node, state in zip(nodes, after, strict=True):
        if node.parent_id and not states.is_open(state, node.open_children):
            deltas[node.parent_id] -= 1
    return deltas
