"""Statistics of lkp: which are cases that ended, which were measured."""

import pytest

from paddles.errors import Invalid
from paddles.ingest import lkp_stats
from paddles.ingest.facts import Case, Suite


@pytest.mark.parametrize(
    ("content", "cases"),
    [
        (b"a.b.pass: 1\n", [Case("a.b", "pass")]),
        (b"a.fail: 3\n", [Case("a", "fail")]),
        (b"a.skip: 1\na.pass: 2\n", [Case("a", "pass")]),
        (b"a.pass: 1\nb.pass: 1\na.fail: 1\n", [Case("a", "fail"), Case("b", "pass")]),
        (b"a.pass: 1\na.fail: 0\n", [Case("a", "pass")]),
        (b"a.pass: [0, 1]\n", [Case("a", "pass")]),
        (b"a.timeout: 1\nb.crash: 1\nc.broken: 1\n", [Case("a", "fail"), Case("b", "fail"), Case("c", "error")]),
        (b"pass: 1\n", [Case("pass", measurement=1.0)]),
        (b"iperf.tcp.bps: 2.5e+09\n", [Case("iperf.tcp.bps", measurement=2.5e9)]),
        (
            b"a: -1\nb: .5\nc: 1.\nd: 1e3\n",
            [Case(n, measurement=v) for n, v in zip("abcd", (-1, 0.5, 1, 1000), strict=True)],
        ),
        (b"a: [1, 2, 6]\n", [Case("a", measurement=3.0)]),
        (b"a:\n  - 1\n  - 3\n", [Case("a", measurement=2.0)]),
        (
            b'{"a": 1, "b": [1.5, 2.5], "c.pass": 1}',
            [Case("a", measurement=1), Case("b", measurement=2), Case("c", "pass")],
        ),
        (b'{"a": [1.7e308, 1.7e308]}', [Case("a", measurement=1.7e308)]),
        (b'"a b": 1\n? c\n: 2\n', [Case("a b", measurement=1), Case("c", measurement=2)]),
        (b"a\xff: 1\n", [Case("a\ufffd", measurement=1)]),
    ],
)
def test_numbers_are_counts_of_an_end_or_measurements(content: bytes, cases: list[Case]) -> None:
    """By the last word of the name; of several ends the gravest counts, of several numbers the mean."""
    [suite] = lkp_stats.parse(content)

    assert tuple(cases) == suite.cases
    assert () == suite.faults


@pytest.mark.parametrize(
    "value", ["x", "''", "~", "true", "[]", "[1, x]", ".inf", ".nan", "0x10", "1_000", "1:30", "9" * 400]
)
def test_what_is_no_number_is_a_fault(value: str) -> None:
    """Named, and the rest is kept."""
    [suite] = lkp_stats.parse(f"a: {value}\nb.pass: 1\n".encode())

    assert [Suite("lkp", (Case("b", "pass"),), "pass", "lkp", ("a is no number",))] == [suite]


@pytest.mark.parametrize("value", ["true", "null", '"x"', "[]", "[null]"])
def test_what_is_no_number_in_json_is_a_fault(value: str) -> None:
    """As in YAML."""
    [suite] = lkp_stats.parse(b'{"a": %s, "b": 1}' % value.encode())

    assert ("a is no number",) == suite.faults


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"- 1\n", "a mapping of names to numbers"),
        (b"text\n", "a mapping of names to numbers"),
        (b"a: {b: 1}\n", "a number or a list of numbers"),
        (b"a: [[1]]\n", "a number or a list of numbers"),
        (b"a: &x [1]\nb: *x\n", "a number or a list of numbers"),
        (b"[1]: 2\n", "a number or a list of numbers|a mapping"),
        (b"a: 1\n b: 2\n", "not YAML: line"),
        (b"a: \x07\n", "not YAML"),
        (b"a: " + b"[" * 100_000, "a number or a list of numbers"),
        (b"{", "not JSON"),
        (b'{"a": {}}', "^a: a statistic is a number or a list of numbers"),
        (b'{"a": [[1]]}', "^a: a statistic"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": ' + b"[" * 5000, "not JSON"),
        (b"".join(b"k%d: 1\n" % n for n in range(100_001)), "at most 100000 cases"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_are_no_statistics_is_refused(content: bytes, message: str) -> None:
    """With what is wrong."""
    with pytest.raises(Invalid, match=message):
        lkp_stats.parse(content)
