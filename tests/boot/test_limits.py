"""How long a job and its stages may take."""

from typing import Any

import pytest

from paddles.boot import limits
from paddles.errors import Invalid

DAY = 86400


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (30, 30),
        ("30", 30),
        ("300s", 300),
        ("5m", 300),
        ("1h", 3600),
        ("2d", 2 * DAY),
        ("1w", 7 * DAY),
        (0, 0),
        (1.5, 1.5),
        ("1.5h", 5400),
        ("366d", 366 * DAY),
    ],
)
def test_durations(value: Any, expected: float) -> None:
    """A number is seconds, a letter behind it says otherwise."""
    assert expected == limits.duration("timeout", value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "x",
        "h",
        "-1",
        -1,
        "+1",
        "1 h",
        "1y",
        "1H",
        "1hh",
        "1h30m",
        "1e3",
        "٣",
        "0x10",
        "1_0",
        "1\n",
        "\n1",
        None,
        True,
        False,
        [],
        [1],
        {},
        "367d",
        "9" * 13,
        "9" * 10000,
        10**12,
        1e30,
        float("nan"),
        float("inf"),
        "1;reboot",
    ],
)
def test_nonsense_is_refused(value: Any) -> None:
    """What says no time, or more than a year, is refused under the field's name."""
    with pytest.raises(Invalid, match=r"pp\.x\.runtime"):
        limits.duration("pp.x.runtime", value)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 3600),
        ({"timeout": None, "runtime": ""}, 3600),
        ({"timeout": "2h"}, 7200),
        ({"timeout": "0.5"}, 1),
        ({"timeout": 60, "runtime": 300}, 60),
        ({"runtime": 0}, 300),
        ({"runtime": 100}, 100 + 300 + 10),
        ({"runtime": "300s"}, 300 + 300 + 18),
        ({"runtime": 10000}, 10000 + 1250 + 100),
        ({"runtime": 100, "pp": {"a": {"runtime": 9000}}}, 410),
        ({"pp": {"a": {"runtime": 60}, "b": {"runtime": "40s"}, "c": {"x": 1}, "d": None}}, 410),
        ({"pp": None}, 3600),
        ({"pp": {"a": {"runtime": None}}}, 3600),
        ({"pp": ["a"]}, 3600),
        ({"timeout": "40d"}, 40 * DAY),
        ({"timeout": "40d", "ssh_pub_key": "ssh-ed25519 A"}, 30 * DAY),
        ({"timeout": "1d", "ssh_pub_key": "ssh-ed25519 A"}, DAY),
        ({"pp": {str(number): {"runtime": "300d"} for number in range(9)}}, 366 * DAY),
    ],
)
def test_the_limit_of_a_job(fields: dict[str, Any], expected: int) -> None:
    """A timeout; else the time its programs run and something on top; else an hour. Borrowed for a month at most."""
    assert expected == limits.job_limit(fields)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"timeout": "soon"}, "timeout"),
        ({"timeout": 0}, "timeout"),
        ({"runtime": []}, "runtime"),
        ({"pp": {"a": {"runtime": "x"}}}, "pp.a.runtime"),
    ],
)
def test_a_limit_of_nonsense_is_refused(fields: dict[str, Any], named: str) -> None:
    """The refusal names the field."""
    with pytest.raises(Invalid, match=named):
        limits.job_limit(fields)


@pytest.mark.parametrize(
    ("stage", "kind", "expected"),
    [
        ("submit", "hw", None),
        ("dispatch", "hw", 3600),
        ("boot", "hw", 1200),
        ("boot", "vm", 600),
        ("boot", "dc", 180),
        ("boot", "other", 1200),
        ("setup", "dc", 600),
        ("wait_peer", "vm", 7200),
        ("running", "vm", 42),
        ("post_run", "vm", 1800),
        ("manual_check", "hw", 36000),
        ("renew", "hw", None),
        ("finish", "hw", None),
        ("cancel", "hw", None),
    ],
)
def test_the_limit_of_a_stage(stage: str, kind: str, expected: int | None) -> None:
    """Only booting depends on the machine, only running on the job."""
    assert expected == limits.stage_limit(stage, kind, {"timeout": 42})
