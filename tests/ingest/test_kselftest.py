"""The output of Linux' selftests: KTAP, tests that only say OK, and make."""

import pytest

from paddles.errors import Invalid
from paddles.ingest import kselftest

ENTER = "make: Entering directory '/usr/src/linux/tools/testing/selftests/net'\n"
LEAVE = "make: Leaving directory '/usr/src/linux/tools/testing/selftests/net'\n"
BROKEN = "make[1]: *** [../lib.mk:140: /usr/src/linux/tools/testing/selftests/net/tool] Error 1\n"


def told(inside: str) -> list[tuple[str, str]]:
    """Return what a test x.sh of net says that says these lines."""
    lines = "".join(f"# {line}\n" for line in inside.split("\n"))
    [suite] = kselftest.parse(f"# selftests: net: x.sh\n{lines}ok 1 selftests: net: x.sh\n".encode())
    return [(case.name.removeprefix("net.x.sh."), case.status) for case in suite.cases[:-1]]


@pytest.mark.parametrize(
    ("inside", "cases"),
    [
        ("TEST: two words ... ok", [("two words", "pass")]),
        ("name...FAIL", [("name", "fail")]),
        ("name ... not ok", [("name", "fail")]),
        ("name   [ OK ]", [("name", "pass")]),
        ("name [SKIP]", [("name", "skip")]),
        ("name: PASS", [("name", "pass")]),
        ("name ... unsupported", [("name", "skip")]),
        ("    indented  [FAIL]", [("indented", "fail")]),
        ("run part test\nnoise\nok", [("part", "pass")]),
        ("Running test: part - run #0\na: OK! - x\nb: FAIL!", [("part.0", "fail")]),
        ("Running test: part - run #0\na: FAIL! - x\nb: SKIP!", [("part.0", "skip")]),
        ("Running test: p - run #0\na: OK!\nRunning test: p - run #1", [("p.0", "pass"), ("p.1", "unknown")]),
        ("a: OK! - nothing was begun\nok\n[OK]", []),
        ("this is not a book\nthe end is ok\nlook", []),
        ("TAP version 13\n1..1\nname ... ok\nok 1 real", [("real", "pass")]),
        ("ok 1 real\nname [PASS]", [("real", "pass")]),
        ("# RUN           global.kcmp ...\n#            OK  global.kcmp\nok 1 global.kcmp", [("global.kcmp", "pass")]),
    ],
)
def test_parts_of_a_test_say_how_they_ended(inside: str, cases: list[tuple[str, str]]) -> None:
    """In TAP, and where the test speaks none, in the words that scripts use."""
    assert cases == told(inside)


@pytest.mark.parametrize(
    ("document", "status", "cases"),
    [
        (
            f"{ENTER}TAP version 13\n1..1\nok 1 selftests: net: x.sh\n{LEAVE}",
            "pass",
            [("net.make", "pass"), ("net.x.sh", "pass")],
        ),
        (f"{ENTER}gcc x.c\n{BROKEN}{LEAVE}", "fail", [("net.make", "fail")]),
        (f"{ENTER}make: *** No rule to make target.  Stop.\n# selftests: net: x\n", "unknown", [("net.x", "unknown")]),
        (f"{ENTER}# selftests: net: x\nok 1 selftests: net: x\n{LEAVE}", "pass", [("net.x", "pass")]),
        ("TAP version 13\n1..9\nnot ok 4 selftests: net: x # exit=1\n", "fail", [("net.x", "fail")]),
        (
            "# selftests: net: x\n# Running test: a - run #0\n",
            "unknown",
            [("net.x.a.0", "unknown"), ("net.x", "unknown")],
        ),
    ],
)
def test_a_whole_output(document: str, status: str, cases: list[tuple[str, str]]) -> None:
    """How a directory was built is a case of its own; what is cut is unknown; a plan that is not met fails."""
    [suite] = kselftest.parse(document.encode())

    assert (status, cases) == (suite.status, [(case.name, case.status) for case in suite.cases])


@pytest.mark.parametrize("document", ["hello\n", "make: Entering directory '/tmp'\nmake: *** [/tmp/x] Error 1\n"])
def test_what_is_no_selftest_is_refused(document: str) -> None:
    """With what is wrong."""
    with pytest.raises(Invalid, match="no line of the document is of a selftest"):
        kselftest.parse(document.encode())
