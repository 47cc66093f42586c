"""YAML that any safe loader reads back unchanged."""

import math
import time
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis import strategies

from paddles.boot import block_yaml
from paddles.errors import Invalid
from tests.boot.samples import HOSTILE

LOADERS = (yaml.SafeLoader, yaml.CSafeLoader)
# Words that YAML 1.1, YAML 1.2 or a loader of some language takes for something else than text.
OTHER_TYPES = (
    "y n Y N yes no Yes No YES NO yEs on off On OFF true false True TRUE tRue False null Null NULL nUll ~ "
    "0 1 -1 +1 007 08 0o7 0x10 0xZZ 0b1 1_000 1,000 1e5 1E5 1e+5 1.5 .5 5. +.5 1.0e+5 12e03 .inf -.inf "
    "+.Inf .nan .NaN inf nan Infinity 12:30:45 190:20:30.15 1:2 2020-01-01 2020-1-1 "
    "2001-12-14t21:59:43.10-05:00 = << < > | - ? : -- --- ... ? ! !! !x !!str & &a * *a @ ` % %YAML # ' \" "
    "[ ] { } , [a {a a] a, ,a :a a: a:b http://x:80/y -a -: ?a :- ;a /dev/null _ __ _1 1_ / // a=b =a e5 "
    "x.y"
).split()
SPACED = [
    "", " ", "  ", " a", "a ", "a b", "a  b", "a\tb", "\ta", "a: b", "a : b", "a :b", "a #b", "a# b", "#a",
    "- a", "a - b", "? a", "? a b", ": a", "a\nb", "a\n", "\na", "\n", "a\r\nb", "a\rb",
    "2001-12-14 21:59:43.10 -5", "--- a", "... a", "key: [a, b]", "{a: b}", "! a", "& a", "* a", "a, b", "a; b",
    "true false", "yes sir", "no: yes", "if role server", "#! jobs/iperf.yaml", "it's", '"', "''", "\\", "\\n",
    "\x00", "\x01", "\x07", "\x1b", "\x7f", "\x80", "\x85", "\x9f", "\xa0", "\xad", "\u200b", "\u200e",
    "\u2028", "\u2029", "\ufeff", "a\ufeff", "\ufffd", "\ufffe", "\uffff", "\ue000", "😀", "\U0010fffd",
    "\U0010ffff", "日本 語", "ünï", "e\u0301", "a" * 200, "a" * 1100, "ä" * 600, "a b " * 400 + "c", "\n" * 1100,
    "'" * 1100, "'" * 600,
]  # fmt: skip
TEXTS = list(dict.fromkeys([*OTHER_TYPES, *SPACED, *HOSTILE.values()]))
NESTED: list[Any] = [
    {},
    [],
    {"a": {}},
    {"a": []},
    {"a": [[]]},
    {"a": [{}]},
    {"a": [[], {}, None, ""]},
    {"a": [[1, [2, [3, {"b": [4]}]]]]},
    {"a": [{"b": {"c": [{"d": 1, "e": 2}]}, "f": []}, [{"g": 1}, {"h": {"i": 1}}]]},
    {"a": {"b": {"c": {"d": None}}}, "e": [None, True, False, 0, -1, 1.5]},
    {"null": None, "true": True, "1": 1, "": "", "~": "~", "#! jobs/iperf.yaml": None, "<<": {"a": 1}, "=": "="},
    {"z": 1, "a": 2, "m": 3},
    {"multi\nline": {"key\n": ["- x"]}},
    {"k" * 1200: "scalar", "l" * 1200: {"a": 1}, "m" * 1200: ["a", {"b": 1}], "n" * 1200: [], "o": 1},
    {"a": [{"k" * 1200: [1, [2]], "b\n" * 600: {"c" * 1200: None}}]},
]
NUMBERS = [0, -0.0, 1, -1, 2**63, 10**30, 0.1, 1.0, 1e5, 1e16, 1e22, 1e-7, -1.5e300, 5e-324, 123456789.123]


def assert_the_same(value: Any) -> str:
    """Read what was written with both loaders; types and the order of keys count."""
    said = block_yaml.dump(value)
    for loader in LOADERS:
        assert repr(value) == repr(yaml.load(said, Loader=loader)), said
    return said


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_text_stays_text(text: str) -> None:
    """As a value, as a key, in a list and further in, whatever it looks like."""
    assert_the_same({"a": text, "b": [text, [text, {text: text}]], "c": {text: {text: [text]}}, text: None})


@pytest.mark.parametrize("value", NESTED, ids=range(len(NESTED)))
def test_nesting(value: Any) -> None:
    """Empty and nested lists and mappings, long keys and keys of several lines come back, in their order."""
    assert_the_same(value if isinstance(value, dict) else {"a": value})


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_stay_numbers(number: float) -> None:
    """A float comes back as a float of the same value, an integer as an integer."""
    assert_the_same({"a": number, "b": [number, [number]]})


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_lacks(number: float) -> None:
    """Should one come along, it has its name."""
    assert_the_same({"a": number})


JSON = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats(allow_nan=False)
    | strategies.text()
    | strategies.sampled_from(TEXTS),
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(), inner, max_size=4),
    max_leaves=20,
)


@hypothesis.settings(max_examples=300, derandomize=True, database=None, deadline=None)
@hypothesis.given(strategies.dictionaries(strategies.text() | strategies.sampled_from(TEXTS), JSON, max_size=5))
def test_any_json_comes_back(value: dict[str, Any]) -> None:
    """Whatever JSON can say."""
    assert_the_same(value)


@hypothesis.settings(max_examples=500, derandomize=True, database=None, deadline=None)
@hypothesis.given(strategies.text(alphabet=" :#-?,[]{}&*!|>'\"%@`~=<.0123456789abeEnoyxNO_/\\\n\t", max_size=8))
def test_any_marks_come_back(text: str) -> None:
    """Short texts of the letters that have a meaning somewhere."""
    assert_the_same({text: text})


def test_how_it_looks() -> None:
    """Block style, lists below their key, plain words plain and everything else quoted on one line."""
    value = {
        "suite": "iperf",
        "version": "007",
        "if role server": {"iperf-server": None},
        "list": ["a", {"b": 1, "c": "it's"}, ["v", "w"]],
        "empty": {},
        "lines": "a\nb",
        "name": "日本",
        "url": "http://a.example:80/x",
    }

    assert """suite: iperf
version: '007'
if role server:
  iperf-server: null
list:
- a
- b: 1
  c: 'it''s'
- - v
  - w
empty: {}
lines: "a\\nb"
name: '日本'
url: http://a.example:80/x
""" == assert_the_same(value)


@pytest.mark.parametrize("word", "y Y n N yes No ON off True FALSE null Null ~ = <<".split())
def test_words_of_other_loaders_are_quoted(word: str) -> None:
    """Not every loader takes these for something else, but some do."""
    assert f"'{word}': '{word}'\n" == assert_the_same({word: word})


@pytest.mark.parametrize("letter", "\x7f \x85 \x9f \u2028 \u2029 \ufeff \ufffe \uffff \x00 \x1b".split(" "))
def test_what_cannot_be_seen_is_escaped(letter: str) -> None:
    """Line breaks that only YAML knows, marks and controls are there by their numbers."""
    assert letter not in assert_the_same({letter: letter, "a": f"b{letter}c"})


@pytest.mark.parametrize("length", range(980, 1040))
def test_keys_about_as_long_as_keys_may_be(length: int) -> None:
    """Loaders give up on a key that does not end within 1,024 characters; none is written so."""
    assert_the_same({"k" * length: 1, "a": {"k" * length: {"'" * (length // 2): ["x"]}}, "é" * length: None})


def test_nothing_is_wrapped() -> None:
    """A long text is one long line, and no line is there but the job's."""
    said = assert_the_same({"a": "word " * 2000 + "end", "b": "x" * 5000})

    assert 2 == len(said.splitlines())


@pytest.mark.parametrize("value", [lambda inner: {"a": inner}, lambda inner: [inner]], ids=["mappings", "lists"])
def test_too_deep_is_refused(value: Any) -> None:
    """A hundred levels are written, more are refused and no fault of ours."""
    deep: Any = 1
    for _ in range(block_yaml.DEEPEST):
        deep = value(deep)
    assert_the_same({"a": deep})

    for _ in range(400):
        deep = value(deep)
    with pytest.raises(Invalid, match="deep"):
        block_yaml.dump({"a": deep})


@pytest.mark.parametrize(
    "text", ["a" * 10**6, "a " * 10**6, "a:" * 10**6, "'" * 10**6, "\n" * 10**6, "\u2028" * 10**6, ":" * 10**6]
)
def test_a_hostile_text_is_written_in_no_time(text: str) -> None:
    """A million letters take less than a second: nothing backtracks."""
    before = time.process_time()

    block_yaml.dump({"a": text})

    assert 1 > time.process_time() - before
