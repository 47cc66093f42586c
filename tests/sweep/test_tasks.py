"""Periodic work, task by task."""

import datetime
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.events import lists, log
from paddles.lab import leases
from paddles.settings import Settings
from paddles.sweep import tasks
from tests.conftest import NOW
from tests.units import accept, at, inexact, job_of, rows, submit

MINUTE, DAY = 60, 86400


def do(database: Database, settings: Settings, task: tasks.Task, now: datetime.datetime, limit: int = 100) -> int:
    """Do one batch of a task and return how many rows it handled."""
    return transact(database, lambda s: task(s, now, limit, settings))


def claim(database: Database, ttl: float) -> None:
    """Hand a job of the queue ``q`` to somebody for so many seconds."""
    lasting = datetime.timedelta(seconds=ttl)
    assert transact(database, lambda s: leases.claim(s, ["q"], "test", NOW, lasting))


def statuses(database: Database) -> list[str]:
    """Return the statuses of all jobs, by key."""
    return [row.status for row in rows(database, "SELECT status FROM jobs ORDER BY key")]


def test_overdue_leases_end(database: Database, settings: Settings) -> None:
    """Those whose time is over, and their jobs are offered again."""
    for key, ttl in (("1", 60), ("2", 90)):
        submit(database, "r", key, status="queued", queue="q")
        claim(database, ttl)

    assert 1 == do(database, settings, tasks.expire_leases, at(60))

    assert (False, True) == (job_of(database, "r", "1").leased, job_of(database, "r", "2").leased)


@pytest.mark.parametrize(
    ("minutes", "second", "expected"),
    [
        (30, 30 * MINUTE, ["running", "running", "running", "queued", "pass"]),
        (30, 30 * MINUTE + 1, ["dead", "dead", "dead", "queued", "pass"]),
        (1, MINUTE + 1, ["dead", "dead", "dead", "queued", "pass"]),
        (0, 999 * DAY, ["running", "running", "running", "queued", "pass"]),
    ],
)
def test_jobs_under_way_without_news_die(
    database: Database, settings: Settings, minutes: int, second: int, expected: list[str]
) -> None:
    """After so many minutes of silence, and not before; 0 lets them live. Queued and finished jobs are left alone."""
    for key, status in enumerate(("running", "waiting", "unknown", "queued", "pass")):
        submit(database, "r", str(key), status=status)
    set_to = settings.model_copy(update={"expire_running_minutes": minutes})

    handled = do(database, set_to, tasks.expire_running, at(second))

    alive = ["running", "waiting", "unknown", "queued", "pass"]
    assert (alive if handled == 0 else expected) == statuses(database)
    assert expected.count("dead") == handled
    assert [] == inexact(database)


@pytest.mark.parametrize(
    ("days", "second", "expected"),
    [
        (14, 14 * DAY, ["queued", "queued", "running"]),
        (14, 14 * DAY + 1, ["dead", "dead", "running"]),
        (1, DAY + 1, ["dead", "dead", "running"]),
        (0, 999 * DAY, ["queued", "queued", "running"]),
    ],
)
def test_jobs_that_queue_for_ever_die(
    database: Database, settings: Settings, days: int, second: int, expected: list[str]
) -> None:
    """After so many days without news, in a queue or in none; 0 lets them wait. Jobs under way are left alone."""
    submit(database, "r", "0", status="queued", queue="q")
    submit(database, "r", "1", status="queued")
    submit(database, "r", "2", status="running")
    set_to = settings.model_copy(update={"expire_queued_days": days})

    assert expected.count("dead") == do(database, set_to, tasks.expire_queued, at(second))

    assert expected == statuses(database)
    assert [] == inexact(database)


@pytest.mark.parametrize(("task", "status"), [(tasks.expire_running, "running"), (tasks.expire_queued, "queued")])
def test_a_sign_of_life_keeps_a_job(database: Database, settings: Settings, task: tasks.Task, status: str) -> None:
    """What counts is the last report, a heartbeat too, not the beginning."""
    submit(database, status=status)
    accept(database, now=at(20 * DAY))

    assert 0 == do(database, settings, task, at(20 * DAY + 30 * MINUTE))
    assert 1 == do(database, settings, task, at(99 * DAY))


def test_a_job_that_is_handed_out_does_not_die(database: Database, settings: Settings) -> None:
    """A lease has an end of its own; when it is over the job is offered again, or dies."""
    submit(database, status="queued", queue="q")
    claim(database, 20 * DAY)

    assert 0 == do(database, settings, tasks.expire_queued, at(15 * DAY))
    assert 1 == do(database, settings, tasks.expire_leases, at(20 * DAY))
    assert 1 == do(database, settings, tasks.expire_queued, at(20 * DAY))


def test_the_dead_are_said_to_have_expired(database: Database, settings: Settings) -> None:
    """With the moment of the sweep as their end."""
    submit(database, status="running")
    do(database, settings, tasks.expire_running, at(DAY))

    assert ("dead", "expired", at(DAY)) == (
        job_of(database).status, job_of(database).reason, job_of(database).finished,
    )  # fmt: skip


@pytest.mark.parametrize(("days", "left"), [(90, ["a", "b"]), (1, ["b"]), (0, ["a", "b", "old"])])
def test_old_events_are_forgotten(database: Database, settings: Settings, days: int, left: list[str]) -> None:
    """After so many days; 0 keeps them all."""
    for type_, age in (("old", 91), ("a", 2), ("b", 1)):
        transact(database, lambda s, t=type_: log.append(s, "c", t, "s", {}))
        said: dict[str, Any] = {"at": at(-age * DAY), "type": type_}
        backdate = text("UPDATE events SET at = :at WHERE type = :type")
        transact(database, lambda s, statement=backdate, said=said: s.execute(statement, said))
    set_to = settings.model_copy(update={"events_keep_days": days})

    assert 3 - len(left) == do(database, set_to, tasks.forget_events, NOW)

    assert left == [row.type for row in rows(database, "SELECT type FROM events ORDER BY type")]


@pytest.mark.parametrize(("days", "left"), [(30, ["a", "b"]), (1, ["b"]), (0, ["a", "b", "old"])])
def test_items_that_nobody_takes_are_forgotten(
    database: Database, settings: Settings, days: int, left: list[str]
) -> None:
    """After so many days, the oldest first and no more than a batch at once; 0 keeps them all."""
    for name, age in (("old", 31), ("a", 2), ("b", 0.5)):
        transact(database, lambda s, n=name: lists.push(s, n, b"{}"))
        said: dict[str, Any] = {"created": at(-age * DAY), "list": name}
        backdate = text("UPDATE list_items SET created = :created WHERE list = :list")
        transact(database, lambda s, statement=backdate, said=said: s.execute(statement, said))
    set_to = settings.model_copy(update={"list_items_keep_days": days})

    deleted = [do(database, set_to, tasks.forget_list_items, NOW, limit=1) for _ in range(3)]

    assert 3 - len(left) == sum(deleted)
    assert left == [row.list for row in rows(database, "SELECT list FROM list_items ORDER BY list")]


@pytest.mark.parametrize("task", [each.task for each in tasks.TASKS], ids=[each.name for each in tasks.TASKS])
def test_a_task_with_nothing_to_do_does_nothing(database: Database, settings: Settings, task: tasks.Task) -> None:
    """An empty archive is swept without a row."""
    assert 0 == do(database, settings, task, at(999 * DAY))


def test_a_batch_is_no_larger_than_asked(database: Database, settings: Settings) -> None:
    """Each task keeps to its limit, and the rest is there for the next batch."""
    for key in "12345":
        submit(database, "r", key, status="queued", queue="q")
        claim(database, 60)
        submit(database, "s", key, status="running")
    late = at(99 * DAY)

    for task in (tasks.expire_leases, tasks.expire_running, tasks.expire_queued):
        assert [2, 2, 1, 0] == [do(database, settings, task, late, limit=2) for _ in range(4)]


def test_every_task_has_a_name_and_a_rhythm() -> None:
    """No two tasks are called the same, each comes round."""
    assert len(tasks.TASKS) == len({each.name for each in tasks.TASKS})
    assert all(each.every_s > 0 for each in tasks.TASKS)
