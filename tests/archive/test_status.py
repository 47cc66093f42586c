"""The statuses of jobs and the moves between them; the status of a run, rule by rule."""

import itertools
from typing import Any

import pytest
from sqlalchemy import text

from paddles.archive import status
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import Invalid
from tests.conftest import NOW
from tests.units import rows

OPEN_OR_NEW = (None, "queued", "waiting", "running", "unknown", "dead")


@pytest.mark.parametrize("said", status.STATUSES)
@pytest.mark.parametrize("current", OPEN_OR_NEW)
def test_a_job_that_has_not_passed_or_failed_takes_any_status(current: str | None, said: str) -> None:
    """A new, open or dead job becomes what a report says: a dead job may run again."""
    assert said == status.reported(current, {"status": said})
    assert not status.refused(current, {"status": said})


@pytest.mark.parametrize("said", status.STATUSES)
@pytest.mark.parametrize("current", ["pass", "fail"])
def test_pass_and_fail_are_final(current: str, said: str) -> None:
    """A later status, the watchdog's dead above all, changes nothing and is no error."""
    assert current == status.reported(current, {"status": said})
    assert (said != current) == status.refused(current, {"status": said})


@pytest.mark.parametrize(("success", "after"), [(True, "pass"), (False, "fail"), (None, "unknown")])
@pytest.mark.parametrize("current", [None, *status.STATUSES])
def test_success_alone_settles_a_job(current: str | None, success: bool | None, after: str) -> None:
    """True is pass, false is fail, null is unknown, over a final status too."""
    assert after == status.reported(current, {"success": success})
    assert not status.refused(current, {"success": success})


@pytest.mark.parametrize("success", [True, False, None])
@pytest.mark.parametrize("current", [None, *status.STATUSES])
def test_status_rules_when_success_comes_with_it(current: str | None, success: bool | None) -> None:
    """``{"status": "dead", "success": false}`` is how a runner marks a dead job."""
    report = {"status": "dead", "success": success}

    assert status.reported(current, {"status": "dead"}) == status.reported(current, report)


def test_a_job_that_was_told_nothing_is_unknown() -> None:
    """A first report with neither status nor success makes an unknown job."""
    assert "unknown" == status.reported(None, {"pid": 1})


@pytest.mark.parametrize("current", status.STATUSES)
def test_a_report_without_a_status_leaves_it(current: str) -> None:
    """A heartbeat moves nothing."""
    assert current == status.reported(current, {"job_id": "1"})
    assert not status.refused(current, {"job_id": "1"})


@pytest.mark.parametrize("current", [None, "queued", "pass"])
@pytest.mark.parametrize("said", [None, "", "PASS", "passed", " pass", 1, True, ["pass"], {}])
def test_other_statuses_are_refused(current: str | None, said: Any) -> None:
    """What is none of the seven is refused, whatever the job's status, by a message that names the seven."""
    with pytest.raises(Invalid) as caught:
        status.reported(current, {"status": said})

    assert all(each in str(caught.value) for each in status.STATUSES)


@pytest.mark.parametrize(
    ("before", "started", "starts"),
    [
        (None, False, True),
        ("queued", False, True),
        ("queued", True, True),  # queued again, and running again: the clock is set anew
        ("waiting", False, True),
        ("waiting", True, False),  # waiting for machines and back does not move it
        ("running", True, False),
        ("running", False, False),
        ("unknown", False, True),
        ("dead", True, False),
        ("dead", False, True),
    ],
)
def test_when_a_job_starts(before: str | None, *, started: bool, starts: bool) -> None:
    """The clock is set when a job begins to run, and set anew only when it was queued again."""
    assert starts == status.starts(before, "running", started=started)


@pytest.mark.parametrize("after", [each for each in status.STATUSES if each != "running"])
@pytest.mark.parametrize("before", [None, *status.STATUSES])
def test_nothing_but_running_is_a_start(before: str | None, after: str) -> None:
    """No other status sets the clock."""
    assert not status.starts(before, after, started=False)


# The rules in their order, each with every statistically different case that it must win or lose.
RUN_STATUSES = [
    (1, {}, "empty"),
    (2, {"queued": 3}, "queued"),
    (3, {"running": 1}, "running"),
    (3, {"running": 1, "queued": 1, "waiting": 1, "unknown": 1, "pass": 1, "fail": 1, "dead": 1}, "running"),
    (4, {"waiting": 1}, "waiting"),
    (4, {"waiting": 1, "fail": 2}, "waiting"),
    (4, {"waiting": 1, "queued": 1, "unknown": 1, "pass": 1, "fail": 1, "dead": 1}, "waiting"),
    (5, {"dead": 2}, "finished dead"),
    (6, {"fail": 1}, "finished fail"),
    (6, {"fail": 1, "pass": 9}, "finished fail"),
    (6, {"fail": 1, "queued": 1}, "finished fail"),
    (6, {"fail": 1, "unknown": 1}, "finished fail"),
    (6, {"fail": 1, "dead": 1}, "finished fail"),
    (7, {"dead": 1, "pass": 1}, "finished fail"),
    (7, {"dead": 1, "queued": 1}, "finished fail"),
    (7, {"dead": 1, "unknown": 1}, "finished fail"),
    (8, {"pass": 2}, "finished pass"),
    (9, {"queued": 1, "pass": 1}, "queued"),
    (9, {"queued": 1, "unknown": 1}, "queued"),
    (9, {"queued": 1, "unknown": 1, "pass": 1}, "queued"),
    (10, {"unknown": 1}, "unknown"),
    (10, {"unknown": 1, "pass": 1}, "unknown"),
]


def first_rule(counts: dict[str, int]) -> str:
    """Return the status of a run: the first rule that fits, as the archive has always decided it."""
    total = sum(counts.values())
    some = {each for each, count in counts.items() if count}
    rules = [
        (not total, "empty"),
        (some == {"queued"}, "queued"),
        ("running" in some, "running"),
        ("waiting" in some, "waiting"),
        (some == {"dead"}, "finished dead"),
        ("fail" in some, "finished fail"),
        ("dead" in some, "finished fail"),
        (some == {"pass"}, "finished pass"),
        ("queued" in some, "queued"),
    ]
    return next((answer for fits, answer in rules if fits), "unknown")


def stored_statuses(database: Database, cases: list[dict[str, int]]) -> list[str]:
    """Return the status that the database gives to runs with these counters."""
    counters = [f"n_{each}" for each in status.STATUSES]
    insert = text(
        f"INSERT INTO runs (name, scheduled, posted, {', '.join(counters)}) "
        f"VALUES (:name, :now, :now, {', '.join(f':{each}' for each in counters)})"
    )
    values = [
        {"name": f"{number:04d}", "now": NOW, **{f"n_{each}": case.get(each, 0) for each in status.STATUSES}}
        for number, case in enumerate(cases)
    ]
    transact(database, lambda session: [session.execute(insert, value) for value in values])
    return [row.status for row in rows(database, "SELECT status FROM runs ORDER BY name")]


def test_the_status_of_a_run_is_the_first_rule_that_fits(database: Database) -> None:
    """Each of the ten rules wins where it should and loses to those before it."""
    expected = [answer for _, _, answer in RUN_STATUSES]

    assert expected == stored_statuses(database, [counts for _, counts, _ in RUN_STATUSES])
    assert set(range(1, 11)) == {rule for rule, _, _ in RUN_STATUSES}


def test_every_mixture_of_statuses_has_the_status_of_its_rule(database: Database) -> None:
    """All mixtures of none or one job in each status, 128 of them, agree with the rules; no ninth word comes out."""
    mixtures = [dict(zip(status.STATUSES, each, strict=True)) for each in itertools.product((0, 1), repeat=7)]

    stored = stored_statuses(database, mixtures)

    assert [first_rule(each) for each in mixtures] == stored
    assert set(status.RUN_STATUSES) == set(stored)
