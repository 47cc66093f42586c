"""YAML with its parts told apart, so that a style can colour them. Pure.

It is no reader of YAML: what it takes a part for changes its colour, never its text.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

KEY = re.compile(
    r"""(?P<lead>\s*(?:-\s+)*)(?P<key>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s'"#&*!|>{}\[\],][^:#]*)(?P<colon>:)(?=\s|$)"""
)
ITEM = re.compile(r"(?P<lead>\s*(?:-\s+)+)")
BLOCK = re.compile(r"[|>][-+0-9]*$")
NUMBER = re.compile(r"[-+]?(?:0x[0-9a-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)$")
WORDS = frozenset(("true", "false", "null", "~", "{}", "[]"))
LONGEST = 2000


class Part(NamedTuple):
    """A part of a line: its ``kind`` is one of ``key text number word``, blank for what stands between."""

    kind: str
    text: str


def lines(text: str) -> Iterator[list[Part]]:
    """Yield the lines of a text, each in its parts; put together they are the line."""
    inside: int | None = None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if inside is not None and (indent > inside or not line.strip()):
            yield [Part("text", line)]
            continue
        inside = None
        parts = list(_parts(line[:LONGEST])) + ([Part("text", line[LONGEST:])] if len(line) > LONGEST else [])
        if BLOCK.search(line):
            inside = indent
        yield parts


def _parts(line: str) -> Iterable[Part]:
    found = KEY.match(line) or ITEM.match(line)
    if found is None:
        return _value(line)
    said = found.groupdict()
    key = [Part("key", said["key"]), Part("", said["colon"])] if "key" in said else []
    lead = [Part("", said["lead"])] if said["lead"] else []
    return [*lead, *key, *_value(line[found.end() :])]


def _value(text: str) -> list[Part]:
    bare = text.strip()
    if not bare:
        return [Part("", text)] if text else []
    kind = "number" if NUMBER.match(bare) else "word" if bare in WORDS else "text"
    return [Part(kind, text)]
