"""Machines that ask, jobs that are submitted, reports and the sweep, all at once: each job starts once at a time."""

import datetime
import itertools
import random
import re
from collections import Counter
from typing import Any

from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.lab import leases
from paddles.settings import Settings
from tests.client import Client
from tests.concurrency.test_reports import clients
from tests.concurrency.threads import inexact, together
from tests.controllers.scheduler.wire import CGI, container, submit

MACHINES, SUBMITTERS, EACH = 16, 8, 25
NUMBER = re.compile(r"/job_initrd_tmpfs/([0-9]+)/job\.cgz")


def machine(number: int) -> str:
    """Return the name of a machine; they are of two groups."""
    return f"vm-{number % 2}p-{number}"


def ask(client: Client, name: str) -> str | None:
    """Return the number of the job that a machine is given, or None."""
    answered = container(client, name)
    return NUMBER.findall(answered["job"])[0] if answered else None


def rows(database: Database, query: str) -> list[Any]:
    """Return what the database has."""
    with Session(database.reader) as session:
        return list(session.execute(text(query)).all())


def test_each_job_is_started_once(database: Database, settings: Settings) -> None:
    """Sixteen machines and eight submitters: every job reaches one machine, which ends it; all counters are exact."""
    everybody = clients(database, settings, MACHINES + SUBMITTERS)
    submitted: list[str] = []

    def work(number: int) -> list[str]:
        if number >= MACHINES:
            for index in range(EACH):
                label = {"submit_id": f"s-{index % 3}"} if index % 2 else {}
                submitted.append(submit(everybody[number], testbox=f"vm-{index % 2}p", **label))
            return []
        return serve(everybody[number], machine(number), submitted)

    started = list(itertools.chain(*together(MACHINES + SUBMITTERS, work)))

    assert SUBMITTERS * EACH == len(set(submitted))
    assert Counter(submitted) == Counter(started)
    assert [(SUBMITTERS * EACH, 1)] == rows(
        database, "SELECT count(*), max(attempt) FROM jobs WHERE status = 'pass' AND NOT leased"
    )
    assert [(SUBMITTERS * EACH,)] == rows(database, "SELECT count(*) FROM leases WHERE outcome = 'pass'")
    assert [] == inexact(database)


def serve(client: Client, name: str, submitted: list[str]) -> list[str]:
    """Do jobs until all there will be were submitted and none is left; return their numbers."""
    done: list[str] = []
    while True:
        all_there = len(submitted) == SUBMITTERS * EACH
        number = ask(client, name)
        if number is None and all_there:
            return done
        if number is None:
            continue
        done.append(number)
        client.get(f"{CGI}/lkp-jobfile-append-var?job_id={number}&job_state=running", status=200)
        client.get(f"{CGI}/lkp-post-run?job_id={number}", status=200)


def test_a_machine_that_asks_again_and_again_at_once_holds_one_job(database: Database, settings: Settings) -> None:
    """Eight requests of a machine at the same moment: each job is offered three times, then lost; one is held."""
    asking = clients(database, settings, 8)
    numbers = [submit(asking[0], testbox="vm-1p-1") for _ in range(8)]

    got = together(8, lambda number: ask(asking[number], "vm-1p-1"))

    first, second, third = sorted(numbers, key=int)[:3]
    assert {first: 3, second: 3, third: 2} == Counter(got)
    assert [("dead", "abnormal", 2), ("queued", None, 5), ("running", None, 1)] == rows(
        database, "SELECT status, reason, count(*) FROM jobs GROUP BY 1, 2 ORDER BY 1"
    )
    assert [(1,)] == rows(database, "SELECT count(*) FROM leases WHERE ended IS NULL")
    assert [] == inexact(database)


def test_reports_at_the_same_moment_all_survive(database: Database, settings: Settings) -> None:
    """Sixteen variables of one job, said at once, and a job that ends meanwhile ends once."""
    talking = clients(database, settings, 16)
    number = submit(talking[0], testbox="vm-1p-1")
    assert number == ask(talking[0], "vm-1p-1")

    def tell(index: int) -> None:
        for turn in range(4):
            talking[index].get(f"{CGI}/lkp-jobfile-append-var?job_id={number}&v{index}_{turn}=x", status=200)
        talking[index].get(f"{CGI}/lkp-post-run?job_id={number}&job_health=fail", status=200)

    together(16, tell)

    shown = talking[0].get(f"/scheduler/v1/jobs/{number}").json
    assert {f"v{index}_{turn}" for index in range(16) for turn in range(4)} <= shown.keys()
    assert [(1,)] == rows(database, "SELECT count(*) FROM events WHERE type = 'job.fail'")
    assert [] == inexact(database)


def test_whatever_happens_leases_and_jobs_agree(database: Database, settings: Settings) -> None:
    """Machines that ask, speak, end and fall silent, people who cancel and terminate, and the sweep, all at random."""
    everybody = clients(database, settings, 12)
    numbers = [submit(everybody[0], testbox=f"vm-{n % 2}p", submit_id=f"s-{n % 2}") for n in range(60)]
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)

    def work(index: int) -> None:
        dice, client = random.Random(index), everybody[index]
        for _ in range(40):
            number = dice.choice(numbers)
            deed = dice.choice(("ask", "ask", "tell", "end", "cancel", "terminate", "sweep"))
            if deed == "ask":
                ask(client, machine(dice.randrange(6)))
            elif deed == "sweep":
                transact(database, lambda session: leases.expire(session, later, 5, 3))
            elif deed in ("tell", "end"):
                path = "lkp-post-run" if deed == "end" else "lkp-jobfile-append-var"
                client.get(f"{CGI}/{path}?job_id={number}&loadavg={index}", status=200)
            else:
                client.post(f"/scheduler/v1/jobs/{number}/{deed}", status=[200, 403])

    together(12, work)

    assert [] == inexact(database)
    assert [] == rows(database, "SELECT machine_id FROM leases WHERE ended IS NULL GROUP BY 1 HAVING count(*) > 1")
    held = "SELECT FROM leases WHERE leases.job_id = jobs.id AND ended IS NULL"
    assert [] == rows(database, f"SELECT id FROM jobs WHERE (status = 'running') <> EXISTS ({held})")
    ends = "SELECT subject FROM events WHERE type IN ('job.pass', 'job.fail', 'job.dead')"
    assert [] == rows(database, f"{ends} GROUP BY 1 HAVING count(*) > 1")
