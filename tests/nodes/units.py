"""Units of work on nodes: what the face would ask for, one committed transaction each."""

import datetime
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.accounts import groups
from paddles.accounts.access import Principal
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from paddles.nodes import nodes, search
from tests.conftest import NOW
from tests.units import events_of, rows

ANN = Principal(id="1" * 24, username="ann")
BOB = Principal(id="2" * 24, username="bob")
ROOT = Principal(id="3" * 24, username="root", is_superuser=True)
HUNDRED = Page(100)
WRONG = text("""
    WITH RECURSIVE below (root, parent_id, id, state) AS (
        SELECT parent_id, parent_id, id, state FROM nodes WHERE parent_id IS NOT NULL
        UNION ALL
        SELECT below.root, nodes.parent_id, nodes.id, nodes.state FROM below JOIN nodes ON nodes.parent_id = below.id),
    pending (id) AS (SELECT DISTINCT root FROM below WHERE state <> 'done')
    SELECT p.id, p.open_children FROM nodes AS p
    WHERE p.open_children <> (
        SELECT count(*) FROM nodes AS c
        WHERE c.parent_id = p.id AND (c.state <> 'done' OR c.id IN (SELECT id FROM pending)))
""")


def make_groups(database: Database, *names: str) -> None:
    """Make groups of these names."""
    for name in names:
        transact(database, lambda s, name=name: groups.create(s, name, ROOT, NOW))


def create(
    database: Database, *, by: Principal = ANN, now: datetime.datetime = NOW, tell: bool = True, **said: Any
) -> str:
    """Create a node, a checkout called ``n`` unless it is said to be something else, and return its id."""
    about = {"kind": "checkout", "name": "n", "path": ["n"], **said}
    return str(transact(database, lambda s: nodes.create(s, about, by, now, tell=tell))["id"])


def change(
    database: Database, node_id: str, *, by: Principal = ANN, now: datetime.datetime = NOW, **said: Any
) -> dict[str, Any]:
    """Change a node and return all of it."""
    return transact(database, lambda s: nodes.change(s, node_id, said, by, now))


def node_of(database: Database, node_id: str) -> Row[Any]:
    """Return a node as it is stored."""
    row = read(database, lambda s: search.one(s, node_id))
    assert row is not None
    return row


def data_of(database: Database, node_id: str) -> Any:
    """Return the data of a node."""
    return orjson.loads(node_of(database, node_id).data)


def found(database: Database, *asked: tuple[str, str], page: Page = HUNDRED) -> list[str]:
    """Return the names of the nodes that match, oldest first; the count says the same number."""
    names = [row.name for row in read(database, lambda s: search.find(s, asked, page))]
    assert len(names) == read(database, lambda s: search.count(s, asked))
    return names


def told(database: Database) -> list[Any]:
    """Return the data of all node events in their order."""
    return [orjson.loads(event.data) for event in events_of(database, "node")]


def moves(database: Database) -> list[tuple[str, str, str]]:
    """Return the id of each node that changed its state, with the states before and after, in the order of events."""
    changes = [event for event in told(database) if event["op"] == "updated"]
    return [(e["id"], e["previous_state"], e["state"]) for e in changes if e["previous_state"] != e["state"]]


def miscounted(database: Database) -> Sequence[Row[Any]]:
    """Return the nodes whose counter differs from a count of the children below which something is pending."""
    return rows(database, WRONG)
