"""``pecan recount`` on nodes: counters that somebody damaged."""

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import read
from paddles.nodes import recount
from tests.commands.conftest import Pecan
from tests.nodes.units import create, miscounted, node_of


@pytest.fixture
def damaged(database: Database) -> list[str]:
    """A checkout, a done build below it, a running job below that, and counters that know nothing of it."""
    root = create(database)
    build = create(database, kind="kbuild", parent_id=root)
    job = create(database, kind="job", parent_id=build)
    with database.writer.begin() as session:
        session.execute(text("UPDATE nodes SET state = 'done' WHERE kind = 'kbuild'"))
        session.execute(text("UPDATE nodes SET open_children = CASE kind WHEN 'job' THEN 5 ELSE 0 END"))
    return [root, build, job]


def test_counters_of_nodes_are_repaired(database: Database, damaged: list[str], pecan: Pecan) -> None:
    """From below: each is printed, the exit code says that there was one, and then all are right."""
    printed = pecan("recount", code=1)

    assert f"node {damaged[2]}: 5 open children, counted 0\n" in printed
    assert f"node {damaged[1]}: 0 open children, counted 1\n" in printed
    assert [1, 1, 0] == [node_of(database, each).open_children for each in damaged]
    assert [] == miscounted(database)
    pecan("recount")


def test_looking_repairs_nothing(database: Database, damaged: list[str], pecan: Pecan) -> None:
    """With ``--check`` what differs is only printed."""
    assert f"node {damaged[2]}: 5 open children, counted 0\n" in pecan("recount", "--check", code=1)

    assert [0, 0, 5] == [node_of(database, each).open_children for each in damaged]


def test_all_nodes_are_looked_at(database: Database, damaged: list[str]) -> None:
    """Stretch by stretch, from the newest on."""
    ids = sorted(damaged)

    assert ids[1] == read(database, lambda session: recount.first(session, recount.END, 2))
    assert ids[0] == read(database, lambda session: recount.first(session, ids[1], 2))
    assert read(database, lambda session: recount.first(session, ids[0], 2)) is None
