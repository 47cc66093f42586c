"""The jobs that wait in a queue, against a look at all of them."""

import datetime
import random
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from paddles.lab import outlook, waiting
from paddles.lab.waiting import Waiting
from paddles.listing.stretches import Stretch
from tests.conftest import NOW
from tests.units import rows, submit

DAY = Stretch(NOW - datetime.timedelta(days=1), NOW)
AS = text("UPDATE jobs SET kind = :kind, leased = :leased WHERE key = :key")
ALL = """
    SELECT key, kind, status, leased, priority FROM jobs
    WHERE queue_id = (SELECT id FROM queues WHERE name = 'q') AND status IN ('queued', 'waiting')
    ORDER BY priority NULLS LAST, run_id, id
"""


def fill(database: Database, seed: int) -> None:
    """Put jobs of all kinds into two queues, some of them taken, some held back, some under way."""
    dice = random.Random(seed)
    for number in range(40):
        key, status = str(number), dice.choice(("queued", "queued", "queued", "waiting", "running"))
        said: dict[str, Any] = {"status": status, "queue": dice.choice("qqqo")}
        if dice.random() < 0.7:
            said["priority"] = dice.choice((1, 50, 2147483647))
        submit(database, f"r{number % 3}", key, **said)
        taken = status == "queued" and dice.random() < 0.3
        kind = dice.choice(("test", "test", "boot", "task", "build", "outside"))
        values = {"key": key, "kind": kind, "leased": taken}
        transact(database, lambda session, values=values: session.execute(AS, values))  # type: ignore[misc]


def shown(database: Database, part: Page) -> list[Waiting]:
    """Return a part of what waits in the queue."""
    (queue,) = (each for each in read(database, lambda s: outlook.queues(s, DAY, NOW)) if each.name == "q")
    return read(database, lambda session: waiting.waiting(session, queue, DAY, NOW, part))


@pytest.mark.parametrize("seed", range(4))
def test_each_part_has_the_jobs_of_its_places(database: Database, seed: int) -> None:
    """In the order of the queue, each with how many of its kind are handed out before it, whatever part it is."""
    fill(database, seed)
    slow, before = [], dict[str, int]()
    for job in rows(database, ALL):
        slow.append((job.key, job.status, job.priority, before.get(job.kind, 0) if job.status == "queued" else 0))
        before[job.kind] = before.get(job.kind, 0) + (job.status == "queued" and not job.leased)

    for limit, offset in ((100, 0), (1, 0), (7, 0), (7, 7), (7, 14), (5, len(slow) - 3), (5, len(slow) + 5)):
        found = shown(database, Page(limit, offset))
        told = [(each.key, each.status, each.priority, each.ahead) for each in found]
        assert slow[offset : offset + limit] == told, (limit, offset)


def test_all_parts_read_few_of_many_jobs(database: Database) -> None:
    """What is first in a long queue is found by an index: the others are not looked at."""
    submit(database, "r", "first", status="queued", queue="q")
    many = """INSERT INTO jobs (run_id, key, kind, status, queue_id, priority, posted, updated, document, answer)
        SELECT run_id, 'n' || n, kind, status, queue_id, n % 9, posted, updated, '{}', '{}'
        FROM jobs, generate_series(1, 5000) AS n"""
    transact(database, lambda session: session.execute(text(many)))
    transact(database, lambda session: session.execute(text("ANALYZE jobs")))
    values = {"queue": "q", "limit": 10, "offset": 0, "kinds": ["test", "boot"]}

    explained = text(f"EXPLAIN (ANALYZE, TIMING OFF) {waiting.JOBS.text}")
    lines = read(database, lambda session: session.scalars(explained, values))

    assert any("ix_jobs_ready_by_kind" in line for line in lines), lines
    assert not any("Seq Scan on jobs" in line for line in lines), lines
    assert 10 == len(shown(database, Page(10, 0)))
