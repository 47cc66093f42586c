"""What is around a node: what it is below, what is below it and how that ended, and the job behind it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from paddles.db.prepared import hot
from paddles.db.session import Session

# How many levels are followed, up and down, and how many nodes are looked at below one.
HIGHEST, DEEPEST, MOST = 50, 12, 3000

_KNOWN = "nodes.id, nodes.parent_id, nodes.kind, nodes.name, nodes.state, nodes.result"
_COLUMNS = "id parent_id kind name state result"
ABOVE = hot(
    f"""
    WITH RECURSIVE above AS (
        SELECT {_KNOWN}, 0 AS height FROM nodes WHERE id = :id
        UNION ALL SELECT {_KNOWN}, height + 1 FROM above JOIN nodes ON nodes.id = above.parent_id
        WHERE height < {HIGHEST})
    SELECT id, parent_id, kind, name, state, result FROM above WHERE height > 0 ORDER BY height DESC""",
    _COLUMNS,
)
# Level by level: the limit ends the recursion with the nodes that are nearest. Children are looked up parent by parent,
# since nobody can tell the planner beforehand how few they are.
BELOW = hot(
    f"""
    WITH RECURSIVE below AS (
        SELECT {_KNOWN}, 1 AS depth FROM nodes WHERE parent_id = :id
        UNION ALL SELECT child.*, depth + 1 FROM below CROSS JOIN LATERAL (
            SELECT {_KNOWN} FROM nodes WHERE parent_id = below.id OFFSET 0) AS child
        WHERE depth <= {DEEPEST})
    SELECT id, parent_id, kind, name, state, result, depth FROM below LIMIT {MOST + 1}""",
    f"{_COLUMNS} depth",
)
JOB = hot(
    """
    SELECT runs.name AS run, jobs.key, jobs.status FROM nodes
    JOIN jobs ON jobs.id = nodes.job_id JOIN runs ON runs.id = jobs.run_id WHERE nodes.id = :id""",
    "run key status",
)


@dataclass
class Branch:
    """A node, the ``branches`` below it, and how many nodes below it, at any depth, ended how.

    ``counts`` are by result; of what has none, by state. ``cut``: there is more below it than was looked at.
    """

    node: Any
    branches: list["Branch"] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    cut: bool = False


def above(session: Session, node_id: str) -> Sequence[Row[Any]]:
    """Return the nodes above a node, the root first: up to ``HIGHEST`` of them."""
    return session.execute(ABOVE, {"id": node_id}).all()


def below(session: Session, node_id: str) -> Branch:
    """Return the tree below a node, what failed before what did not, and the older before the newer.

    It is ``DEEPEST`` levels deep and has ``MOST`` nodes at the most, those that are nearest.
    """
    rows = session.execute(BELOW, {"id": node_id}).all()
    top = Branch(None, cut=len(rows) > MOST)
    known = {node_id: top}
    for row in rows[:MOST]:
        if row.depth <= DEEPEST:
            known[row.id] = Branch(row)
    _join(known, top)
    for row in rows:
        if row.depth > DEEPEST:
            known[row.parent_id].cut = top.cut = True
    return top


def job(session: Session, node_id: str) -> Row[Any] | None:
    """Return the ``run``, ``key`` and ``status`` of the job behind a node, None where there is none."""
    return session.execute(JOB, {"id": node_id}).first()


def outcome(node: Any) -> str:
    """Return how a node ended, or in which state it is."""
    return str(node.result or node.state)


def _join(known: dict[str, Branch], top: Branch) -> None:
    """Put each branch below its parent, and count from the deepest up."""
    for branch in known.values():
        if branch is not top:
            known[branch.node.parent_id].branches.append(branch)
    for branch in reversed(known.values()):
        branch.branches.sort(key=_place)
        for each in branch.branches:
            branch.counts[outcome(each.node)] += 1
            branch.counts.update(each.counts)


def _place(branch: Branch) -> tuple[bool, str]:
    failed = {"fail", "incomplete"} & {branch.node.result, *branch.counts}
    return (not failed, branch.node.id)
