"""TAP and KTAP: results, subtests, directives, plans and what fails a suite."""

import pytest

from paddles.errors import Invalid
from paddles.ingest import tap
from paddles.ingest.facts import Suite


def parse(document: str) -> Suite:
    """Return the suite of a document."""
    [suite] = tap.parse(document.encode())
    return suite


def told(document: str) -> list[tuple[str, str]]:
    """Return names and statuses of the cases of a document."""
    return [(case.name, case.status) for case in parse(document).cases]


@pytest.mark.parametrize(
    ("line", "name", "status", "waived"),
    [
        ("ok", "(unnamed)", "pass", False),
        ("ok 1", "test 1", "pass", False),
        ("ok 1 a b", "a b", "pass", False),
        ("ok 1 - a - b", "a - b", "pass", False),
        ("ok - a", "a", "pass", False),
        ("ok a", "a", "pass", False),
        ("not ok 2 a", "a", "fail", False),
        ("ok 1 a # SKIP no disk", "a", "skip", False),
        ("ok 1 a # skipped: no disk", "a", "skip", False),
        ("not ok 1 a # SKIP", "a", "skip", False),
        ("ok 11 # SKIP time_empty", "time_empty", "skip", False),
        ("not ok 1 a # TODO flaky", "a", "fail", True),
        ("ok 1 a # TODO flaky", "a", "pass", True),
        ("ok 1 a # XFAIL known", "a", "fail", True),
        ("not ok 1 a # TIMEOUT 45 seconds", "a", "fail", False),
        ("not ok 1 a # ERROR no module", "a", "error", False),
        ("not ok 1 a # exit=1", "a", "fail", False),
        ("ok 1 a # time=46ms # SKIP b", "a", "skip", False),
        ("ok 1 a # errors=3", "a", "pass", False),
        ("ok 1 C#5 and issue #7", "C#5 and issue #7", "pass", False),
        (r"ok 1 a \# SKIP b \\", "a # SKIP b \\", "pass", False),
        ("ok 1 a # SKIP\r", "a", "skip", False),
        ("[   22.114555] ok 1 - a", "a", "pass", False),
        ("<6>[    1.5][  T134] not ok 1 a", "a", "fail", False),
        ("ok 1 selftests: mount: run.sh", "mount.run.sh", "pass", False),
        ("not ok 1 selftests: net/mptcp: a.sh # exit=1", "net/mptcp.a.sh", "fail", False),
    ],
)
def test_a_result_and_its_directive(line: str, name: str, status: str, waived: bool) -> None:
    """What is skipped is skipped whatever stood before; what is expected to fail is waived."""
    [case] = parse(f"{line}\n").cases

    assert (name, status, waived) == (case.name, case.status, case.waived)


@pytest.mark.parametrize(
    "line", ["okay", "not okay 1", "OK 1 a", "ok: a", "notok 1", "# ok then", "[    1.0] ok then", "1..2 x"]
)
def test_words_are_no_results(line: str) -> None:
    """In a log, behind a ``#`` and elsewhere."""
    assert [("a", "pass")] == told(f"{line}\nok 1 a\n")


@pytest.mark.parametrize(
    ("document", "status", "faults"),
    [
        ("1..2\nok 1\nok 2\n", "pass", ()),
        ("ok 1\nok 2\n1..2\n", "pass", ()),
        ("ok 1\n", "pass", ()),
        ("1..3\nok 1\nok 2\n", "fail", ("planned 3, came 2",)),
        ("1..1\nok 1\nok 2\n", "fail", ("planned 1, came 2",)),
        ("1..2\n", "fail", ("planned 2, came 0",)),
        ("1..0 # SKIP no network\n", "skip", ()),
        ("1..0\n", "unknown", ()),
        ("1..2\nok 1\nBail out! disk full\n", "fail", ("bail out: disk full", "planned 2, came 1")),
        ("Bail out!\n", "fail", ("bail out",)),
        ("1..1\nnot ok 1 # TODO x\n", "pass", ()),
        ("1..2\nok 1 # SKIP\nok 2 # SKIP\n", "skip", ()),
        ("not ok 1 # ERROR\nok 2\n", "error", ()),
        ("TAP version 13\n1..1\nok 1\nTAP version 13\n1..2\nok 1\nok 2\n", "pass", ()),
        ("TAP version 13\n1..2\nok 1\nTAP version 13\n1..1\nok 1\n", "fail", ("planned 2, came 1",)),
        ("1..1\nok 1\n1..2\nok 1\n", "fail", ("planned 2, came 1",)),
        ("1..1\n    1..5\n    ok 1 a\nok 1 b\n", "pass", ()),
        ("1..1\n    Bail out! in a subtest\nok 1 b\n", "pass", ()),
        ("1..1\n# Bail out! in a subtest\n# 1..7\n# not ok 1 a\nok 1 b\n", "pass", ()),
        ("1..1\n    not ok 1 a\nok 1 b\n", "pass", ()),
        ("1..1\n    # Subtest: cut\n    not ok 1 a\nok 1 b\n", "pass", ()),
    ],
)
def test_the_top_level_makes_the_suite(document: str, status: str, faults: tuple[str, ...]) -> None:
    """An unmet plan of that level and a bail-out fail it; what is wrong in a subtest is that subtest's."""
    suite = parse(document)

    assert (status, faults) == (suite.status, suite.faults)


@pytest.mark.parametrize(
    "document",
    [
        "    # Subtest: s\n    1..2\n    ok 1 a\n    not ok 2 b\nnot ok 1 s\n",
        "# Subtest: s\n    ok 1 a\n    not ok 2 b\n    1..2\nnot ok 1 - s\n",
        "\t# Subtest: s\n\tok 1 - a\n\tnot ok 2 - b\nnot ok 1 - s\n",
        "  KTAP version 1\n  1..2\n  ok 1 a\n  not ok 2 b\nnot ok 1 s\n",
        "[ 1.0]     # Subtest: s\n[ 1.1]     ok 1 a\n[ 1.2]     not ok 2 b\n[ 1.3] not ok 1 s\n",
        "[ 1.0]\t# Subtest: s\n[ 1.1]\tok 1 a\nBUG: noise\n[ 1.2]\tnot ok 2 b\n[ 1.3] not ok 1 s\n",
        "# TAP version 13\n# 1..2\n# ok 1 a\n# # about b\n# not ok 2 b\nnot ok 1 s\n",
    ],
)
def test_subtests_are_called_by_their_path(document: str) -> None:
    """Indented by any width, or behind a ``#``; each before the result that closes it."""
    assert [("s.a", "pass"), ("s.b", "fail"), ("s", "fail")] == told(document)


def test_subtests_nest() -> None:
    """To any depth that people use."""
    document = "        ok 1 x\n    ok 1 b\n    # ok 1 p\n    ok 2 c\nok 1 a\n#     ok 1 x\n# ok 1 b\nok 2 d\n"

    assert ["a.b.x", "a.b", "a.c.p", "a.c", "a", "d.b.x", "d.b", "d"] == [name for name, _ in told(document)]


@pytest.mark.parametrize(
    ("document", "cases"),
    [
        ("    # Subtest: s\n    ok 1 a\n", [("s.a", "pass"), ("s", "unknown")]),
        ("    # Subtest: s\n", [("s", "unknown")]),
        (
            "    # Subtest: s\n    ok 1 a\n    # Subtest: t\n    ok 1 b\nok 2 t\n",
            [("s.a", "pass"), ("s", "unknown"), ("t.b", "pass"), ("t", "pass")],
        ),
        ("    # Subtest: s\n    ok 1 a\nok 2 t\n", [("s.a", "pass"), ("s", "unknown"), ("t", "pass")]),
        (
            "# selftests: m: x\n# ok 1 a\n# selftests: m: y\nok 2 selftests: m: y\n",
            [("m.x.a", "pass"), ("m.x", "unknown"), ("m.y", "pass")],
        ),
        ("    ok 1 a\n", [("a", "pass")]),
    ],
)
def test_a_subtest_that_was_cut_is_unknown(document: str, cases: list[tuple[str, str]]) -> None:
    """What it had said by then is kept, under its name where that was said, and nowhere else."""
    assert cases == told(document)


@pytest.mark.parametrize(
    ("document", "outputs"),
    [
        (
            "# before\nok 1 a\nnot ok 2 b\n#   Failed test 'b'\n#   at t.c\nok 3 c\n",
            ["before", "Failed test 'b'\nat t.c", ""],
        ),
        ("not ok 1 a\n  ---\n  got: 1\n  # x\n  ...\nok 2 b\n", ["got: 1\nx", ""]),
        ("not ok 1 a\n  ---\n  got: 1\nok 2 b\n", ["got: 1", ""]),
        ("KTAP version 1\n# about a\nnot ok 1 a\n# about b\nnot ok 2 b # exit=1\n", ["about a", "about b\nexit=1"]),
        (
            "# # about a\n# not ok 1 a\n# said\nnot ok 1 b # TIMEOUT 45 seconds\n",
            ["about a", "said\nTIMEOUT 45 seconds"],
        ),
        ("ok 1 a # SKIP no disk\n", ["SKIP no disk"]),
        ("ok 1 # SKIP b\nnoise\n", [""]),
    ],
)
def test_what_was_said_about_a_result_is_its_output(document: str, outputs: list[str]) -> None:
    """In TAP the diagnostics below it and its YAML, in KTAP those above; no noise."""
    assert outputs == [case.output for case in parse(document).cases]


def test_much_that_was_said_keeps_its_end() -> None:
    """A test that prints without end does not fill the memory."""
    output = parse("ok 1 a\n" + "".join(f"# line {n}\n" for n in range(30_000))).cases[0].output

    assert output.endswith("line 29999")
    assert 65_535 >= len(output)


def test_levels_without_end_are_a_few() -> None:
    """However results are indented, names stay short and nothing is lost."""
    document = "".join(f"{' ' * (n % 300)}{'# ' * (n % 7)}ok {n} x\n" for n in range(3000, 0, -1))

    suite = parse(document)

    assert 3000 == len(suite.cases)
    assert 512 >= max(len(case.name) for case in suite.cases)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "is empty"),
        ("hello\n# world\n", "no line of the document is TAP"),
        ("ok 1\n" * 100_001, "at most 100000 results"),
        ("    # Subtest: a\n" * 100_001, "at most 100000 results"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_tap_is_refused(document: str, message: str) -> None:
    """With what is wrong."""
    with pytest.raises(Invalid, match=message):
        tap.parse(document.encode())


def test_the_suite_is_called_as_the_sender_says() -> None:
    """TAP has no name for it."""
    assert ["board"] == [suite.name for suite in tap.parse(b"ok 1", name="board")]
