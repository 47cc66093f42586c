"""Failures of one kind: found with the job that reports them, and again in every run."""

import datetime

from paddles.archive import failures, jobs
from paddles.archive.failures import FailureFilter
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from tests.concurrency.threads import together
from tests.conftest import NOW
from tests.units import SCHEME, accept, at, job_of, rows, run_of, submit

PAGE = Page(10, 0)
ALL = FailureFilter(NOW - datetime.timedelta(days=400))


def fail(database: Database, run: str, key: str, reason: str | None, *, seconds: float = 0, **said: object) -> None:
    """Let a new job fail."""
    submit(database, run, key, now=at(seconds), **said)
    accept(database, run, key, now=at(seconds), success=False, failure_reason=reason)


def groups(database: Database, wanted: FailureFilter = ALL) -> list[tuple[str, int, int]]:
    """Return text, jobs and runs of the kinds of failures, in their order."""
    found = read(database, lambda s: failures.listed(s, wanted, PAGE))
    return [(row.text, row.jobs, row.runs) for row in found]


def test_alike_reasons_are_one_kind(database: Database) -> None:
    """In whatever run, whoever reports; the largest first."""
    fail(database, "r1", "1", "osd.1 crashed on smithi001")
    fail(database, "r1", "2", "osd.2 crashed on smithi044")
    fail(database, "r2", "1", "osd.99 crashed on mira.x.org")
    fail(database, "r2", "2", "timeout after 30s")

    assert [("osd.N crashed on HOST", 3, 2), ("timeout after Ns", 1, 1)] == groups(database)


def test_the_last_reason_counts(database: Database) -> None:
    """Another reason is another kind, none is none; other words for the same keep the kind."""
    fail(database, "r", "1", "first 1")
    first = job_of(database).failure_id
    accept(database, "r", "1", failure_reason="first 2")
    assert first == job_of(database).failure_id
    accept(database, "r", "1", failure_reason="second")
    second = job_of(database).failure_id
    assert second not in (first, None)
    accept(database, "r", "1", comment="looked at")
    assert second == job_of(database).failure_id
    accept(database, "r", "1", failure_reason="None")
    assert job_of(database).failure_id is None
    assert [] == groups(database)


def test_a_job_that_passes_after_all_did_not_fail(database: Database) -> None:
    """Its reason stays with it; it is not counted."""
    fail(database, "r", "1", "flaky")
    transact(database, lambda s: jobs.move(s, [job_of(database).id], "queued", NOW, before=("fail",)))
    accept(database, "r", "1", success=True)

    assert [] == groups(database)
    assert [] == read(database, lambda s: failures.of_run(s, run_of(database).id, NOW))


def test_the_kind_is_written_with_the_job(database: Database) -> None:
    """A job that is made with its reason has it, too."""
    submit(database, "r", "1", success=False, failure_reason="born dead")

    assert job_of(database).failure_id is not None
    assert [("born dead", 1, 1)] == groups(database)


def test_the_failures_of_a_run(database: Database) -> None:
    """What they have in common, on which machines and systems; those without a reason by why the service ended them."""
    fail(database, "r", "1", "boom on m1", targets={"u@m1": "k"}, os_type="ubuntu", os_version="24.04")
    fail(database, "r", "2", "boom on m2", targets={"u@m2": "k"}, os_type="centos", os_version="9")
    fail(database, "before", "9", "boom on m3", seconds=-60)
    fail(database, "long ago", "9", "boom on m3", seconds=-86400 * 31)
    submit(database, "r", "3")
    transact(database, lambda s: jobs.move(s, [job_of(database, "r", "3").id], "dead", NOW, reason="expired"))
    fail(database, "r", "4", None)
    submit(database, "r", "5", success=True)

    found = read(database, lambda s: failures.of_run(s, run_of(database).id, NOW))

    boom, *others = found
    assert ("boom on HOST", 2, 0, ["1", "2"], ["m1", "m2"], ["centos 9", "ubuntu 24.04"], 1) == (
        boom.text,
        boom.jobs,
        boom.dead,
        boom.keys,
        boom.machines,
        boom.systems,
        boom.other_runs,
    )
    assert "boom on m1" == boom.example
    assert boom.first_seen.startswith(str(at(-86400 * 31))[:19])
    assert {(None, 1, 1, "expired"), (None, 1, 0, None)} == {(o.text, o.jobs, o.dead, o.ended) for o in others}


def test_filters_and_pages(database: Database) -> None:
    """Of jobs posted since then, of a branch, a suite, a type of machines; a page at a time."""
    fail(database, "r", "1", "a", branch="main", suite="rados", machine_type="smithi", seconds=-100)
    fail(database, "r", "2", "b", branch="wip", suite="rbd", machine_type="mira")
    fail(database, "r", "3", "b", branch="wip", suite="rbd", machine_type="mira")

    for narrowed in ({"branch": "main"}, {"suite": "rados"}, {"machine_type": "smithi"}):
        assert [("a", 1, 1)] == groups(database, FailureFilter(ALL.since, **narrowed))
    assert [("b", 2, 1)] == groups(database, FailureFilter(NOW))
    second = read(database, lambda s: failures.listed(s, ALL, Page(1, 1)))
    assert ["a"] == [row.text for row in second]


def test_one_kind(database: Database) -> None:
    """Where and when jobs failed so, by day, and the newest of them."""
    fail(database, "r", "1", "boom 1", branch="main", suite="rados", machine_type="smithi", seconds=-86400)
    fail(database, "r", "2", "boom 2", branch="wip", suite="rados", machine_type="mira")
    number = job_of(database).failure_id

    one = read(database, lambda s: failures.one(s, number))
    days = read(database, lambda s: failures.per_day(s, number, "UTC"))
    newest = read(database, lambda s: failures.newest(s, number, Page(1, 0)))

    assert ("boom N", 2, 1, ["main", "wip"], ["rados"], ["mira", "smithi"]) == (
        one.text,
        one.jobs,
        one.runs,
        one.branches,
        one.suites,
        one.machine_types,
    )
    assert [1, 1] == [day.jobs for day in days]
    assert [("r", "2", "fail", "boom 2")] == [(j.run, j.key, j.status, j.reason) for j in newest]


def test_a_new_kind_that_many_report_at_once(database: Database) -> None:
    """Each job has it, and it is there once."""
    for number in range(8):
        submit(database, f"r{number % 2}", str(number))

    together(
        8, lambda number: accept(database, f"r{number % 2}", str(number), success=False, failure_reason=f"new {number}")
    )

    assert [("new N", 8, 2)] == groups(database)
    assert [(1,)] == [tuple(row) for row in rows(database, "SELECT count(*) FROM failures")]


def test_groups_are_found_anew(database: Database) -> None:
    """Of jobs that have none, or another one than the rules say today; a second time nothing is left to do."""
    for key, reason in (("1", "boom 1"), ("2", "boom 2"), ("3", None), ("4", "None")):
        fail(database, "r", key, reason)
    right = groups(database)
    with database.writer.begin() as session:
        session.exec_driver_sql("UPDATE jobs SET failure_id = CASE key WHEN '2' THEN 7 END")
        session.exec_driver_sql("DELETE FROM failures")

    changed = [transact(database, lambda s: failures.regroup(s, 0, 2**40)) for _ in range(2)]

    assert [2, 0] == changed
    assert right == groups(database) == [("boom N", 2, 1)]


def test_any_text_can_be_a_reason(database: Database) -> None:
    """Script, SQL, colours and a megabyte: a kind like any other."""
    for number, reason in enumerate(
        ("<script>alert(1)</script>", "'); DROP TABLE jobs; --", "x" * 1_000_000, "%s %(a)s :b")
    ):
        transact(
            database,
            lambda s, key=str(number), reason=reason: jobs.create(
                s, "r", key, {"success": False, "failure_reason": reason}, NOW, SCHEME
            ),
        )

    assert 4 == len(groups(database))
