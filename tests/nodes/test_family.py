"""What is around a node: what it is below, what is below it, how much of that ended how, and up to where it is told."""

from typing import Any

from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.nodes import family
from paddles.nodes.family import Branch
from tests.conftest import NOW
from tests.nodes.units import create, node_of
from tests.units import at

# Nodes below a node, all at once; their ids rise with their numbers.
MANY = text("""
    INSERT INTO nodes (id, kind, name, path, parent_id, state, result, data, created, updated, timeout, owner)
    SELECT lpad(n::text, 24, 'f'), 'test', 'n', '{n}', :parent, 'done', CASE WHEN n % 3 = 0 THEN 'fail' ELSE 'pass' END,
        '{}', :now, :now, :now, 'ann'
    FROM generate_series(:first, :last) AS n
""")


def below(database: Database, node_id: str) -> Branch:
    """Return the tree below a node."""
    return read(database, lambda session: family.below(session, node_id))


def fill(database: Database, parent: str, first: int, last: int) -> None:
    """Put nodes with these numbers below one, of which each third failed."""
    transact(database, lambda s: s.execute(MANY, {"parent": parent, "now": NOW, "first": first, "last": last}))


def ids(branch: Branch) -> list[str]:
    """Return the ids of the nodes right below a branch."""
    return [each.node.id for each in branch.branches]


def chain(database: Database, length: int) -> list[str]:
    """Make nodes, each below the one before, and return their ids."""
    made = [create(database)]
    while len(made) < length:
        made.append(create(database, parent_id=made[-1]))
    return made


def ended(database: Database, parent: str, **said: Any) -> str:
    """Make a node below another that ended somehow."""
    return create(database, kind="test", parent_id=parent, state="done", **said)


def test_what_is_above_comes_from_the_root_on(database: Database) -> None:
    """All of it, but for the node itself; above a root is nothing."""
    made = chain(database, 4)

    assert made[:3] == [row.id for row in read(database, lambda s: family.above(s, made[3]))]
    assert [] == read(database, lambda s: family.above(s, made[0]))


def test_what_failed_comes_first_and_all_is_counted(database: Database) -> None:
    """Also where something below it failed; by result, and by state what has none."""
    root = create(database)
    good, odd = ended(database, root, now=at(1), result="pass"), ended(database, root, now=at(2))
    open_, bad = create(database, now=at(3), parent_id=root), ended(database, root, now=at(4), result="pass")
    worse = ended(database, bad, now=at(5), result="incomplete")
    tree = below(database, root)

    assert [bad, good, odd, open_] == ids(tree)
    assert [worse] == ids(tree.branches[0])
    assert {"pass": 2, "done": 1, "running": 1, "incomplete": 1} == tree.counts
    assert {"incomplete": 1} == tree.branches[0].counts
    assert not tree.cut


def test_a_tree_is_followed_so_deep(database: Database) -> None:
    """And it is said where it goes on."""
    made = chain(database, family.DEEPEST + 3)
    branch = tree = below(database, made[0])
    depth = 0
    while branch.branches:
        (branch,) = branch.branches
        depth += 1

    assert (family.DEEPEST, True, True) == (depth, tree.cut, branch.cut)
    assert not below(database, made[2]).cut


def test_a_tree_is_followed_so_wide(database: Database) -> None:
    """The nearest nodes are known, whichever they are below; as many as may be are not cut."""
    root = create(database)
    child = create(database, parent_id=root)
    fill(database, child, 1, family.MOST - 1)
    assert not below(database, root).cut
    assert family.MOST == below(database, root).counts.total()

    fill(database, root, family.MOST, family.MOST + 9)
    tree = below(database, root)
    assert (True, family.MOST, 11) == (tree.cut, tree.counts.total(), len(tree.branches))


def test_nothing_is_below_or_behind_a_node_alone(database: Database) -> None:
    """No branches, no job."""
    node = create(database)

    assert ([], 0) == (below(database, node).branches, below(database, node).counts.total())
    assert read(database, lambda s: family.job(s, node)) is None
    assert "running" == family.outcome(node_of(database, node))
