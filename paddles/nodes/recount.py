"""Count open children again, from the newest nodes to the oldest, so that what is below a node is right before it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.session import Session

BATCH = 5000
# Behind every id.
END = "g"

_OPEN = "count(c.id) FILTER (WHERE c.state <> 'done' OR c.open_children > 0)"
LAST = text("""
    SELECT min(id) FROM (SELECT id FROM nodes WHERE id < :before ORDER BY id DESC LIMIT :limit) AS batch
""")
MISCOUNTED = text(f"""
    SELECT p.id, p.open_children AS kept, {_OPEN} AS counted
    FROM nodes AS p LEFT JOIN nodes AS c ON c.parent_id = p.id WHERE p.id >= :first AND p.id < :before
    GROUP BY p.id, p.open_children HAVING p.open_children <> {_OPEN} ORDER BY p.id DESC
""")
LOCK = text("SELECT open_children FROM nodes WHERE id = :id FOR NO KEY UPDATE")
REPAIR = text(f"""
    UPDATE nodes SET open_children = counted.n
    FROM (SELECT {_OPEN} AS n FROM nodes AS c WHERE c.parent_id = :id) AS counted
    WHERE id = :id AND open_children <> counted.n
""")


def first(session: Session, before: str = END, limit: int = BATCH) -> str | None:
    """Return the id with which the ``limit`` nodes before ``before`` begin, None when there are none."""
    found: str | None = session.scalar(LAST, {"before": before, "limit": limit})
    return found


def miscounted(session: Session, first: str, before: str) -> Sequence[Row[Any]]:
    """Return the nodes from ``first`` to before ``before`` whose counter differs: ``id``, ``kept``, ``counted``."""
    return session.execute(MISCOUNTED, {"first": first, "before": before}).all()


def repair(session: Session, node_id: str) -> bool:
    """Set the counter of a node to what it should be and say whether it was wrong.

    The node's row is locked before its children are counted: whoever moves one has been counted, or waits and adds to
    what is set here.
    """
    session.execute(LOCK, {"id": node_id})
    return bool(session.execute(REPAIR, {"id": node_id}).rowcount)
