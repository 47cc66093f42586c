"""Claims, reports, cancels, clocks and the follower of nodes, all at once: nodes agree with their jobs."""

import datetime
import random

import pytest
from sqlalchemy import text

from paddles.archive import runs
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Invalid, NotFound
from paddles.lab import leases
from paddles.nodes import following, upkeep
from tests.concurrency.threads import inexact, together
from tests.conftest import NOW
from tests.nodes.labs import ask, claim, follow, settle, store
from tests.nodes.units import change, create, miscounted, moves, told
from tests.units import accept, at, rows

THREADS, STEPS = 8, 30
SUITE = {"name": "s", "status": "pass", "cases": ["a", "b"]}
# By the status of its job: what a node's result may be. A word of somebody else may stand where there is no verdict.
DISAGREE = """
    SELECT nodes.id, nodes.state, nodes.result, jobs.status FROM nodes JOIN jobs ON jobs.id = job_id
    WHERE job_status <> jobs.status
        OR (jobs.status IN ('pass', 'fail') AND (nodes.state, nodes.result) IS DISTINCT FROM ('done', jobs.status))
        OR (jobs.status = 'dead' AND (nodes.state <> 'done' OR nodes.result IS NULL))
        OR (jobs.status IN ('queued', 'running') AND nodes.state = 'done' AND NOT EXISTS (
            SELECT FROM events WHERE channel = 'job' AND type = 'job.dead' AND data ->> 'job' = jobs.key))
"""


def tick(database: Database, now: datetime.datetime) -> None:
    """Do what the clock and the log ask for."""

    def work(session: Session) -> None:
        upkeep.time_out(session, now, 5)
        upkeep.hold_off(session, now, 5)
        upkeep.close(session, now, 5)
        upkeep.orphans(session, now, 5)
        leases.expire(session, now, 5, 2)

    transact(database, work)
    transact(database, lambda s: following.follow(s, now, 5))


def deed(database: Database, dice: random.Random, number: int, parents: list[str], known: list[str]) -> None:
    """Do something to a node or its job, at random."""
    node_id, tree, now = dice.choice(known), f"t{number % 2}", at(dice.randrange(100))
    deeds = ("ask", "claim", "report", "report", "end", "result", "tests", "tests", "child", "tick", "tick", "delete")
    what = dice.choice(deeds)
    if what == "ask":
        state = dice.choice(("running", "available", "closing"))
        times = {"timeout": at(dice.randrange(120)), "holdoff": at(dice.randrange(120))}
        known.append(ask(database, parent_id=dice.choice(parents), treeid=tree, state=state, now=now, **times))
    elif what == "claim":
        claim(database, seconds=dice.randrange(100))
    elif what == "report":
        said = dice.choice(({"status": "running"}, {"success": True}, {"success": False}, {"status": "dead"}))
        accept(database, tree, node_id, now=now, **said)
    elif what == "end":
        change(database, node_id, now=now, state=dice.choice(("done", "closing")))
    elif what == "child":
        name = dice.choice(("s", "mine"))
        state = dice.choice(("running", "done"))
        child = create(database, kind="test", name=name, path=[name], parent_id=node_id, state=state, now=now)
        if state == "running" and dice.random() < 0.5:
            change(database, child, now=now, state="done")
    elif what == "result":
        change(database, node_id, now=now, debug={"n": number})
    elif what == "tests":
        (row,) = rows(database, "SELECT job_id FROM nodes WHERE id = :id", id=node_id)
        store(database, row.job_id or 0, SUITE)
    elif what == "delete" and dice.random() < 0.1:
        transact(database, lambda s: runs.delete(s, tree))
    else:
        tick(database, now)


@pytest.mark.parametrize("seed", range(3))
def test_nodes_agree_with_their_jobs(database: Database, seed: int) -> None:
    """Whatever happened in whatever order: each node has its job's result, counters count, each test is once."""
    parents = [create(database, state="available") for _ in range(3)]
    known = [ask(database, parent_id=parents[n % 3], treeid=f"t{n % 2}") for n in range(6)]

    def work(number: int) -> None:
        dice = random.Random(100 * seed + number)
        for _ in range(STEPS):
            try:
                deed(database, dice, number, parents, known)
            except (Invalid, NotFound):
                continue

    together(THREADS, work)
    settle(database)
    while follow(database, at(200)):
        pass

    assert [] == rows(database, DISAGREE)
    assert [] == miscounted(database) == inexact(database)
    orphans = "SELECT FROM nodes WHERE job_status IS NOT NULL AND job_id IS NULL AND state <> 'done'"
    assert [] == rows(database, orphans)
    twice = """
        SELECT parent_id FROM nodes WHERE name IN ('a', 'b') GROUP BY parent_id, name HAVING count(*) > 1
        UNION ALL SELECT below.parent_id FROM nodes AS below WHERE below.name = 's' AND below.group IS NOT NULL
        GROUP BY below.parent_id HAVING count(*) > 1"""
    assert [] == rows(database, twice)
    for node_id in known:
        steps = [move[1:] for move in moves(database) if move[0] == node_id]
        assert steps == [] or [step[0] for step in steps[1:]] == [step[1] for step in steps[:-1]]
        assert 1 >= len([step for step in steps if step[1] == "done"])


def test_one_verdict_is_one_event(database: Database) -> None:
    """Eight who follow at once: each end is told of once."""
    ids = [ask(database) for _ in range(24)]
    for node_id in ids:
        accept(database, "t1", node_id, success=True)
    settle(database)

    together(8, lambda number: transact(database, lambda s: following.follow(s, NOW, 500)))
    follow(database)

    updates = [event["id"] for event in told(database) if event["op"] == "updated"]
    assert sorted(ids) == sorted(updates)


def test_cancels_and_reports_of_one_job(database: Database) -> None:
    """Whoever comes first: the job has one end, and its node the same."""
    for attempt in range(10):
        node_id = ask(database, treeid=f"c{attempt}")

        def work(number: int, node_id: str = node_id, tree: str = f"c{attempt}") -> None:
            if number == 0:
                change(database, node_id, state="done")
            elif number == 1:
                claim(database)
            else:
                accept(database, tree, node_id, success=True)

        together(3, work)
    follow(database)

    assert [] == rows(database, DISAGREE)
    assert [] == inexact(database)
    assert [] == rows(database, "SELECT FROM jobs WHERE status = 'queued'")
    with database.reader.connect() as session:
        assert 0 == session.scalar(text("SELECT count(*) FROM leases WHERE ended IS NULL"))


def test_a_tree_that_is_planted_by_two(database: Database) -> None:
    """The same tests, stored by four at once and followed by four: each is there once."""
    node_id = ask(database)
    (row,) = rows(database, "SELECT job_id FROM nodes WHERE id = :id", id=node_id)

    def work(number: int) -> None:
        if number % 2:
            store(database, row.job_id, SUITE)
        else:
            transact(database, lambda s: following.follow(s, NOW, 500))

    together(8, work)
    follow(database)

    assert [("s", 1), ("a", 1), ("b", 1)] == [
        tuple(each)
        for each in rows(
            database,
            "SELECT name, count(*) FROM nodes WHERE kind = 'test' GROUP BY name ORDER BY name = 's' DESC, name",
        )
    ]
