"""Tests that logs tell of: what is found, and that no expression and no log takes more than its share."""

import time
from pathlib import Path
from typing import Any

import pytest

from paddles.agents.jobserv_runner import grepping as runner
from paddles.agents.jobserv_runner import line_matcher
from paddles.agents.jobserv_runner.console import Failed
from paddles.archive import tests
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from paddles.errors import Invalid
from paddles.projects import grepping
from tests.conftest import NOW
from tests.units import job_of, submit

TAP = {
    "test-pattern": r"== (?P<name>\S+)",
    "result-pattern": r"(?P<result>ok|not ok|skip) \d+ (?P<name>.*)",
    "fixupdict": {"ok": "PASSED", "not ok": "FAILED", "skip": "SKIPPED"},
}
PLAIN = {"result-pattern": r"(?P<name>\w+): (?P<result>\S+)"}
MANY = (line_matcher.MOST_MATCHES + 1) * b"a: PASSED\n"


@pytest.fixture
def look(tmp_path: Path) -> Any:
    """Return what is found in a log, test by test: name, status, and results with status and context."""

    def find(log: bytes, definition: dict[str, Any], **said: Any) -> list[Any]:
        (tmp_path / "log").write_bytes(log)
        with (tmp_path / "log").open("rb") as file:
            told = grepping.found(file, definition, **said)
        return [
            (test["name"], test["status"], *((case["name"], case["status"], case["context"]) for case in test["cases"]))
            for test in told
        ]

    return find


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (b"", []),
        (b"nothing of the kind\n", []),
        (b"== a\n== b\n", [("a", "pass"), ("b", "pass")]),
        (
            b"== a\nok 1 x\nskip 2 y z\nnoise\n== b\nok 1 x\nnot ok 2 y\nok 3 z",
            [
                ("a", "pass", ("x", "pass", ""), ("y z", "skip", "")),
                ("b", "fail", ("x", "pass", ""), ("y", "fail", ""), ("z", "pass", "")),
            ],
        ),
        (b"ok 1 x\n== a\nok 1 y\n", [("default", "pass", ("x", "pass", "")), ("a", "pass", ("y", "pass", ""))]),
        (
            b"== a\nok 1 x\n== b\n== a\nnot ok 1 y\n",
            [("a", "fail", ("x", "pass", ""), ("y", "fail", "")), ("b", "pass")],
        ),
        (b" == a\n> ok 1 x\n", []),
        (b"ok 1 x\r\n50%\rok 2 y\r\n", [("default", "pass", ("x", "pass", ""), ("y", "pass", ""))]),
        (b"ok 1 \xff\xfe\x00\xc3\n", [("default", "pass", ("�� �", "pass", ""))]),
        (b"ok 1 \xe6\xbc\xa2\x1b[0m", [("default", "pass", ("漢 [0m", "pass", ""))]),
        (b"ok 1 \n", [("default", "pass", ("(unnamed)", "pass", ""))]),
        (b"ok 1 " + b"x" * 10**6 + b"\nok 2 y\n", [("default", "pass", ("x" * 512, "pass", ""), ("y", "pass", ""))]),
        (b"x" * 16384 + b"ok 1 x\n", []),
    ],
)
def test_lines_tell_of_tests(log: bytes, told: list[Any], look: Any) -> None:
    """From the beginning of a line, whatever ends it, and whatever bytes are in it."""
    assert told == look(log, TAP)


@pytest.mark.parametrize(
    ("word", "status", "context"),
    [
        ("PASSED", "pass", ""),
        ("FAILED", "fail", ""),
        ("SKIPPED", "skip", ""),
        ("passed", "fail", "passed"),
        ("RUNNING", "fail", "RUNNING"),
        ("ümläut", "fail", "ümläut"),
        ("w" * 600, "fail", "w" * 512),
    ],
)
def test_a_word_that_is_none_is_a_failure(word: str, status: str, context: str, look: Any) -> None:
    """It is kept, so that somebody may see what it was."""
    [(_, of_test, result)] = look(f"a: {word}\n".encode(), PLAIN)

    assert ("a", status, context) == result
    assert ("fail" if status == "fail" else "pass") == of_test


def test_a_line_may_begin_a_test_and_be_its_first_result(look: Any) -> None:
    """The test comes first."""
    definition = {**PLAIN, "test-pattern": r"(?P<name>\w+): "}

    assert [("a", "pass", ("a", "pass", "")), ("b", "pass", ("b", "pass", ""))] == look(
        b"a: PASSED\nb: PASSED\n", definition
    )


def test_groups_that_take_no_part_are_empty(look: Any) -> None:
    """As they may, in alternatives."""
    definition = {"result-pattern": "(?P<name>a)|(?P<result>b)"}

    assert [("default", "fail", ("a", "fail", ""), ("(unnamed)", "fail", "b"))] == look(b"a\nb\n", definition)


@pytest.mark.parametrize(
    ("pattern", "log"),
    [
        (r"(?P<name>(a|aa)+)(?P<result>$)", b"a" * 10_000 + b"!"),
        (r"(?P<name>(?:.*){30})(?P<result>x)", b"y" * 10_000),
        (r"(?P<name>(\s*a?)*)b(?P<result>c)", b"a " * 5_000),
    ],
)
def test_an_expression_that_takes_for_ever_is_ended(pattern: str, log: bytes, look: Any) -> None:
    """After its second of CPU time, wherever it is; this process takes none meanwhile."""
    before, process = time.monotonic(), time.process_time()

    with pytest.raises(Invalid, match=r"^test-grepping takes more than 1 s on the log$"):
        look(log, {"result-pattern": pattern}, cpu_s=1)
    assert 30 > time.monotonic() - before
    assert 1 > time.process_time() - process


def test_memory_has_a_bound(tmp_path: Path) -> None:
    """Beyond which nothing is found."""
    (tmp_path / "log").write_bytes(b"b" * 16_000)
    marks = "|".join(f"(x{number})" for number in range(95))
    wanted = {"result-pattern": f"(?P<name>(?:{marks}|(b))*)(?P<result>!)"}

    with (
        (tmp_path / "log").open("rb") as log,
        pytest.raises(Failed, match=r"than 41943040 bytes of memory on the log$"),
    ):
        runner.found(log, wanted, memory_bytes=40 * 2**20)


@pytest.mark.parametrize("log", [MANY, b"%s: PASSED\n" % (b"x" * 1000) * 40_000], ids=["many", "long"])
def test_there_is_an_end_to_results(log: bytes, look: Any) -> None:
    """A log with more is refused, which is said."""
    with pytest.raises(Invalid, match=r"^test-grepping finds more than 100000 results in the log, or too long ones$"):
        look(log, PLAIN)


def test_as_many_results_as_may_be(look: Any) -> None:
    """A hundred thousand are found within the time that there is."""
    [(_, status, *results)] = look(MANY[: -len(b"a: PASSED\n")], PLAIN)

    assert ("pass", line_matcher.MOST_MATCHES) == (status, len(results))


def test_a_log_is_read_from_where_it_is(tmp_path: Path) -> None:
    """What was read of it before is not looked at."""
    (tmp_path / "log").write_bytes(b"a: FAILED\nb: PASSED\n")
    with (tmp_path / "log").open("rb", buffering=0) as log:
        log.seek(10)
        [test] = grepping.found(log, PLAIN)

    assert ["b"] == [case["name"] for case in test["cases"]]


def test_what_is_found_can_be_stored(database: Database, tmp_path: Path) -> None:
    """As the archive takes it, which counts the results."""
    submit(database, "r", key="1")
    (tmp_path / "log").write_bytes(b"== a\nok 1 x\nnot ok 2 y\nok 1 x\n== b\n")
    with (tmp_path / "log").open("rb") as log:
        found = grepping.found(log, TAP)

    transact(database, lambda session: tests.store(session, job_of(database).id, found, NOW))

    kept = read(database, lambda session: tests.of_job(session, "r", "1", Page()))
    assert [("a", "fail", 2, 1), ("b", "pass", 0, 0)] == [
        (row.name, row.status, row.n_pass, row.n_fail) for row in kept
    ]
