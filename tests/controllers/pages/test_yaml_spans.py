"""YAML in colours."""

import pytest

from paddles.controllers.pages import yaml_spans

LINES: list[tuple[str, list[tuple[str, str]]]] = [
    ("name: x", [("key", "name"), ("", ":"), ("text", " x")]),
    ("  - n: 12.5", [("", "  - "), ("key", "n"), ("", ":"), ("number", " 12.5")]),
    ("- true", [("", "- "), ("word", "true")]),
    ("'a: b': null", [("key", "'a: b'"), ("", ":"), ("word", " null")]),
    ("plain text", [("text", "plain text")]),
    ("a:", [("key", "a"), ("", ":")]),
    ("http://x", [("text", "http://x")]),
]


@pytest.mark.parametrize(("line", "parts"), LINES)
def test_the_parts_of_a_line(line: str, parts: list[tuple[str, str]]) -> None:
    """Keys, numbers, words and all else."""
    assert [parts] == [list(map(tuple, each)) for each in yaml_spans.lines(line)]


def test_what_stands_below_a_block_is_text() -> None:
    """Whatever it looks like; and the text is never another."""
    text = "script: |\n  a: 1\n\n  b: 2\nend: 3"
    found = list(yaml_spans.lines(text))

    assert ["text", "text"] == [found[1][0].kind, found[3][0].kind]
    assert "key" == found[4][0].kind
    assert text == "\n".join("".join(part.text for part in each) for each in found)
    long = "x" * 5000
    assert long == "".join(part.text for part in next(iter(yaml_spans.lines(long))))
