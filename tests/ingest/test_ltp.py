"""Reports of the Linux Test Project: kirk's screen, JSON, runltp's list."""

import json
from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.ingest import ltp
from paddles.ingest.facts import Case, Suite

SCREEN = """\
Connecting to SUT: host

Starting suite: tracing
-----------------------
\x1b[1;37mftrace01: \x1b[0m\x1b[1;32mpass\x1b[0m | \x1b[1;33mtainted\x1b[0m  (1.585s)
stress-1: pass  (1m 39s)
flush01: skip  (0.003s)
quota01: fail | tainted  (1h 1m 1s)
disk01: brok

Starting suite: cve
cve-1: warn  (0.5s)
cve-2: conf  (soon)
        Passed:      9
        Distro:      debian 13
"""


def test_the_screen_of_kirk() -> None:
    """A suite for each that it starts; colours and remarks are no part of a name."""
    assert [
        Suite(
            "tracing",
            (
                Case("ftrace01", "pass", duration_s=1.585),
                Case("stress-1", "pass", duration_s=99),
                Case("flush01", "skip", duration_s=0.003),
                Case("quota01", "fail", duration_s=3661),
                Case("disk01", "error"),
            ),
            "fail",
            "ltp",
        ),
        Suite("cve", (Case("cve-1", "error", duration_s=0.5), Case("cve-2", "skip")), "error", "ltp"),
    ] == ltp.parse(SCREEN.encode())


def test_the_list_of_runltp() -> None:
    """Name, word, exit value; the lines around it say nothing."""
    listed = b"Testcase      Result   Exit Value\n--------\nabort01     PASS       0\nquota01  CONF   32\nfs01 FAIL 1\n"

    [suite] = ltp.parse(listed, name="board")

    assert ("board", "fail") == (suite.name, suite.status)
    assert [("abort01", "pass"), ("quota01", "skip"), ("fs01", "fail")] == [(c.name, c.status) for c in suite.cases]


@pytest.mark.parametrize(
    ("result", "case"),
    [
        (
            {"test_fqn": "LTP:cpu:cpu02", "status": "pass", "test": {"log": "l", "duration": 7.5, "result": "TPASS"}},
            Case("LTP:cpu:cpu02", "pass", output="l", duration_s=7.5),
        ),
        ({"test_fqn": "a", "test": {"result": "TCONF"}}, Case("a", "skip")),
        ({"test_fqn": "a", "status": "BROK"}, Case("a", "error")),
        ({"test_fqn": "a", "status": "odd"}, Case("a", "unknown")),
        ({"test_fqn": "a\u0000b", "status": 7, "test": [1]}, Case("a\ufffdb", "unknown")),
        ({"status": "fail", "test": {"log": "x\u0000", "duration": "1"}}, Case("(unnamed)", "fail", output="x\ufffd")),
        ({"test_fqn": "a", "test": {"duration": -1}}, Case("a", "unknown")),
        ({"test_fqn": "a", "test": {"duration": True}}, Case("a", "unknown")),
        ({}, Case("(unnamed)", "unknown")),
    ],
)
def test_results_in_json(result: dict[str, Any], case: Case) -> None:
    """As kirk and openQA write them; what is missing or odd is left out, not refused."""
    [suite] = ltp.parse(json.dumps({"format": "result_array:v1", "results": [result]}).encode())

    assert (case,) == suite.cases


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello\n", "no line of the document is a result of LTP"),
        (b"name: pass (1s)\n", "no line of the document is a result of LTP"),
        (b"{", "not JSON"),
        (b"{}", "results must be a list of objects"),
        (b'{"results": [1]}', "results must be a list of objects"),
        (b'{"results": ' + b"[" * 5000, "not JSON"),
        (b"x PASS 0\n" * 100_001, "at most 100000 cases"),
        (b"", "is empty"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_report_is_refused(content: bytes, message: str) -> None:
    """With what is wrong."""
    with pytest.raises(Invalid, match=message):
        ltp.parse(content)
