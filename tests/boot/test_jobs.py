"""Jobs that machines boot for: submitted, and given to the machines that ask."""

import datetime
import functools
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from paddles.boot import jobs
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid, NotFound
from paddles.lab import leases, machines, queues
from tests.boot.samples import HOSTS
from tests.boot.units import MACHINE, ask, expire, finish, given, leases_of, lives, row_of, shown, submit
from tests.conftest import NOW
from tests.units import at, events_of, inexact, rows, run_of
from tests.units import submit as submit_test

BOOT_S = 600  # a virtual machine's
DAY = "2026-01-31"


def statuses(database: Database) -> list[str]:
    """Return what happened to jobs, in order."""
    return [event.type.removeprefix("job.") for event in events_of(database, "job")]


def test_a_submitted_job_waits_in_its_group(database: Database) -> None:
    """It is queued, of kind boot, in the queue of its group, known in its run by its number."""
    number = submit(database, testbox="vm-2p8g-17", priority=3)

    row = row_of(database, number)
    assert ("queued", "boot", "vm-2p8g", False, 0) == (row.status, row.kind, row.queue, row.leased, row.attempt)
    assert (str(number), 3, "nap") == (row.key, row.priority, row.suite)


@pytest.mark.parametrize(("said", "run"), [
    ({}, f"nap-{DAY}-vm-2p8g"),
    ({"tbox_group": "big"}, f"nap-{DAY}-big"),
    ({"group_id": "mine"}, "mine"),
    ({"group_id": "mine", "submit_id": "0190-aa"}, "0190-aa"),
    ({"submit_id": "", "group_id": "mine"}, "mine"),
    ({"submit_id": "status", "group_id": "mine"}, "mine"),
    ({"submit_id": "status", "group_id": "queued"}, f"nap-{DAY}-vm-2p8g"),
    ({"submit_id": "..", "group_id": "a/b"}, f"nap-{DAY}-vm-2p8g"),
    ({"submit_id": 7, "group_id": ["x"]}, f"nap-{DAY}-vm-2p8g"),
    ({"submit_id": "x\n", "group_id": "x" * 129}, f"nap-{DAY}-vm-2p8g"),
    ({"suite": "s" * 255, "tbox_group": "g" * 255}, f"{'s' * 255}-{DAY}-{'g' * 245}"),
])  # fmt: skip
def test_a_run_is_called_by_the_label_of_the_job(database: Database, said: dict[str, Any], run: str) -> None:
    """By the id of the submission, else the user's label, else suite, day and group; what can be no name is none."""
    assert run == row_of(database, submit(database, **said)).run


def test_jobs_of_one_submission_share_a_run(database: Database) -> None:
    """Its summary counts them."""
    first, second = submit(database, submit_id="s"), submit(database, submit_id="s", testbox="dc-1g")

    assert [first, second] == [row.id for row in rows(database, "SELECT id FROM jobs ORDER BY id")]
    assert (2, "queued") == (run_of(database, "s").n_queued, run_of(database, "s").status)


def test_what_became_of_a_job_is_not_the_next_ones(database: Database) -> None:
    """A job.yaml of a result is submitted again without number, verdict, stage and times; all else stays, in order."""
    fate = dict.fromkeys(jobs.FATE, "old")
    number = submit(database, zeta=1, **fate, alpha=None)

    job, status, reason = shown(database, number)
    assert ("queued", None, str(number)) == (status, reason, job["id"])
    assert set() == {name for name in jobs.FATE if job.get(name) == "old"}
    assert ["zeta", "alpha"] == [name for name in job if name in ("zeta", "alpha")]


def test_a_job_that_cannot_run_is_not_stored(database: Database) -> None:
    """What a script cannot say is refused at once, and nothing stays of it."""
    for said in ({"os": "x\nreboot"}, {"suite": None}, {"timeout": "soon"}, {"job2sh": "run"}, {"secrets": [1]}):
        with pytest.raises(Invalid):
            submit(database, **said)

    assert [] == rows(database, "SELECT id FROM jobs UNION SELECT id FROM runs UNION SELECT id FROM queues")


def test_a_machine_is_given_the_oldest_job(database: Database) -> None:
    """In the order of submission, the smaller priority before the greater, and any before none."""
    numbers = [submit(database, **said) for said in ({}, {"priority": 5}, {}, {"priority": -1}, {"priority": 5})]

    assert [numbers[at_] for at_ in (3, 1, 4, 0, 2)] == [given(database, f"vm-2p8g-{n}") for n in range(5)]
    assert given(database, "vm-2p8g-9") is None


def test_a_given_job_runs_on_the_machine(database: Database) -> None:
    """It is running, held under a lease of the stage boot, linked with the machine, and says which one took it."""
    number = submit(database)

    job = ask(database, now=at(5))

    assert job is not None
    assert (str(number), MACHINE, "vm-2p8g") == (job["id"], job["testbox"], job["tbox_group"])
    row, (lease,) = row_of(database, number), leases_of(database, number)
    assert ("running", True, 1, at(5)) == (row.status, row.leased, row.attempt, row.started)
    assert (MACHINE, at(5), at(5 + BOOT_S), None, None) == (
        lease.machine, lease.granted, lease.expires, lease.heard, lease.ended)  # fmt: skip
    assert ["queued", "running"] == statuses(database)
    assert 1 == len(rows(database, "SELECT FROM job_machines WHERE job_id = :id", id=number))
    assert [] == inexact(database)


@pytest.mark.parametrize(("machine", "seconds"), [("vm-1", 600), ("dc-1g-1", 180), ("taishan-1", 1200)])
def test_machines_of_each_kind_have_their_time_to_boot(database: Database, machine: str, seconds: int) -> None:
    """Containers least, hardware most."""
    number = submit(database, testbox=machine)

    given(database, machine)

    assert at(seconds) == leases_of(database, number)[0].expires


def test_nothing_is_for_a_machine_of_another_group(database: Database) -> None:
    """Nor out of a paused queue; nobody is registered who was given nothing."""
    submit(database)
    assert given(database, "vm-1") is None
    transact(database, lambda s: queues.pause(s, "vm-2p8g", 60, "ann", NOW))

    assert given(database) is None
    assert [] == rows(database, "SELECT name FROM machines")
    assert given(database, now=at(61))


def test_a_job_for_machines_is_not_popped_and_a_test_is_not_booted(database: Database) -> None:
    """Both may wait in one queue; neither kind hides the other."""
    submit_test(database, status="queued", queue="vm-2p8g", priority=-5)
    number = submit(database)
    ttl = datetime.timedelta(seconds=60)

    assert number == given(database)
    assert given(database, "vm-2p8g-2") is None
    submit(database)
    popped = transact(database, lambda s: leases.claim(s, ["vm-2p8g"], "test", NOW, ttl))
    assert "1" == row_of(database, popped or 0).key
    assert transact(database, lambda s: leases.claim(s, ["vm-2p8g"], "test", NOW, ttl)) is None


def test_a_machine_that_asks_again_has_lost_its_job(database: Database) -> None:
    """What it held is dead, abnormal, and it is given the next; with nothing left it holds nothing."""
    first, second = submit(database), submit(database)

    assert [first, second, None] == [given(database, now=at(n)) for n in range(3)]

    for number in (first, second):
        row, (lease,) = row_of(database, number), leases_of(database, number)
        assert ("dead", "abnormal", "abnormal", False) == (row.status, row.reason, lease.outcome, row.leased)
    assert [] == lives(database)
    assert [] == inexact(database)


def test_the_archive_is_of_jobs_that_a_machine_has_or_had(database: Database) -> None:
    """Before the hand-out there is none; afterwards it names the machine, also when the job is over."""
    number = submit(database)
    with pytest.raises(Conflict):
        read(database, lambda s: jobs.held(s, number, HOSTS, ""))

    given(database)
    job = read(database, lambda s: jobs.held(s, number, HOSTS, ""))
    finish(database, number)
    later = read(database, lambda s: jobs.held(s, number, HOSTS, ""))

    assert (MACHINE, MACHINE) == (job["testbox"], later["testbox"])


def test_a_job_of_another_kind_is_not_there(database: Database) -> None:
    """Whatever is asked or said of it, as of a number that no job has."""
    submit_test(database, status="running")
    number = rows(database, "SELECT id FROM jobs")[0].id
    uses: list[Callable[[Any, int], Any]] = [
        lambda s, n: jobs.shown(s, n, HOSTS),
        lambda s, n: jobs.held(s, n, HOSTS, ""),
        lambda s, n: jobs.tell(s, n, {"a": "b"}, NOW),
        lambda s, n: jobs.finish(s, n, {}, NOW),
        lambda s, n: jobs.cancel(s, n, NOW),
        lambda s, n: jobs.terminate(s, n, NOW),
    ]

    for use, missing in itertools.product(uses, (number, 0, 2**63 - 1)):
        with pytest.raises(NotFound, match=f"^there is no job {missing}$"):
            transact(database, functools.partial(use, n=missing))


def test_a_machine_that_was_deleted_while_it_held_a_job(database: Database) -> None:
    """The lease lasts until its end; the job is then offered again."""
    number = submit(database)
    given(database)

    transact(database, lambda s: machines.delete(s, MACHINE))

    assert 1 == expire(database, now=at(BOOT_S))
    assert number == given(database, "vm-2p8g-2", now=at(BOOT_S))
    assert [] == inexact(database)
