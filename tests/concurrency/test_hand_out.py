"""Machines and jobs handed out to many at once: each to one."""

import datetime
import itertools
import random

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.lab import leases
from paddles.settings import Settings
from tests.client import Client
from tests.concurrency.test_reports import clients
from tests.concurrency.threads import inexact, together


def test_lockers_never_share_a_machine(database: Database, settings: Settings) -> None:
    """Sixteen lockers of 40 machines: nobody holds what another holds, nobody is refused."""
    lockers = clients(database, settings, 16)
    for number in range(40):
        lockers[0].post_json("/nodes/", {"name": f"m{number:02d}", "machine_type": "t", "up": True})
    held: dict[str, int] = {}
    shared: list[str] = []

    def lock(number: int) -> int:
        dice, refused = random.Random(number), 0
        for _ in range(12):
            names = take(lockers[number], number, dice.choice((1, 2)))
            refused += names is None
            for name in names or ():
                if held.setdefault(name, number) != number:
                    shared.append(name)
            for name in names or ():
                held.pop(name)
            if names:
                lockers[number].post_json(
                    "/nodes/unlock_many/", {"names": names, "locked_by": f"u{number}"}, status=200
                )
        return refused

    refused = together(16, lock)

    assert [] == shared
    assert 0 == sum(refused), "at most 32 of 40 machines are ever held"
    assert [] == lockers[0].get("/nodes/?locked=1").json


def take(locker: Client, number: int, count: int) -> list[str] | None:
    """Lock machines and return their names, or None when refused."""
    wanted = {"count": count, "locked_by": f"u{number}", "machine_type": "t", "description": "d"}
    answer = locker.post_json("/nodes/lock_many/", wanted, status=[200, 503])
    if answer.status_int == 503:
        return None
    names = [node["name"] for node in answer.json]
    assert count == len(set(names))
    return names


def test_one_of_many_lockers_of_one_machine_gets_it(database: Database, settings: Settings) -> None:
    """Sixteen people lock the same machine: one 200, fifteen 403."""
    lockers = clients(database, settings, 16)
    lockers[0].post_json("/nodes/", {"name": "m", "machine_type": "t", "up": True})

    def lock(number: int) -> int:
        wanted = {"locked": True, "locked_by": f"u{number}", "description": str(number)}
        return int(lockers[number].put_json("/nodes/m/lock", wanted, status="*").status_int)

    assert [200] + [403] * 15 == sorted(together(16, lock))


def test_poppers_never_share_a_job(database: Database, settings: Settings) -> None:
    """Sixteen poppers empty a queue of 120 jobs: each job is handed out once, none is left."""
    poppers = clients(database, settings, 16)
    for number in range(120):
        job = {"status": "queued", "queue": "q", "priority": number % 5}
        poppers[0].post_json(f"/runs/run-{number % 4}/jobs/", job)

    def pop(number: int) -> list[str]:
        got, empty = [], 0
        while empty < 3:
            job = poppers[number].get("/queue/pop_queue?queue=q").json
            if job is None:
                empty += 1
                continue
            got.append(job["job_id"])
            if len(got) % 2:
                path = next(
                    p
                    for p in range(4)
                    if poppers[number].get(f"/runs/run-{p}/jobs/{got[-1]}/", status="*").status_int == 200
                )
                poppers[number].put_json(f"/runs/run-{path}/jobs/{got[-1]}/", {"status": "running"})
        return got

    handed = list(itertools.chain(*together(16, pop)))

    assert 120 == len(handed)
    assert 120 == len(set(handed))
    assert [] == inexact(database)


def test_a_lease_that_expires_while_it_is_settled_is_one_or_the_other(database: Database, settings: Settings) -> None:
    """Reports of popped jobs and the sweep's expiry at the same moment leave no lease on a job under way."""
    workers = clients(database, settings, 4)
    keys = [workers[0].post_json("/runs/r/jobs/", {"status": "queued", "queue": "q"}).json["job_id"] for _ in range(40)]
    for _ in keys:
        workers[0].get("/queue/pop_queue?queue=q")
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)

    def work(number: int) -> None:
        if number == 3:
            for _ in range(20):
                transact(database, lambda session: leases.expire(session, later, 5, 3))
            return
        for key in keys[number::3]:
            workers[number].put_json(f"/runs/r/jobs/{key}/", {"status": "running"})

    together(4, work)

    assert 40 == workers[0].get("/runs/r/?fields=results").json["results"]["running"]
    assert [] == inexact(database)
