"""What machines say of their jobs and when: stages and deadlines, verdicts, silence, words that come too late."""

import itertools
from typing import Any

import pytest
from sqlalchemy import text

from paddles.boot import jobs
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Invalid, TooLarge
from tests.boot.units import (
    MACHINE,
    cancel,
    document_of,
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
from tests.units import accept, at, inexact, rows

BOOT_S = 600  # a virtual machine's


def test_variables_are_merged_in_order(database: Database) -> None:
    """Empty ones are skipped, later ones replace earlier ones, and what was submitted stays where it stands."""
    number = started(database, note="n")

    tell(database, number, start_time="1795358539", end_time="", loadavg="0.08 0.02 0.01 1/51 164")
    tell(database, number, start_time="", note="said", other="")

    stored = document_of(database, number)
    assert ("1795358539", "0.08 0.02 0.01 1/51 164", "said") == (
        stored["start_time"], stored["loadavg"], stored["note"])  # fmt: skip
    assert not {"end_time", "other"} & stored.keys()
    assert ["suite", "note", "loadavg"] == [name for name in stored if name in ("suite", "note", "loadavg")]
    assert "running" == row_of(database, number).status


@pytest.mark.parametrize(("said", "seconds"), [
    ({"job_stage": "boot"}, 600), ({"job_stage": "setup"}, 600), ({"job_stage": "wait_peer"}, 7200),
    ({"job_state": "running"}, 120), ({"job_stage": "running"}, 120), ({"job_stage": "post_run"}, 1800),
    ({"job_state": "manual_check"}, 36000), ({"job_state": "setup", "job_stage": "running"}, 120),
])  # fmt: skip
def test_a_stage_moves_the_deadline(database: Database, said: dict[str, str], seconds: int) -> None:
    """To its own limit from now; how long a job runs is its timeout."""
    number = started(database, timeout="2m")

    tell(database, number, now=at(30), **said)

    (lease,) = leases_of(database, number)
    assert (at(30 + seconds), at(30)) == (lease.expires, lease.heard)
    assert said.get("job_stage", said.get("job_state")) == document_of(database, number)["job_stage"]


@pytest.mark.parametrize("said", [{"loadavg": "1"}, {"job_stage": "finish"}, {"job_state": "OOM"}])
def test_other_words_leave_the_deadline(database: Database, said: dict[str, str]) -> None:
    """That something was heard is noted, once."""
    number = started(database)

    tell(database, number, now=at(30), **said)
    tell(database, number, now=at(40), **said)

    (lease,) = leases_of(database, number)
    assert (at(BOOT_S), at(30)) == (lease.expires, lease.heard)


@pytest.mark.parametrize("said", [
    {"a b": "c"}, {"": "c"}, {"1a": "c"}, {"a\n": "c"}, {"é": "c"}, {"a" * 65: "c"}, {"a": "x" * 65537},
    {f"a{number}": "c" for number in range(101)}, {"job_stage": "dancing"}, {"job_state": "two words"},
    {"job_health": "x" * 65}, {"job_state": "$(reboot)"},
])  # fmt: skip
def test_a_report_of_no_variables_is_refused(database: Database, said: dict[str, str]) -> None:
    """Names are short identifiers, values bounded, states and stages words; nothing is taken of the rest."""
    number = started(database)
    before = row_of(database, number)

    for use in (tell, finish):
        with pytest.raises(Invalid):
            use(database, number, **{"good": "1", **said})

    assert before == row_of(database, number)


@pytest.mark.parametrize("name", sorted([*jobs.FIXED, "my_email", "my_account", "token", "job_token"]))
def test_what_a_job_is_a_report_does_not_change(database: Database, name: str) -> None:
    """Nor what its scripts, files and limits are made from: 'Invalid' names the variable."""
    number = started(database)

    with pytest.raises(Invalid, match=f"^{name} is not a machine's to report$"):
        tell(database, number, **{name: "x"})


def test_no_more_is_kept_of_a_job_than_there_is_room_for(database: Database) -> None:
    """However many reports there are; it can still end."""
    number = started(database)
    grown = text("UPDATE jobs SET document = json_build_object('testbox', 'vm', 'suite', repeat('x', :size))")
    transact(database, lambda s: s.execute(grown, {"size": jobs.LARGEST_DOCUMENT}))

    with pytest.raises(TooLarge):
        tell(database, number, first="x")
    finish(database, number)

    assert "pass" == row_of(database, number).status


@pytest.mark.parametrize(("said", "status", "reason", "health"), [
    ({}, "pass", None, "success"),
    ({"job_state": "finished"}, "pass", None, "success"),
    ({"job_health": "return"}, "pass", None, "return"),
    ({"job_state": "failed"}, "fail", None, "fail"),
    ({"job_health": "fail", "job_state": "finished"}, "fail", None, "fail"),
    ({"job_state": "OOM"}, "dead", "oom", "oom"),
    ({"job_state": "microcode_is_not_matched"}, "dead", "microcode_mismatch", "microcode_mismatch"),
    ({"job_health": "my_own_trouble"}, "dead", "my_own_trouble", "my_own_trouble"),
    ({"job_state": "post_run"}, "pass", None, "success"),
])  # fmt: skip
@pytest.mark.parametrize("before", [True, False])
def test_the_verdict_falls_at_the_end(
    database: Database, said: dict[str, str], status: str, reason: str | None, health: str, before: bool
) -> None:
    """By the health that the machine speaks of, in its last report or in one before; the lease ends with the job."""
    number = started(database)
    if before:
        tell(database, number, now=at(10), **said)
        assert "running" == row_of(database, number).status

    finish(database, number, now=at(60), end_time="7", **({} if before else said))

    row, (lease,), stored = row_of(database, number), leases_of(database, number), document_of(database, number)
    assert (status, reason, at(60), False) == (row.status, row.reason, row.finished, row.leased)
    assert (at(60), status) == (lease.ended, lease.outcome)
    assert (health, "finish", "7") == (stored["job_health"], stored["job_stage"], stored["end_time"])
    assert [] == inexact(database)


@pytest.mark.parametrize(("use", "before"), list(itertools.product((cancel, terminate), ("queued", "running"))))
def test_waiting_jobs_are_cancelled_and_running_ones_terminated(database: Database, use: Any, before: str) -> None:
    """Either says whether it did; the other state is left alone."""
    number = submit(database)
    if before == "running":
        given(database)

    done = use(database, number, now=at(9))

    assert (use is cancel) == (done == (before == "queued"))
    row = row_of(database, number)
    if done:
        reason = {cancel: "cancel", terminate: "terminate"}[use]
        assert ("dead", reason, at(9), False) == (row.status, row.reason, row.finished, row.leased)
        assert reason == shown(database, number).reason
        assert [] == lives(database)
    else:
        assert before == row.status
    assert [] == inexact(database)


def test_a_verdict_by_another_face_ends_the_lease(database: Database) -> None:
    """A runner that reports to the archive: the job is an ordinary one, its machine free."""
    number = started(database, submit_id="r")

    accept(database, "r", str(number), now=at(5), status="running")
    assert [(MACHINE, number)] == lives(database)
    accept(database, "r", str(number), now=at(6), success=True)

    assert ("pass", False) == (row_of(database, number).status, row_of(database, number).leased)
    assert [] == lives(database)
    assert [] == rows(database, "SELECT id FROM leases WHERE ended IS NULL")
