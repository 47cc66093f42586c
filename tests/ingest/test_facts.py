"""Facts: what cases make of their suite, and how long their words may be."""

import pytest

from paddles.archive.texts import shortened
from paddles.errors import Invalid
from paddles.ingest import facts, text
from paddles.ingest.facts import Case, Suite


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ("", "unknown"),
        ("pass", "pass"),
        ("pass skip unknown", "pass"),
        ("skip", "skip"),
        ("skip unknown", "skip"),
        ("unknown", "unknown"),
        ("pass error skip", "error"),
        ("pass error fail", "fail"),
        ("waived:fail", "pass"),
        ("waived:error skip", "pass"),
        ("waived:fail error", "error"),
        ("waived:skip", "skip"),
    ],
)
def test_a_suite_is_what_its_cases_make_it(statuses: str, verdict: str) -> None:
    """A failure that counts before an error, an error before a pass; what is waived does no harm."""
    words = [word.rpartition(":") for word in statuses.split()]

    assert verdict == facts.verdict([Case("x", status, waived=bool(waived)) for waived, _, status in words])


def test_suites_of_one_name_are_one() -> None:
    """A job has a test of a name once."""
    parts = [
        Suite("a", (Case("x", "pass"),), "pass", "junit", duration_s=1.5),
        Suite("b", (), "unknown", "junit"),
        Suite("a", (Case("x", "fail"),), "fail", "junit", ("late",), duration_s=2),
    ]

    both, other = facts.joined(parts)

    assert Suite("a", (Case("x", "pass"), Case("x", "fail")), "fail", "junit", ("late",), 3.5) == both
    assert parts[1] == other


def test_cases_are_counted() -> None:
    """A document does not fill a table."""
    with pytest.raises(Invalid, match="at most 100000 cases"):
        facts.joined([Suite("a", (Case("x"),) * 100_001, "unknown")])


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a b", "a b"), (" a\n\tb\x1b[0m ", "a b [0m"), ("", "(unnamed)"), (" \n", "(unnamed)"), ("é" * 600, "é" * 512)],
)
def test_names_are_one_line(name: str, shown: str) -> None:
    """And never empty."""
    assert shown == facts.case(name, "pass").name


def test_of_a_long_output_the_end_is_kept() -> None:
    """Below a line that says so, in as many characters as may be kept."""
    kept = facts.case("x", "fail", output="begin" + "y" * 70_000 + "end").output

    assert 65_535 == len(kept)
    assert kept.startswith("<truncated>\ny")
    assert kept.endswith("yend")
    assert "y" * 65_535 == shortened("y" * 65_535)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.5", 1.5),
        ("1,234.5", 1234.5),
        ("0", 0.0),
        ("1e3", 1000.0),
        *[(w, None) for w in ("", "x", "-1", "nan", "inf", None)],
    ],
)
def test_durations_are_seconds_or_nothing(written: str | None, value: float | None) -> None:
    """What is no duration is none, and no reason to refuse a document."""
    assert value == facts.seconds(written)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"\xef\xbb\xbfa", "a"),
        ("aé".encode("utf-16"), "aé"),
        (b"\xfe\xff\x00a", "a"),
        (b"a\xff\0b", "a\ufffd\ufffdb"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"\xff\xfe\x00\xd8", "\ufffd"),
    ],
)
def test_bytes_become_text_that_can_be_stored(content: bytes, shown: str) -> None:
    """With replacement characters for what is no text, for NUL and for halves of surrogate pairs."""
    assert shown == text.decode(content)


def test_lines_end_as_they_do_anywhere() -> None:
    """With LF or CR LF; other signs that Unicode takes for an end stay inside. A line is so long and no longer."""
    assert ["a", "b\x0b\u2028c", "", "d"] == list(text.lines("a\nb\x0b\u2028c\r\n\nd"))
    assert [65_536, 1] == [len(line) for line in text.lines("x" * 70_000 + "\ny")]


@pytest.mark.parametrize("content", [b"", b" \n\t"])
def test_an_empty_document_is_refused(content: bytes) -> None:
    """There is nothing to read in it."""
    with pytest.raises(Invalid, match="is empty"):
        text.decode(content)


def test_a_document_has_an_end() -> None:
    """In bytes and in lines."""
    with pytest.raises(Invalid, match="at most 67108864 bytes"):
        text.decode(b"x" * (64 * 2**20 + 1))
    with pytest.raises(Invalid, match="at most 2000000 lines"):
        list(text.lines("\n" * 2_000_001))
