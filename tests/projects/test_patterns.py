"""Regular expressions of users: which are any."""

import time

import pytest

from paddles.projects.patterns import checked


@pytest.mark.parametrize("pattern", [r"(?P<a>x)|(?P<b>y)", r"(?i)(?P<b>\d+)(?P<a>\s*)$", r"(?P<a>(?P<b>.))(?=z)\1"])
def test_what_python_reads_is_kept(pattern: str) -> None:
    """With the groups in any order."""
    assert pattern == checked(pattern, ("a", "b"))


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(?P<a>.)", r"^must have the groups \(\?P<b>\.\.\.\)$"),
        ("", r"^must have the groups"),
        ("(?P<a>", "^must be a regular expression: missing"),
        ("(?P<a>.)(?P<a>.)", "^must be a regular expression: redefinition"),
        ("(?R)", "^must be a regular expression: unknown extension"),
        ("a{99999999999}", "^must be a regular expression: the repetition number is too large"),
        ("*", "^must be a regular expression: nothing to repeat"),
        ("x" * 1001, "^must have at most 1000 characters$"),
        ("((((" * 245, "^must be a regular expression"),
    ],
)
def test_others_are_refused(pattern: str, message: str) -> None:
    """With what is wrong."""
    with pytest.raises(ValueError, match=message):
        checked(pattern, ("a", "b"))


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:(?:(?:a{1000}){1000}){1000}){1000}",
        "a{65535}" * 100,
        "(?:" * 60 + "a" + "){1,999}" * 60,
        "(a*)*" * 190 + "b",
        "(?i)[" + "".join(chr(0x4E00 + 2 * n) for n in range(900)) + "]",
    ],
)
def test_looking_takes_no_time(pattern: str) -> None:
    """Whatever the expression would cost when it is used."""
    before = time.process_time()

    assert pattern == checked(pattern, ())
    assert 1 > time.process_time() - before
