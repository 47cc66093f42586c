"""Lines of logs that are text: found by number however long log and lines are, also while the log grows."""

import itertools
import random
from collections.abc import Iterator

import pytest

from paddles.errors import Unavailable
from paddles.joblogs import lines
from paddles.joblogs.indexes import AT_ONCE, PIECE
from paddles.joblogs.texts import Text

names = (f"test-{number}" for number in itertools.count())
LENGTHS = (0, 1, 80, 200, 5000, lines.LONGEST + 1, PIECE, 2 * PIECE + 7)
TROUBLE = b"Kernel panic - not syncing"


def text(content: bytes, name: str = "", *, piece: int = PIECE) -> Text:
    """Return a log of this content, which is had in pieces of a size."""

    def pieces(start: int, stop: int) -> Iterator[bytes]:
        for at in range(start, min(stop, len(content)), piece):
            yield content[at : min(at + piece, stop)]

    return Text(1, "build", "console.log", name or next(names), len(content), pieces)


def made(seed: int) -> list[bytes]:
    """Return lines of all lengths, some of which tell of trouble."""
    chance = random.Random(seed)
    lengths = [*LENGTHS, *chance.choices((0, 1, 80, 200), k=3000), *chance.choices(LENGTHS, k=10)]
    chance.shuffle(lengths)
    return [TROUBLE if chance.random() < 0.05 else b"x" * length for length in lengths]


@pytest.mark.parametrize(("seed", "end"), [(1, b""), (2, b"\n"), (3, b"\nthe last")])
@pytest.mark.parametrize("piece", [PIECE, 4 * PIECE, 1000])
def test_lines_are_found_by_their_numbers(seed: int, end: bytes, piece: int) -> None:
    """Each is there once, as much of it as may be long, in whatever pieces it is read."""
    said = made(seed)
    log = text(b"\n".join(said) + end, piece=piece)
    said += [b"the last"] if end == b"\nthe last" else []

    assert len(said) == log.lines
    for first in (1, 2, len(said) // 2, len(said) - 3, len(said)):
        found = [(line.number, line.text.encode()) for line in log.window(first, first + 500)]
        wanted = [line[: lines.LONGEST] for line in said[first - 1 : first + 500]]
        assert list(enumerate(wanted, first)) == found


@pytest.mark.parametrize("seed", [1, 2])
def test_a_log_that_grows_is_as_if_it_had_been_whole(seed: int) -> None:
    """What is known of its beginning stays so; trouble is found wherever it was cut."""
    said = made(seed)
    content = b"\n".join(said) + b"\n"
    chance, name, size = random.Random(seed), next(names), 0
    while size < len(content):
        size = min(len(content), size + chance.choice((1, 7, 4000, PIECE - 1, PIECE, 3 * PIECE)))
        assert content[:size].count(b"\n") + (not content[:size].endswith(b"\n")) == text(content[:size], name).lines

    log = text(content, name)
    assert text(content).troubled(1, log.lines, 9999) == log.troubled(1, log.lines, 9999)
    assert [number for number, line in enumerate(said, 1) if line == TROUBLE] == [
        line.number for line in log.troubled(1, log.lines, 9999)[0]
    ]
    assert said[-1] == next(log.window(log.lines, log.lines)).text.encode()


def test_a_long_log_is_looked_through_in_parts() -> None:
    """No answer takes long; each says how far it has looked, and the next looks on from there."""
    line, number = b"x" * 99 + b"\n", 2 * AT_ONCE // 100 + 5
    log = text(line * number + TROUBLE)

    answers = [log.troubled(1, log.lines, 9) for _ in range(3)]

    assert [([], AT_ONCE // 100), ([], 2 * AT_ONCE // 100)] == answers[:2]
    assert ([number + 1], number + 1) == ([each.number for each in answers[2][0]], answers[2][1])


@pytest.mark.parametrize(
    ("content", "wanted"), [(b"", []), (b"\n", [""]), (b"a", ["a"]), (b"a\n", ["a"]), (b"a\r\n\nb", ["a", "", "b"])]
)
def test_short_logs(content: bytes, wanted: list[str]) -> None:
    """An end of a line begins no other."""
    log = text(content)

    assert len(wanted) == log.lines
    assert wanted == [line.text for line in log.window(1, 10)]
    assert [] == list(log.window(11, 12))
    assert content.removesuffix(b"\n") == b"".join(log.poured(1, 10)).removesuffix(b"\n")


def test_a_log_that_is_gone_is_missed() -> None:
    """Whoever asks is asked to come again."""
    log = text(b"a\nb\nc\n")
    assert 3 == log.lines

    with pytest.raises(Unavailable):
        list(Text(1, "build", "x", log.name, 6, lambda _start, _stop: iter(())).window(2, 3))


@pytest.mark.parametrize(
    ("line", "at", "level", "troubled"),
    [
        ("plain", "", "", False),
        ("Oops: 0002 [#1] SMP", "", "", True),
        ("[   12.345678] BUG: unable to handle", "12.345678", "", True),
        ("<3>[ 1.5] x", "1.5", "", False),
        ("2026-01-31T12:00:00.123 ERROR:teuthology.run: it broke", "2026-01-31T12:00:00.123", "error", True),
        ("2026-01-31 12:00:00,123 WARNING: odd", "2026-01-31 12:00:00,123", "warning", True),
        ("2026-01-31T12:00:00Z INFO there was an ERROR", "2026-01-31T12:00:00Z", "info", False),
        ("CRITICAL: x", "", "error", True),
        ("ERRORS: none", "", "", False),
        ("\x1b[31m2026-01-31T12:00:00+00:00 [DEBUG] x\x1b[0m", "2026-01-31T12:00:00+00:00", "debug", False),
        ("not ok 1 - x", "", "", True),
        ("2026-13-41T99:99:99 x", "2026-13-41T99:99:99", "", False),
    ],
)
def test_what_a_line_says_of_itself(line: str, at: str, level: str, troubled: bool) -> None:
    """When it was said, its level, and whether it tells of trouble, which is the same when a whole log is looked at."""
    read = lines.read(1, line.encode())

    assert (at, level, troubled) == (read.at, read.level, lines.troubled(read))
    for number, content in ((2, f"x\n{line}\ny"), (1, line)):
        found = text(content.encode()).troubled(1, 3, 9)[0]
        assert ([number] if troubled else []) == [each.number for each in found]


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        (["2026-01-31T12:00:00", "2026-01-31T12:01:00", "2026-01-31T12:02:01.5"], [0, 0, 61.5]),
        (["2026-01-31 12:00:00,5", "", "2026-01-31T12:02:00Z"], [0, 0, 119.5]),
        (["1.5", "100.0", "50.0"], [0, 98.5, 0]),
        (["1.5", "2026-01-31T12:00:00", "", "200.0"], [0, 0, 0, 0]),
        (["2026-13-41T99:99:99", "2026-01-31T12:00:00"], [0, 0]),
    ],
)
def test_silence_is_noticed(times: list[str], wanted: list[float]) -> None:
    """More than a minute between two lines that carry times of one kind."""
    said = (lines.Line(number, at, "", "x") for number, at in enumerate(times, 1))

    assert wanted == [seconds for _, seconds in lines.gaps(said)]
