"""Jobs: created, reported on, moved, ended and deleted, each time with the run that counts them."""

import datetime
import json
from typing import Any

import pytest

from paddles.archive import jobs
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Conflict, Invalid, NotFound
from tests.conftest import NOW
from tests.units import accept, at, delete, inexact, job_of, rows, run_of, submit


def document_of(database: Database, run: str = "r", key: str = "1") -> dict[str, Any]:
    """Return all that was ever said of a job."""
    document: dict[str, Any] = json.loads(job_of(database, run, key).document)
    return document


def test_the_first_job_makes_its_run(database: Database) -> None:
    """A runner never creates runs: a job of a run that nobody knows creates it."""
    submit(database, "r", "1", status="queued")

    assert ("queued", 1, NOW) == (run_of(database).status, run_of(database).n_queued, run_of(database).posted)


def test_a_key_is_taken_once_in_a_run(database: Database) -> None:
    """A second job of the same key is a conflict whose message ends as the reporter expects; nothing changes."""
    submit(database, "r", "1", status="running")
    submit(database, "other", "1")

    with pytest.raises(Conflict, match=r"^job with job_id 1 already exists$"):
        submit(database, "r", "1", status="pass", suite="s")

    assert ("running", "") == (job_of(database).status, run_of(database).suite)
    assert [] == inexact(database)


def test_keys_that_the_archive_makes_grow_and_are_free(database: Database) -> None:
    """A job without a key gets a number greater than all before, in any run, that no job of the run has."""
    first = int(submit(database, "a", None))
    taken = str(first + 2)
    submit(database, "b", taken)

    made = [int(submit(database, "b", None)) for _ in range(3)]

    assert first < made[0] < made[1] < made[2]
    assert 4 == len({*map(str, made), taken})


@pytest.mark.parametrize("key", ["a/b", "日本", "001", "a b", "x" * 256])
def test_a_key_is_any_text(database: Database, key: str) -> None:
    """A job is found again by the key it was given, to the letter."""
    assert key == submit(database, "r", key)
    assert key == job_of(database, "r", key).key


def test_what_cannot_be_stored_leaves_nothing(database: Database) -> None:
    """A refused first job leaves no run behind."""
    with pytest.raises(Invalid):
        submit(database, "r", "1", status="odd")
    with pytest.raises(Invalid):
        submit(database, "r", "..")
    with pytest.raises(Invalid):
        submit(database, "date", "1")

    assert [] == rows(database, "SELECT FROM runs")


def test_a_heartbeat_is_a_sign_of_life_and_nothing_else(database: Database) -> None:
    """A report that says nothing new moves ``updated`` and keeps everything else."""
    submit(database, status="running", pid="7")
    before = job_of(database)

    accept(database, now=at(120), name="r", pid="7", job_id="1")
    accept(database, now=at(240), pid="7")

    after = job_of(database)
    assert at(240) == after.updated
    changed = {name for name in before._fields if getattr(before, name) != getattr(after, name)}
    assert {"updated", "version", "document", "answer"} >= changed
    assert {"pid": "7", "name": "r"} == document_of(database)


def test_the_reporters_own_time_replaces_the_archives(database: Database) -> None:
    """A log's time counts as the time of the report that names it, on creation, on a change and on a heartbeat."""
    submit(database, updated=at(-100), status="running")
    assert (at(-100), NOW) == (job_of(database).updated, job_of(database).posted)

    accept(database, now=at(5), updated=at(-50), status="waiting")
    assert at(-50) == job_of(database).updated

    accept(database, now=at(6), updated=at(-40))
    assert at(-40) == job_of(database).updated


def test_the_clock_of_a_job(database: Database) -> None:
    """Started when it first runs, unmoved by waiting, set anew after it was queued again."""
    submit(database, status="queued")
    assert job_of(database).started is None

    started = []
    for second, said in enumerate(["waiting", "running", "waiting", "running", "dead", "running", "queued", "running"]):
        accept(database, now=at(second), status=said)
        started.append(job_of(database).started)

    assert [None, *[at(1)] * 6, at(7)] == started


@pytest.mark.parametrize("final", ["pass", "fail", "dead"])
def test_finished_is_set_once(database: Database, final: str) -> None:
    """A job has an end exactly while its status is final; another report of the end does not move it."""
    submit(database, status=final, now=at(1))
    accept(database, now=at(2), status=final, duration=7)

    assert at(1) == job_of(database).finished


def test_a_job_that_runs_again_has_no_end(database: Database) -> None:
    """Dead is not final: a job that runs again is open, and ends again when it ends."""
    submit(database, status="dead")
    accept(database, now=at(1), status="running")
    assert (None, None) == (job_of(database).finished, run_of(database).finished)

    accept(database, now=at(2), status="pass")
    assert (at(2), at(2)) == (job_of(database).finished, run_of(database).finished)


def test_a_refused_status_takes_its_success_with_it(database: Database) -> None:
    """A passed job stays passed and successful, whatever the watchdog says; the rest of what it says is kept."""
    submit(database, status="pass", success=True)

    accept(database, now=at(1), status="dead", success=False, failure_reason="hit max job timeout")

    assert "pass" == job_of(database).status
    assert {"success": True, "failure_reason": "hit max job timeout"} == document_of(database)


def test_success_alone_reverses_a_final_status(database: Database) -> None:
    """A verdict without a status counts over a verdict before it."""
    submit(database, success=True)
    accept(database, now=at(1), success=False)

    assert ("fail", 1, 0) == (job_of(database).status, run_of(database).n_fail, run_of(database).n_pass)


@pytest.mark.parametrize(("status", "kept"), [("queued", 5), ("waiting", 9), ("running", 9), ("dead", 9), ("pass", 9)])
def test_priority_changes_only_in_the_queue(database: Database, status: str, kept: int) -> None:
    """A job that is no longer queued keeps the priority it had, silently."""
    submit(database, status=status, priority=9)

    accept(database, now=at(1), priority=5)

    assert kept == job_of(database).priority == document_of(database)["priority"]


def test_what_is_searched_follows_what_is_said(database: Database) -> None:
    """The columns of a job repeat the last word of its document."""
    said = {"user": "u", "branch": "b", "sha1": "abc", "suite": "s", "flavor": "f", "machine_type": "m"}
    submit(database, **said, description="d", status="queued")
    accept(database, now=at(1), sha1="def", description="e", user=None)

    job = job_of(database)
    assert (None, "b", "def", "s", "f", "m") == (
        job.username, job.branch, job.sha1, job.suite, job.flavor, job.machine_type,
    )  # fmt: skip
    assert [("e",)] == rows(database, "SELECT text FROM descriptions WHERE id = :id", id=job.description_id)


def test_equal_descriptions_are_stored_once(database: Database) -> None:
    """However many jobs carry a description, it is one row; a description taken away is taken away."""
    for key in "123":
        submit(database, "r", key, description="rados/{a b}")
    accept(database, "r", "3", now=at(1), description=None)

    assert [("rados/{a b}",)] == rows(database, "SELECT text FROM descriptions")
    assert job_of(database, "r", "1").description_id == job_of(database, "r", "2").description_id
    assert job_of(database, "r", "3").description_id is None


@pytest.mark.parametrize("field", ["suite", "branch", "machine_type"])
def test_a_job_corrects_its_run(database: Database, field: str) -> None:
    """What a job says of suite, branch and machine type beats the run's name; null and nothing are no correction."""
    submit(database, "r", "1", **{field: "from the first"})
    assert "from the first" == run_of(database)[run_of(database)._fields.index(field)]

    for said in ("wip/x", None, ""):
        accept(database, now=at(1), **{field: said})
        assert "wip/x" == run_of(database)._mapping[field]


def test_moving_many_jobs_counts_each_run(database: Database) -> None:
    """Jobs of many runs are moved at once, only those in the statuses named, and every run counts rightly."""
    for run in "abc":
        for key, status in enumerate(("queued", "running", "pass")):
            submit(database, run, str(key), status=status)
    ids = [row.id for row in rows(database, "SELECT id FROM jobs")]

    assert 6 == transact(database, lambda s: jobs.move(s, ids, "dead", at(9), reason="cancelled"))

    assert [] == inexact(database)
    assert {("dead", "cancelled", at(9)), ("pass", None, NOW)} == {
        (row.status, row.reason, row.finished) for row in rows(database, "SELECT status, reason, finished FROM jobs")
    }
    assert ["finished fail"] * 3 == [run_of(database, run).status for run in "abc"]
    assert [at(9)] * 3 == [run_of(database, run).finished for run in "abc"]


def test_moving_what_is_finished_or_gone_moves_nothing(database: Database) -> None:
    """A verdict is not overwritten, an unknown id is no error."""
    submit(database, status="pass")
    ids = [job_of(database).id, 2**60]

    assert 0 == transact(database, lambda s: jobs.move(s, ids, "dead", at(1)))
    assert 0 == transact(database, lambda s: jobs.move(s, [], "dead", at(1)))
    assert "pass" == job_of(database).status


def test_silent_jobs_are_ended(database: Database) -> None:
    """Of the statuses named, jobs without news since a moment die, oldest ids first, up to the limit."""
    for key, status in enumerate(("running", "waiting", "unknown", "queued", "pass", "running")):
        submit(database, "r", str(key), status=status, now=at(key))
    open_ = ("running", "waiting", "unknown")

    def expire(limit: int) -> int:
        return transact(database, lambda s: jobs.expire(s, {"test": open_}, at(5), at(99), limit))

    assert (2, 1, 0) == (expire(2), expire(2), expire(2))

    assert ["dead", "dead", "dead", "queued", "pass", "running"] == [
        row.status for row in rows(database, "SELECT status FROM jobs ORDER BY key")
    ]
    assert ("expired", at(99)) == (job_of(database, "r", "0").reason, job_of(database, "r", "0").finished)
    assert [] == inexact(database)


def test_a_job_that_reports_after_all_loses_the_reason_of_its_death(database: Database) -> None:
    """An expired job whose runner speaks up again is alive, and nothing says "expired" of it."""
    submit(database, status="running")
    transact(database, lambda s: jobs.expire(s, {"test": ["running"]}, at(60), at(60), 10))

    accept(database, now=at(61), status="running")

    assert ("running", None) == (job_of(database).status, job_of(database).reason)


def test_deleting_a_job_counts_its_run_anew(database: Database) -> None:
    """A run without its open job is finished, without any job empty."""
    submit(database, "r", "1", status="pass")
    submit(database, "r", "2", status="running")

    delete(database, "r", "2", now=at(3))
    assert ("finished pass", at(3)) == (run_of(database).status, run_of(database).finished)

    delete(database, "r", "1")
    assert ("empty", None) == (run_of(database).status, run_of(database).finished)
    assert [] == inexact(database)


@pytest.mark.parametrize(("run", "key"), [("r", "2"), ("q", "1")])
def test_what_is_not_there_is_not_reported_on_or_deleted(database: Database, run: str, key: str) -> None:
    """A report of, and the deletion of, a job or run that nobody knows is refused in the archive's words."""
    submit(database, "r", "1")

    with pytest.raises(NotFound, match=r"^attempted to delete a non-existent job$"):
        delete(database, run, key)
    with pytest.raises(NotFound, match=r"^attempted to update a non-existent job$"):
        accept(database, run, key)


def test_runs_start_when_they_begin_to_run(database: Database) -> None:
    """A run starts with the first job that runs, and starts anew when it runs again after a pause."""

    def started() -> datetime.datetime | None:
        moment: datetime.datetime | None = run_of(database).started
        return moment

    submit(database, "r", "1", status="queued")
    submit(database, "r", "2", status="queued")
    assert started() is None

    accept(database, "r", "1", now=at(1), status="running")
    accept(database, "r", "2", now=at(2), status="running")
    assert at(1) == started()

    accept(database, "r", "1", now=at(3), status="pass")
    accept(database, "r", "2", now=at(4), status="queued")
    accept(database, "r", "2", now=at(5), status="running")
    assert at(5) == started()
