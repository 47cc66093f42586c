"""Many writers of one tree of nodes, and the clock: every counter exact, nothing stuck, nothing moved back."""

import datetime
import itertools
import random

import pytest

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Invalid
from paddles.nodes import hierarchy, nodes, upkeep
from paddles.nodes.hierarchy import Branch
from tests.concurrency.threads import together
from tests.conftest import NOW
from tests.nodes.units import ANN, change, create, miscounted, moves, node_of
from tests.units import at, rows

DONE = {"kind": "test", "name": "t", "path": ["t"], "state": "done"}


def tick(database: Database, now: datetime.datetime = NOW, limit: int = 7) -> int:
    """Do what the clock asks for, one small batch of each kind."""
    tasks = (upkeep.time_out, upkeep.hold_off, upkeep.close)
    return sum(transact(database, lambda s, task=task: task(s, now, limit)) for task in tasks)


@pytest.mark.parametrize("attempt", range(5))
def test_children_that_finish_while_the_holdoff_expires(database: Database, attempt: int) -> None:
    """The parent closes or not, and is done with its last child; its events are in the order of its states."""
    root = create(database, state="available", holdoff=at(-1))
    children = [create(database, parent_id=root) for _ in range(8)]

    def work(number: int) -> None:
        if number == 8:
            transact(database, lambda s: upkeep.hold_off(s, NOW, 10))
            return
        change(database, children[number], state="done", result="pass")

    together(9, work)

    # Where they were in each other's way, the clock moves the node in its next round.
    tick(database)
    assert ("done", 0) == (node_of(database, root).state, node_of(database, root).open_children)
    steps = [move[1:] for move in moves(database) if move[0] == root]
    assert steps in ([("available", "closing"), ("closing", "done")], [("available", "done")])
    assert [] == miscounted(database)


def test_grandchildren_that_finish_at_once_end_all_above(database: Database) -> None:
    """Twelve leaves below three closing nodes below a closing root: all are done, each once, by the next rounds."""
    root = create(database, state="closing")
    middles = [create(database, parent_id=root, state="closing") for _ in range(3)]
    leaves = [create(database, parent_id=middle) for middle in middles for _ in range(4)]

    together(12, lambda number: change(database, leaves[number], state="done"))
    while tick(database):
        pass

    assert [(16,)] == rows(database, "SELECT count(*) FROM nodes WHERE state = 'done' AND open_children = 0")
    assert 16 == len(moves(database)) == len(set(moves(database)))


def test_a_done_node_never_comes_back(database: Database) -> None:
    """Of eight that move a node to different states at once, whoever comes too late is refused."""
    for _ in range(5):
        node_id = create(database)

        def work(number: int, node_id: str = node_id) -> None:
            state = ("done", "available", "closing", "done")[number % 4]
            try:
                change(database, node_id, state=state)
            except Invalid:
                return

        together(8, work)

        assert "done" == node_of(database, node_id).state
        steps = [move[1:] for move in moves(database) if move[0] == node_id]
        assert [step[0] for step in steps] == ["running", *(step[1] for step in steps[:-1])]


def test_a_tree_of_many_writers_and_the_clock(database: Database) -> None:
    """Nodes created, changed, moved, submitted and timed out at random: counters equal a count, nothing is stuck."""
    roots = [create(database, state="available", holdoff=at(30)) for _ in range(2)]
    known = list(roots)

    def work(number: int) -> None:
        dice = random.Random(number)
        for step in range(25):
            node_id, other = dice.choice(known), dice.choice(known)
            now = at(step * 4)
            try:
                deed(database, dice, node_id, other, now, known)
            except Invalid:
                continue

    together(8, work)

    assert [] == miscounted(database)
    while tick(database, at(3600), 500):
        pass
    stuck = "SELECT id FROM nodes WHERE state = 'closing' AND open_children = 0"
    assert [] == rows(database, stuck)
    assert [] == rows(database, "SELECT id FROM nodes WHERE state = 'available' AND holdoff < :now", now=at(3600))
    assert [] == miscounted(database)
    for node_id, steps in itertools.groupby(sorted(moves(database), key=lambda m: m[0]), key=lambda m: m[0]):
        assert len(list(steps)) <= 3, node_id


def deed(
    database: Database, dice: random.Random, node_id: str, other: str, now: datetime.datetime, known: list[str]
) -> None:
    """Do something to a node, at random."""
    what = dice.choice(("create", "create", "move", "state", "state", "tree", "tick"))
    if what == "create":
        times = {"timeout": now + datetime.timedelta(seconds=dice.randrange(100)), "holdoff": at(dice.randrange(100))}
        state = dice.choice(("running", "available", "done"))
        known.append(create(database, now=now, parent_id=node_id, state=state, **times))
    elif what == "move":
        change(database, node_id, now=now, parent_id=other)
    elif what == "state":
        change(database, node_id, now=now, state=dice.choice(("available", "closing", "done")))
    elif what == "tree":
        below = Branch({**DONE, "state": dice.choice(("done", "running"))}, [Branch(DONE)])
        tree = Branch({"result": "pass"}, [below, Branch(DONE)])
        made = transact(database, lambda s: hierarchy.submit(s, node_id, tree, ANN, now))
        known.extend(node["id"] for node in made[1:])
    else:
        tick(database, now)


def test_creators_below_one_node_all_succeed(database: Database) -> None:
    """Eight at once, twelve each: all are there, and counted."""
    root = create(database)

    together(8, lambda number: [create(database, parent_id=root, name=f"{number}-{n}") for n in range(12)])

    assert 96 == node_of(database, root).open_children
    marked = rows(database, "SELECT id FROM nodes WHERE parent_id = :root", root=root)
    assert 96 == transact(database, lambda s: nodes.mark(s, [row.id for row in marked], True, ANN))
    assert [] == miscounted(database)
