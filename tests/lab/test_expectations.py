"""Why a job is not running yet, and when it will be."""

import datetime
from typing import Any

import pytest

from paddles.lab.expectations import Machines, Standing, expected, reasons
from tests.conftest import NOW

HOUR = datetime.timedelta(hours=1)
QUEUED = {"status": "queued", "queue": "q", "leased": False, "ahead": 0, "waits_for": 0}
FREE = {"number": 3, "up": 2, "free": 1, "locked": 1}
CASES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({"status": "waiting", "waits_for": 2}, {}, ["waits_for"]),
    ({"status": "waiting"}, {}, ["held"]),
    ({"status": "waiting", "held_by": "ann"}, {}, ["held"]),
    ({"status": "waiting", "held_by": "ann", "waits_for": 2}, {}, ["held", "waits_for"]),
    ({"status": "running"}, {"number": 0}, []),
    ({"status": "pass"}, {"number": 0}, []),
    ({"queue": None}, {}, ["no_queue"]),
    ({"leased": True, "ahead": 3}, {}, ["handed_out"]),
    ({}, {}, ["next"]),
    ({"ahead": 3}, {}, ["behind"]),
    ({"ahead": 3}, {"number": 0, "up": 0, "free": 0, "locked": 0}, ["no_machine", "behind"]),
    ({}, {"up": 0, "free": 0, "locked": 0}, ["all_down"]),
    ({}, {"up": 2, "free": 0, "locked": 2}, ["all_locked"]),
    ({}, {"up": 2, "free": 0, "locked": 1}, ["all_busy"]),
    ({}, {"up": 2, "free": 0, "locked": 0}, ["all_busy"]),
    ({"ahead": 1}, {"paused_until": NOW, "free": 0, "locked": 2}, ["paused", "all_locked", "behind"]),
]


@pytest.mark.parametrize(("job", "machines", "found"), CASES)
def test_what_keeps_a_job_is_said(job: dict[str, Any], machines: dict[str, Any], found: list[str]) -> None:
    """All of it, the most telling first."""
    assert found == reasons(Standing(**{**QUEUED, **job}), Machines(**{**FREE, **machines}))


STARTS: list[tuple[int, dict[str, Any], float, datetime.datetime | None]] = [
    (0, {"free": 1}, 0, NOW),
    (2, {"free": 3}, 5, NOW),
    (0, {"free": 0}, 2, NOW + HOUR / 2),
    (7, {"free": 2}, 2, NOW + 3 * HOUR),
    (0, {"free": 1, "paused_until": NOW + HOUR}, 2, NOW + HOUR),
    (1, {"free": 1, "paused_until": NOW + HOUR}, 2, NOW + 1.5 * HOUR),
    (0, {"free": 0}, 0, None),
    (10_000, {"free": 0}, 0.01, None),
]


@pytest.mark.parametrize(("ahead", "machines", "per_hour", "start"), STARTS)
def test_a_job_starts_when_those_before_it_have(
    ahead: int, machines: dict[str, Any], per_hour: float, start: datetime.datetime | None
) -> None:
    """Nobody knows where nothing has ended, and nothing is foretold for years."""
    assert start == expected(NOW, ahead, Machines(**machines), per_hour)
