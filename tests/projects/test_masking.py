"""Secrets in logs: which bytes become stars, however the log is cut."""

import tracemalloc
from collections.abc import Iterable

import hypothesis
import pytest
from hypothesis import strategies

from paddles.projects import masking
from paddles.projects.masking import NOTHING, Held, masked, rest, words

PEM = "-----BEGIN KEY-----\nMIIEabcdefgh\nMIIEijklmnop\n-----END KEY-----\n"
# Few letters, so that values meet, overlap and begin over again.
VALUES = strategies.lists(strategies.text(alphabet="ab", min_size=4, max_size=7), max_size=4)
PIECES = strategies.lists(strategies.text(alphabet="abc", max_size=6).map(str.encode), max_size=12)


def shown(pieces: Iterable[bytes], values: Iterable[str]) -> bytes:
    """Return what is shown of a log that arrives in pieces."""
    wanted, held, whole = words(values), NOTHING, b""
    for piece in pieces:
        some, held = masked(held, piece, wanted)
        whole += some
    return whole + rest(held, wanted)


@pytest.mark.parametrize(
    ("log", "values", "seen"),
    [
        (b"", ["secret"], b""),
        (b"no such thing", ["secret"], b"no such thing"),
        (b"the secret is secret", ["secret"], b"the ****** is ******"),
        (b"secretsecret", ["secret"], b"************"),
        (b"SECRET secre ecret", ["secret"], b"SECRET secre ecret"),
        (b"abcabcab", ["abcab"], b"********"),
        (b"xabcdefx", ["abcd", "cdef"], b"x******x"),
        (b"user:token", ["user", "user:token"], b"**********"),
        (b"abc", ["abc"], b"abc"),
        (b"abcd", ["abcd"], b"****"),
        ("key ä€😀 end".encode(), ["ä€😀"], b"key ********* end"),
        (b"\xff\x00secret\xfe", ["secret"], b"\xff\x00******\xfe"),
        (b"[a-z]*\\d", ["[a-z]*"], b"******\\d"),
        (b" padded ", [" padded\n"], b" ****** "),
        (
            PEM.replace("\n", "\r\n").encode(),
            [PEM],
            b"\r\n".join(b"*" * many for many in (19, 12, 12, 17, 0)),
        ),
        (b"  MIIEijklmnop", [PEM], b"  ************"),
        (b"line two", ["one\ntwo"], b"line two"),
        (b"x" * 3000, ["x" * 2500], b"*" * 3000),
        (b"secret", [], b"secret"),
        (b"****", ["****"], b"****"),
    ],
)
def test_values_become_stars(log: bytes, values: list[str], seen: bytes) -> None:
    """As many as they have bytes, in one piece or byte by byte."""
    assert seen == shown([log], values)
    assert seen == shown([log[at : at + 1] for at in range(len(log))], values)


@hypothesis.settings(max_examples=1000, derandomize=True, database=None, deadline=None)
@hypothesis.given(PIECES, VALUES)
def test_it_does_not_matter_how_a_log_is_cut(pieces: list[bytes], values: list[str]) -> None:
    """Nor which values overlap: exactly the bytes that are part of a value are stars."""
    whole = b"".join(pieces)
    expected = bytearray(whole)
    for value in values:
        for at in range(len(whole)):
            if whole.startswith(value.encode(), at):
                expected[at : at + len(value)] = b"*" * len(value)

    assert bytes(expected) == shown(pieces, values)


def test_only_what_may_begin_a_secret_is_held_back() -> None:
    """The rest of a piece is shown at once, and what is held back when it turns out to be none."""
    wanted = words(["secret"])

    assert (b"a line\n", NOTHING) == masked(NOTHING, b"a line\n", wanted)
    assert (b"a ", Held(b"sec")) == masked(NOTHING, b"a sec", wanted)
    assert (b"second", NOTHING) == masked(Held(b"sec"), b"ond", wanted)
    assert (b"******", NOTHING) == masked(Held(b"sec"), b"ret", wanted)


def test_what_is_held_back_of_a_secret_stays_masked() -> None:
    """The end of one may be the beginning of the next; when it is none, it was still part of the first."""
    wanted = words(["abcab"])

    seen, held = masked(NOTHING, b"abcab", wanted)

    assert (b"***", Held(b"ab", 2)) == (seen, held)
    assert b"**" == rest(held, wanted)
    assert (b"**x", NOTHING) == masked(held, b"x", wanted)


def test_what_is_held_back_is_not_written_out() -> None:
    """It may be half a secret."""
    assert "sec" not in repr(Held(b"sec"))


def test_a_log_of_one_letter_takes_no_time() -> None:
    """A value of one letter, repeated, is found at every place."""
    wanted = words(["a" * 60_000])
    assert masking.LONGEST == len(wanted[0])

    seen, held = masked(NOTHING, b"a" * 100_000, wanted)

    assert 100_000 == len(seen) + len(held.content)
    assert {ord("*")} == set(seen + rest(held, wanted))


def test_a_log_full_of_a_secret_takes_little_memory() -> None:
    """However often it is found in a piece."""
    piece = b"0" * 2**20
    tracemalloc.start()
    try:
        seen, held = masked(NOTHING, piece, words(["0000"]))
        assert tracemalloc.get_traced_memory()[1] < 10 * len(piece)
    finally:
        tracemalloc.stop()

    assert {ord("*")} == set(seen)
    assert len(piece) == len(seen) + len(held.content)
