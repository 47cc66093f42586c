"""Take nodes over that another service had, with their ids: many at a time, as often as one likes, without events."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import text

from paddles.accounts import groups
from paddles.db.session import Session
from paddles.nodes import ancestors, rows, statements
from paddles.nodes.states import is_open

HERE = text("SELECT id FROM nodes WHERE id = ANY (:ids)")
# Parents that are here, kept from deletion until their children are.
KEEP = text("SELECT id FROM nodes WHERE id = ANY (:ids) ORDER BY id FOR KEY SHARE")
TAKE = text(f"""
    INSERT INTO nodes ({statements.ALL}) SELECT {statements.ALL} FROM {statements.ROWS}
    ON CONFLICT (id) DO NOTHING RETURNING id
""")


class Taken(NamedTuple):
    """What became of nodes: how many were stored, and the ids of those whose parent is not here, at whatever height."""

    added: int
    waiting: set[str]


def take(session: Session, found: Mapping[str, Mapping[str, Any]], now: datetime.datetime) -> Taken:
    """Store those of the nodes that are not here yet and whose parent is, or is stored with them; no event tells of it.

    ``found`` are rows as of ``rows.kept``, by id, in any order. What is here stays as it is. Parents count what is open
    below them, and groups that nodes name are made.
    """
    here = set(session.scalars(HERE, {"ids": list(found)}))
    new = {node_id: node for node_id, node in found.items() if node_id not in here}
    parents = {node_id: node["parent_id"] for node_id, node in new.items()}
    above = sorted({parent for parent in parents.values() if parent and parent not in new})
    kept = set(session.scalars(KEEP, {"ids": above})) if above else set()
    wanted = rooted(parents, kept)
    added = _store(session, [node for node_id, node in new.items() if node_id in wanted], now) if wanted else 0
    return Taken(added, new.keys() - wanted)


def rooted(parents: Mapping[str, str | None], here: Collection[str]) -> set[str]:
    """Return those of the nodes, parents by id, that are below nothing or, at any depth, below one that is ``here``."""
    below: defaultdict[str | None, list[str]] = defaultdict(list)
    for node_id, parent in parents.items():
        below[parent].append(node_id)
    todo = [node_id for top in (None, *here) for node_id in below.get(top, ())]
    found = set()
    while todo:
        node_id = todo.pop()
        found.add(node_id)
        todo += below.get(node_id, ())
    return found


def _store(session: Session, nodes: list[Mapping[str, Any]], now: datetime.datetime) -> int:
    groups.ensure(session, sorted({name for node in nodes for name in node["user_groups"]}), now)
    # Another import may store some of them meanwhile: those are counted there.
    added = set(session.scalars(TAKE, {"rows": rows.dumps(nodes)}))
    opened = Counter(
        node["parent_id"] for node in nodes if node["id"] in added and node["parent_id"] and is_open(node["state"], 0)
    )
    ancestors.shift(session, opened, now)
    return len(added)
