"""Jobs that wait, users that take turns and limits, with many at once."""

import itertools

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.concurrency.test_reports import clients
from tests.concurrency.threads import inexact, together
from tests.controllers.scheduler.lkp import boot, finish, submit
from tests.units import rows


def test_no_waiter_sleeps_on(database: Database, settings: Settings) -> None:
    """Six end jobs while six others submit what waits for them: in the end everything is queued, without a sweep."""
    callers = clients(database, settings, 12)
    ids = [submit(callers[0], testbox=f"vm{number}-1") for number in range(24)]

    def work(number: int) -> None:
        if number < 6:
            for job_id in ids[number::6]:
                finish(callers[number], job_id)
            return
        for job_id in ids[number - 6 :: 6]:
            submit(callers[number], testbox="dc-1", wait_on={job_id: None, ids[-1]: {"job_stage": "running"}})

    together(12, work)

    assert [("queued", 24)] == rows(
        database, "SELECT status, count(*) FROM jobs WHERE status IN ('queued', 'waiting') GROUP BY status"
    )
    assert [] == rows(database, "SELECT job_id FROM waits")
    assert [] == inexact(database)


def test_one_waiter_of_many_is_woken_by_the_last(database: Database, settings: Settings) -> None:
    """Twelve end at the same moment what one waits for."""
    callers = clients(database, settings, 12)
    ids = [submit(callers[0], testbox=f"vm{number}-1", submit_id=f"s{number % 3}") for number in range(12)]
    submit(callers[0], submit_id="s1", wait_on=dict.fromkeys(ids))

    together(12, lambda number: finish(callers[number], ids[number]))

    assert [("queued",)] == rows(database, "SELECT status FROM jobs ORDER BY id DESC LIMIT 1")


def test_a_limit_holds_whoever_comes_at_once(database: Database, settings: Settings) -> None:
    """Sixteen submit the same, five are allowed: five are stored."""
    callers = clients(database, settings, 16)
    body = {"suite": "nap", "testbox": "dc-1", "max_run": 5}

    def send(number: int) -> int:
        return int(callers[number].send("POST", "/scheduler/v1/jobs/submit", body, status="*").status_int)

    assert [200] * 5 + [409] * 11 == sorted(together(16, send))
    assert [(5,)] == rows(database, "SELECT count(*) FROM jobs")


def test_machines_in_parallel_share_users_jobs(database: Database, settings: Settings) -> None:
    """Each job goes to one of them, none is left, and who has one job does not come last."""
    callers = clients(database, settings, 8)
    for _ in range(60):
        submit(callers[0], my_account="ann")
    few = {submit(callers[0], my_account=f"u{number}") for number in range(4)}

    def ask(number: int) -> list[str]:
        found = []
        while (job_id := boot(callers[number], f"dc-1g-{number}")) is not None:
            found.append(job_id)
            finish(callers[number], job_id)
        return found

    handed = list(itertools.chain(*together(8, ask)))

    assert 64 == len(handed) == len(set(handed))
    begun = rows(database, "SELECT job_id FROM leases ORDER BY granted, id LIMIT 24")
    assert few <= {str(row.job_id) for row in begun}
    assert [] == inexact(database)
