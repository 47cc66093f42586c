"""KUnit in a kernel's log: its suites, and what else stands there."""

import pytest

from paddles.errors import Invalid
from paddles.ingest import kunit
from paddles.ingest.facts import Case, Suite

LOG = """\
[    0.100000] Linux version 6.18.0
[    1.000000] KTAP version 1
[    1.000001] 1..3
[    1.100000]     KTAP version 1
[    1.100001]     # Subtest: first
[    1.100002]     1..3
[    1.200000]     ok 1 plain
[    1.300000]         KTAP version 1
[    1.300001]         # Subtest: with_parameters
[    1.300002]         ok 1 one
[    1.300003]         not ok 2 two # TODO later
[    1.300004]     ok 2 with_parameters
[    1.400000] random: crng init done
[    1.500000]     # broken: EXPECTATION FAILED at lib/x.c:3
[    1.500001]     not ok 3 broken
[    1.600000] # first: pass:2 fail:1 skip:0 total:3
[    1.600001] not ok 1 first
[    1.700000]     KTAP version 1
[    1.700001]     # Subtest: second
[    1.700002]     1..1
[    1.700003]     ok 1 only # SKIP no hardware
[    1.700004] ok 2 second # SKIP
"""


def test_each_suite_of_kunit_is_a_suite() -> None:
    """With its cases, and parameters of a case behind a dot; a plan that was not met is the log's own failure."""
    first, second, log = kunit.parse(LOG.encode())

    assert ("first", "fail", "kunit", ()) == (first.name, first.status, first.context, first.faults)
    assert [
        ("plain", "pass", False, ""),
        ("with_parameters.one", "pass", False, ""),
        ("with_parameters.two", "fail", True, "TODO later"),
        ("with_parameters", "pass", False, ""),
        ("broken", "fail", False, "broken: EXPECTATION FAILED at lib/x.c:3"),
    ] == [(case.name, case.status, case.waived, case.output) for case in first.cases]
    assert Suite("second", (Case("only", "skip", output="SKIP no hardware"),), "skip", "kunit") == second
    assert Suite("kunit", (), "fail", "kunit", ("planned 3, came 2",)) == log


def test_a_suite_in_which_the_kernel_died_is_unknown() -> None:
    """With the cases that had ended."""
    [suite] = kunit.parse(b"[ 1.0]\t# Subtest: dies\n[ 1.1]\tok 1 - a\n[ 1.2] Kernel panic - not syncing\n")

    assert Suite("dies", (Case("a", "pass"),), "unknown", "kunit") == suite


def test_a_log_without_kunit_is_refused() -> None:
    """It says nothing of tests."""
    with pytest.raises(Invalid, match="no line of the document is TAP"):
        kunit.parse(b"[    0.1] Linux version 6.18.0\n[    0.2] ok then\n")
