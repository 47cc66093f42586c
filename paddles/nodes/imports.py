"""Take nodes over that another service had, with their ids: many at a time, as often as one likes, without events."""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from paddles.db.session import Session
from paddles.nodes import ancestors, rows, statements
from paddles.nodes.states import is_open

# Those whose parent is neither here nor among them are left out; what is here already stays as it is.
TAKE = text(f"""
    WITH new AS MATERIALIZED (SELECT {statements.ALL} FROM {statements.ROWS})
    INSERT INTO nodes ({statements.ALL}) SELECT {statements.ALL} FROM new
    WHERE parent_id IS NULL OR parent_id IN (SELECT id FROM new) OR EXISTS (
        SELECT FROM nodes AS parent WHERE parent.id = new.parent_id)
    ON CONFLICT (id) DO NOTHING RETURNING id
""")
HERE = text("SELECT id FROM nodes WHERE id = ANY (:ids)")


def take(session: Session, found: Sequence[Mapping[str, Any]], now: datetime.datetime) -> tuple[int, list[str]]:
    """Store nodes that are not here yet; return how many those were, and the ids of those whose parent is not here.

    ``found`` are rows as of ``rows.kept``, each id once. Parents count what is open below them.
    """
    dumped = rows.dumps(_attached(found))
    added = set(session.scalars(TAKE, {"rows": dumped}))
    ids = [node["id"] for node in found]
    missing = set(ids) - added
    here = set(session.scalars(HERE, {"ids": list(missing)})) if missing else set()
    deltas: Counter[str] = Counter()
    for node in found:
        if node["id"] in added and node["parent_id"] and is_open(node["state"], 0):
            deltas[node["parent_id"]] += 1
    ancestors.shift(session, deltas, now)
    return len(added), [node_id for node_id in ids if node_id in missing - here]


def _attached(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the nodes without those that are below one that is below none: their turn comes later."""
    return [node for node in found if node["parent_id"] != node["id"]]
