"""When jobs end without their machine's word, are tried again, and what a word that comes too late does: nothing."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.lab import leases
from tests.boot.units import (
    ATTEMPTS,
    cancel,
    document_of,
    expire,
    finish,
    given,
    leases_of,
    lives,
    row_of,
    shown,
    started,
    submit,
    tell,
    terminate,
)
from tests.units import at, events_of, inexact

BOOT_S = 600  # a virtual machine's


@pytest.mark.parametrize("end", ["pass", "fail", "oom", "cancel", "terminate", "abnormal", "lost", "timeout"])
def test_what_has_ended_stays_as_it_is(database: Database, end: str) -> None:
    """Late and doubled reports change neither verdict nor reason, stage nor times, and nobody is given it again."""
    number = ended(database, end)
    before, live = row_of(database, number), lives(database)
    word = shown(database, number).job.get("job_state")

    for late in ({"job_state": "running"}, {"job_health": "success", "job_stage": "boot"}, {"loadavg": "9"}):
        tell(database, number, now=at(5000), **late)
        finish(database, number, now=at(5001), **late)
    assert not cancel(database, number)
    assert not terminate(database, number)
    expire(database, now=at(10**6))

    after = row_of(database, number)
    kept = ("status", "reason", "started", "finished", "leased", "attempt")
    assert [getattr(before, name) for name in kept] == [getattr(after, name) for name in kept]
    assert (word, "9") == (shown(database, number).job.get("job_state"), document_of(database, number)["loadavg"])
    assert live == lives(database)
    assert given(database, "vm-2p8g-7") is None
    assert 1 == len([e for e in events_of(database, "job") if e.type in ("job.pass", "job.fail", "job.dead")])


def ended(database: Database, end: str) -> int:
    """Return the number of a job that ended so."""
    number = submit(database)
    if end == "cancel":
        assert cancel(database, number)
        return number
    assert number == given(database)
    if end in ("pass", "fail", "oom"):
        finish(database, number, job_health={"pass": "success"}.get(end, end))
    elif end == "terminate":
        assert terminate(database, number)
    elif end == "abnormal":
        assert given(database) is None
    elif end == "timeout":
        tell(database, number, job_stage="setup")
        assert 1 == expire(database, now=at(BOOT_S))
    else:
        for attempt in range(1, ATTEMPTS):
            assert 1 == expire(database, now=at(attempt * BOOT_S))
            assert number == given(database, now=at(attempt * BOOT_S))
        assert 1 == expire(database, now=at(ATTEMPTS * BOOT_S))
    row = row_of(database, number)
    assert end == (row.reason or row.status)
    return number


def test_a_machine_that_never_spoke_is_tried_again(database: Database) -> None:
    """Its job waits again, on other machines too, until it was started often enough; then it is lost."""
    number = submit(database)

    for attempt in range(1, ATTEMPTS + 1):
        now = at(attempt * 1000)
        assert number == given(database, f"vm-2p8g-{attempt}", now=now)
        assert attempt == row_of(database, number).attempt
        assert 0 == expire(database, now=at(attempt * 1000 + BOOT_S - 1))
        assert 1 == expire(database, now=at(attempt * 1000 + BOOT_S))

    row = row_of(database, number)
    assert ("dead", "lost", at(ATTEMPTS * 1000 + BOOT_S)) == (row.status, row.reason, row.finished)
    assert ["expired"] * ATTEMPTS == [lease.outcome for lease in leases_of(database, number)]
    assert [f"vm-2p8g-{n}" for n in (1, 2, 3)] == [lease.machine for lease in leases_of(database, number)]
    assert [] == inexact(database)


def test_a_job_that_was_tried_again_keeps_its_place(database: Database) -> None:
    """It is older than those that came meanwhile."""
    number = started(database)
    submit(database)

    expire(database, now=at(BOOT_S))

    assert number == given(database, now=at(BOOT_S))


def test_a_machine_that_fell_silent_is_not_tried_again(database: Database) -> None:
    """What it had begun may not be repeated: the job is dead, timed out."""
    number = started(database, timeout=60)
    tell(database, number, now=at(100), job_state="running")

    assert (0, 1) == (expire(database, now=at(159)), expire(database, now=at(160)))

    row = row_of(database, number)
    assert ("dead", "timeout", 1) == (row.status, row.reason, row.attempt)


def test_a_report_that_comes_when_the_job_waits_again_counts(database: Database) -> None:
    """It was run after all: nobody need run it once more."""
    number = started(database)
    expire(database, now=at(BOOT_S))
    assert "queued" == row_of(database, number).status

    tell(database, number, now=at(700), loadavg="1")
    finish(database, number, now=at(701), job_state="failed")

    assert "fail" == row_of(database, number).status
    assert given(database, now=at(702)) is None
    assert [] == inexact(database)


def test_the_sweep_looks_twice(database: Database) -> None:
    """A lease that was renewed after the sweep had found it overdue does not end."""
    late, renewed = started(database), submit(database)
    assert renewed == given(database, "vm-2p8g-2")
    tell(database, renewed, job_stage="wait_peer")

    def look(session: Any) -> list[int]:
        return list(session.scalars(leases.EXPIRE, {"ids": [late, renewed], "now": at(BOOT_S)}))

    assert [late] == transact(database, look)
    assert [("vm-2p8g-2", renewed)] == lives(database)
