"""YAML that says what JSON can say: what its scalars, keys and anchors are, and what is refused."""

import time
from typing import Any

import pytest

from paddles.errors import Invalid
from paddles.plain_yaml import loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, True) for word in ("yes", "Yes", "on", "On", "true", "TRUE")],
        *[(word, False) for word in ("no", "off", "OFF", "false")],
        *[
            (word, word)
            for word in ("y", "n", "Y", "N", "yEs", "5m", "300s", "50%", "1e5", "0o17", "1,000", ".", "=", "<<")
        ],
        *[(f"'{word}'", word) for word in ("yes", "010", "null", "1.5", "2020-01-31")],
        *[("~", None), ("null", None), ("", None)],
        *[
            ("010", 8),
            ("0x10", 16),
            ("0b11", 3),
            ("1_000", 1000),
            ("1:30", 90),
            ("-7", -7),
            ("1.5", 1.5),
            ("1.0e+3", 1000.0),
        ],
        *[(word, word) for word in ("2020-01-31", "2020-01-31 12:00:00", ":symbol", "v5.10-rc1")],
        ("18446744073709551615", 2**64 - 1),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
    ],
)
def test_scalars_are_those_of_yaml_1_1(text: str, value: Any) -> None:
    """Words for booleans and numbers are read as Ruby's reader takes them; moments and what is quoted are text."""
    found = loads(text)

    assert value == found
    assert type(value) is type(found)


@pytest.mark.parametrize(("text", "key"), [("on: 1", "on"), ("010: 1", "010"), ("~: 1", "~"), ("1.50: 1", "1.50")])
def test_keys_are_text_as_written(text: str, key: str) -> None:
    """No key becomes a boolean or a number."""
    assert {key: 1} == loads(text)


def test_anchors_are_values_of_their_own() -> None:
    """An alias repeats a value, and the merge key puts a mapping under the one that has it."""
    found = loads("base: &b {x: 1, y: 2}\nsame: *b\nmore:\n  <<: *b\n  y: 3\nboth:\n  <<: [*b, {z: 4}]\n")

    assert {"x": 1, "y": 2} == found["same"]
    assert {"x": 1, "y": 3} == found["more"]
    assert {"x": 1, "y": 2, "z": 4} == found["both"]
    assert found["same"] is not found["base"]


BOMB = "a: &a [1]\n" + "".join(f"k{n}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9))
MERGES = "a: &a {}\n" + "".join(
    f"k{n}: &{chr(98 + n)} {{<<: [{', '.join([f'*{chr(97 + n)}'] * 10)}]}}\n" for n in range(9)
)
# A text of a few hundred thousand characters, repeated a few ten thousand times.
LONG = f"a: &a {'x' * 300_000}\nb: [{'*a,' * 30_000}]\n"
LONG_KEYS = f"a: &a {{{'x' * 1000}: 1}}\nb: [{'*a,' * 30_000}]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {{ nr_cpu }}\n", 'quote what begins with a brace: "{{ name }}"'),
        ("a: 1\nb: 2\na: 3\n", "^line 3: the key a is there twice$"),
        ("n:\n  a: 1\n  'a': 2\n", "^line 3: the key a is there twice$"),
        ("a: !!python/object/apply:os.system [id]\n", "^line 1: the tag .*os.system is not known here$"),
        ("a: !mine x\n", "the tag !mine is not known here"),
        ("a: !!set {x}\n", "is not known here"),
        ("a: !!binary aGk=\n", "is not known here"),
        ("a: !!int x\n", "is no number of 64 bits; quote it"),
        ("a: .inf\n", "is no number"),
        ("a: .nan\n", "is no number"),
        ("a: 18446744073709551616\n", "is no number of 64 bits; quote it if it is text"),
        (f"a: {'9' * 5000}\n", "beyond 64 bits; quote it"),
        ("a: 1:" + "59:" * 20000 + "59\n", "beyond 64 bits"),
        ("a: *b\n", "not YAML: line 1: found undefined alias"),
        ("a: b: c\n", "not YAML: line 1: mapping values are not allowed"),
        ("a: [1\n", "not YAML: line"),
        ("a: &a [*a]\n", "nests at most 50 levels"),
        ("a: &a {<<: *a}\n", "nests at most 50 levels"),
        ("<<: 1\n", "<< takes a mapping"),
        (BOMB, "at most 100000 values, with all aliases followed"),
        (MERGES, "at most 100000 values, with all aliases followed"),
        (LONG, "at most 100000 values, with all aliases followed and long texts as several"),
        (LONG_KEYS, "at most 100000 values, with all aliases followed and long texts as several"),
        ("[" * 100_000, "nests at most 50 levels"),
        ("".join(" " * n + "a:\n" for n in range(60)), "nests at most 50 levels"),
        ("- " * 60 + "a", "nests at most 50 levels"),
        ("{" * 100_000, "nests at most 50 levels"),
        ("- a\n" * 250_000, "at most 100000 values"),
        ("--- {}\n" * 101, "at most 100 documents"),
        ("a" * (2**20 + 1), "at most 1048576 characters"),
        ("a: \0\n", "not YAML"),
        ("a: \x07\n", "not YAML"),
        ('a: "\\0"\n', "a NUL character"),
        ('"\\0": a\n', "a NUL character"),
        ("a: \ud800\n", "half a surrogate pair"),
        ("%YAML 9.9\n---\na: 1\n", "not YAML"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_plain_yaml_is_refused(text: str, message: str) -> None:
    """With a message that says what is wrong, and where; in no time that grows faster than the text."""
    before = time.process_time()

    with pytest.raises(Invalid, match=message):
        loads(text)
    assert 5 > time.process_time() - before


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "--- ~\n---\n"])
def test_nothing_is_null(text: str) -> None:
    """An empty text, and one of empty documents, says nothing."""
    assert loads(text) is None


def test_two_documents_are_no_value() -> None:
    """A value is one document."""
    with pytest.raises(Invalid, match="one document"):
        loads("a\n---\nb")
