"""Jobs that are held and let go while others are handed them, end them, or wait for them."""

import random
from typing import Any

from paddles.boot import jobs as booted
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Conflict
from paddles.lab import leases
from paddles.orders import holding, kills
from tests.boot import units as boot
from tests.concurrency.threads import inexact, together
from tests.units import at, rows, submit

TTL = at(120) - at(0)
STRANGE = """
    SELECT key FROM jobs WHERE held_by IS NOT NULL AND leased
"""


def tried(database: Database, order: Any, *said: Any) -> int:
    """Have something ordered, and return of how many jobs; none where there are none."""
    try:
        return int(transact(database, lambda session: order(session, *said)))
    except Conflict:
        return 0


def test_held_or_handed_out(database: Database) -> None:
    """Eight dispatchers ask while four people hold and let go: each job is handed out once, none while it is held."""
    for key in range(80):
        submit(database, f"r{key % 4}", str(key), status="queued", queue="q")
    ids = {row.id for row in rows(database, "SELECT id FROM jobs")}

    def claim(session: Any) -> int | None:
        found = leases.claim(session, ["q"], "test", at(5), TTL)
        if found is not None:
            (row,) = session.execute(holding.text("SELECT held_by FROM jobs WHERE id = :id"), {"id": found})
            assert row.held_by is None
        return found

    def work(number: int) -> list[int]:
        if number >= 8:
            dice = random.Random(number)
            for _ in range(20):
                order = dice.choice((holding.hold, holding.let_go))
                tried(database, order, f"r{dice.randrange(4)}", None, f"u{number}", at(dice.randrange(9)))
            return []
        return [found for _ in range(8) if (found := transact(database, claim)) is not None]

    handed = [job_id for found in together(12, work) for job_id in found]
    for run in range(4):
        tried(database, holding.let_go, f"r{run}", None, "last", at(9))
    while (found := transact(database, claim)) is not None:
        handed.append(found)

    assert sorted(ids) == sorted(handed)
    assert [] == rows(database, STRANGE)
    assert [] == inexact(database)


def test_held_and_awaited(database: Database) -> None:
    """Who waits for jobs that end is let go by whoever comes last: their end, or the one who held it."""
    first = [boot.submit(database, submit_id="first") for _ in range(24)]
    for job_id in first:
        boot.submit(database, submit_id=f"r{job_id % 3}", wait_on={str(job_id): None})
    for run in range(3):
        assert 8 == tried(database, holding.hold, f"r{run}", None, "ann", at(1))

    def work(number: int) -> None:
        if number < 6:
            for job_id in first[number::6]:
                transact(database, lambda session, job_id=job_id: booted.cancel(session, job_id, at(2)))  # type: ignore[misc]
            return
        for _ in range(3):
            tried(database, holding.let_go, f"r{number % 3}", None, "bob", at(3))
            tried(database, holding.hold, f"r{number % 3}", None, "kim", at(3))
        tried(database, holding.let_go, f"r{number % 3}", None, "bob", at(3))

    together(9, work)

    assert [("queued", 24)] == rows(
        database, "SELECT status, count(*) FROM jobs WHERE finished IS NULL GROUP BY status"
    )
    assert [] == rows(database, "SELECT job_id FROM waits")
    assert [] == rows(database, STRANGE)
    assert [] == inexact(database)


def test_held_let_go_and_killed(database: Database) -> None:
    """Whoever comes first: in the end all are dead, and each once."""
    for key in range(30):
        submit(database, "r", str(key), status="queued", queue="q")

    def ended(session: Any) -> int:
        return kills.kill(session, "r", None, "ann", at(5)).cancel

    def work(number: int) -> int:
        if number % 3 == 0:
            return tried(database, ended)
        order = holding.hold if number % 3 == 1 else holding.let_go
        for _ in range(4):
            tried(database, order, "r", None, f"u{number}", at(4))
        return 0

    killed = together(9, work)

    assert 30 == sum(killed) + tried(database, ended)
    assert [("dead", 30)] == rows(database, "SELECT status, count(*) FROM jobs GROUP BY status")
    assert [] == rows(database, STRANGE)
    assert [] == inexact(database)
