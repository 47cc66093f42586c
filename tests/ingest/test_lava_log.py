"""Logs of LAVA: line by line, and as text."""

import pytest

from paddles.ingest import lava_log
from tests.ingest.lavas import LOG, log

TAGGED = """- {"dt": "t", "lvl": "results", "msg": {"measurement": !!python/object/apply:decimal.Decimal ["1"]}}\n"""


def test_lines_have_levels() -> None:
    """And messages; a map is JSON text."""
    found = list(lava_log.lines(log(*LOG)))

    assert [level for level, _ in LOG] == [line.level for line in found]
    assert "2026-01-31T12:00:01.000000" == found[1].at
    assert '{"case":"login-action","result":"pass"}' == found[2].message


def test_a_log_as_text() -> None:
    """What the board said as it is, what the lab did with its level."""
    text = lava_log.plain(
        log(("info", "start"), ("target", "Booting"), ("target", ""), ("error", "oops"), ("input", ["a"]))
    )

    assert '<info> start\nBooting\n<error> oops\n<input> ["a"]\n' == text


def test_tags_of_python_are_plain() -> None:
    """A line that is no JSON is YAML, and nothing in it is constructed."""
    (line,) = lava_log.lines(TAGGED)

    assert ("t", "results", '{"measurement":["1"]}') == line


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("x\\0y", "x\ufffdy"),
        ("\\e[31mred\\e[0m", "red"),
        ("[0mlost[1;31m", "lost"),
        ("[   0.000000] kept [a]", "[   0.000000] kept [a]"),
        ("a\\rb\\n", "ab"),
        ("\\b\\x7f", "\ufffd\ufffd"),
    ],
)
def test_what_a_terminal_would_do_is_left_out(said: str, plain: str) -> None:
    """Colours, also those that have lost their first character; NUL and its like are marks."""
    (line,) = lava_log.lines(f'- {{"dt": t, "lvl": "target", "msg": "{said}"}}')

    assert plain == line.message


@pytest.mark.parametrize(
    "line",
    [
        "- ",
        "- [1]",
        "- {",
        "- x: &a [b]\n- *a",
        "- " + "[" * 9999,
        "- {" + "a: {" * 2000,
        "- {lvl: {}, msg: null, dt: []}",
        "- {? [a] : b}",
        "- " + ", ".join("x" * 9 for _ in range(2000)),
        "- [" + "a," * 2000 + "]",
        '- {"lvl": "target", "msg": "' + "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") + '"}',
        "nothing at all",
    ],
)
def test_lines_of_any_shape(line: str) -> None:
    """What cannot be read is empty, and stops nothing."""
    found = list(lava_log.lines(f"{line}\n{log(('info', 'behind'))}"))

    assert "behind" == found[-1].message
    lava_log.plain(line).encode()


def test_a_log_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads more of it."""
    monkeypatch.setattr(lava_log, "MOST_LINES", 2)

    assert 2 == len(list(lava_log.lines(log(*LOG))))
