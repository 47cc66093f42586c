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
from paddles.lab import reports
from paddles.nodes import statements
from paddles.nodes.states import is_open


def shift(session: Session, deltas: Mapping[str, int], now: datetime.datetime) -> None:
    """Add to the open children of nodes, by id; a ``closing`` one that has none left is done, with an event.

    Unless a transaction that began later has told of the node already: then the next round of the sweep ends it, so
    that its events are in the order in which things happened.
    """
    pending = {node: by for node, by in deltas.items() if by}
    while pending:
        values = {"ids": list(pending), "deltas": list(pending.values()), "now": now}
        above: Counter[str] = Counter()
        moved = session.execute(statements.SHIFT, values).all()
        for row in moved:
            if row.parent_id:
                above[row.parent_id] += _change(row)
        # Nobody waits for the jobs behind those that are over.
        over = [row.job_id for row in moved if row.job_id and row.state == "done" != row.previous_state]
        if over:
            reports.cancel(session, over, "cancel", now)
        pending = {node: by for node, by in above.items() if by}


def _change(row: Row[Any]) -> int:
    """Return how many open children a node's parent gains by what became of the node."""
    return is_open(row.state, row.open_children) - is_open(row.previous_state, row.previous_children)
