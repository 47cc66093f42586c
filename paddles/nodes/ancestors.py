"""Count the open children of nodes, exactly, and let a node end with the last of them.

A node is open until it is done and nothing below it is open (``states.is_open``); its parent counts it for as long.
Whoever opens or ends nodes tells their parents here in the same transaction, and these theirs, as far as it matters:
most often one level. Rows are locked upwards, children before parents.
"""

import datetime
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from paddles.db.session import Session
from paddles.nodes import statements
from paddles.nodes.states import is_open


def shift(session: Session, deltas: Mapping[str, int], now: datetime.datetime) -> int:
    """Add to the open children of nodes, by id, and return how many of these there are.

    One that was ``closing`` and has none left is done, with an event.
    """
    pending = {node: by for node, by in deltas.items() if by}
    there = len(pending)
    while pending:
        rows = session.execute(
            statements.SHIFT, {"ids": list(pending), "deltas": list(pending.values()), "now": now}
        ).all()
        there -= len(pending) - len(rows)
        above: Counter[str] = Counter()
        for row in rows:
            if row.parent_id:
                above[row.parent_id] += _change(row)
        pending = {node: by for node, by in above.items() if by}
    return there


def _change(row: Row[Any]) -> int:
    """Return how many open children a node's parent gains by what became of the node."""
    return is_open(row.state, row.open_children) - is_open(row.previous_state, row.previous_children)
