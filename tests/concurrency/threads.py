"""Real threads that begin at once, and the question whether every summary is still exact."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from paddles.archive.status import OUTCOMES, STATUSES
from paddles.db import tally
from paddles.db.engine import Database
from paddles.db.session import Session


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(0)`` to ``work(count - 1)`` in threads released at the same moment; return results, raise errors."""
    gate, results, errors = threading.Barrier(count), [None] * count, []

    def run(number: int) -> None:
        gate.wait(timeout=30)
        try:
            results[number] = work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "threads wait for each other"
    if errors:
        raise errors[0]
    return results


def inexact(database: Database) -> list[Any]:
    """Return every run and test whose counters differ from a count, and every job whose ``leased`` is not so."""
    wrong = text(tally.recount(parent="runs", child="jobs", key="run_id", statuses=STATUSES))
    tests = text(tally.recount(parent="tests", child="cases", key="test_id", statuses=OUTCOMES))
    leases = text("""
        SELECT jobs.id FROM jobs WHERE leased <> EXISTS (SELECT FROM leases WHERE job_id = jobs.id AND ended IS NULL)
    """)
    with Session(database.reader) as session:
        counters = [row for each in (wrong, tests) for row in session.execute(each, {"after": 0, "until": 2**62})]
        return [*counters, *session.execute(leases).all()]
