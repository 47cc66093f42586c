"""Nodes moved by the service itself: with an event each, and their parents told."""

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.db.session import Session
from paddles.nodes import ancestors, statements
from paddles.nodes.states import Move, is_open


def make(session: Session, nodes: Sequence[Row[Any]], moves: Sequence[Move], now: datetime.datetime) -> None:
    """Move nodes, rows that are locked and have ``id parent_id state open_children``: each has one move."""
    if not moves:
        return
    values = {"rows": orjson.dumps([move._asdict() for move in moves]).decode(), "ids": [move.id for move in moves]}
    session.execute(statements.MOVE, {**values, "now": now})
    after = {move.id: move.state for move in moves}
    deltas: Counter[str] = Counter()
    for node in nodes:
        ends = node.state != "done" == after.get(node.id)
        if ends and node.parent_id and not is_open("done", node.open_children):
            deltas[node.parent_id] -= 1
    ancestors.shift(session, deltas, now)
