"""Statistics of lkp, ``name: number`` or ``name: [numbers]`` in YAML or JSON, into facts. Pure."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace

import orjson
import yaml

from paddles.archive.texts import named
from paddles.errors import Invalid
from paddles.ingest import facts, text
from paddles.ingest.facts import Case, Suite

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Value = float | str | list[float | str]

NUMBER = re.compile(r"[-+]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,3})?", re.ASCII)
# How a case ended, as the last word of a statistic's name; the gravest of those that a case has counts.
ENDS = {
    "fail": "fail",
    "error": "error",
    "broken": "error",
    "timeout": "fail",
    "crash": "fail",
    "pass": "pass",
    "skip": "skip",
}
MOST_FAULTS = 100


def parse(content: bytes, *, name: str = "lkp") -> list[Suite]:
    """Return one suite of every statistic, in the document's order.

    A name that ends in ``.pass``, ``.fail`` or another word of ``ENDS`` is a case called by what stands before, which
    ended so when the number is above zero. Any other is a case of its own, unknown, that measured the number; of
    several numbers their mean. A value that is no number is a fault of the suite, and no case.

    Raises:
        Invalid: it is not YAML or JSON, no flat mapping, has an alias, or is empty or too large.
    """
    document = text.decode(content)
    found = _json(document) if document.lstrip().startswith("{") else _yaml(document)
    cases: dict[str, Case] = {}
    faults: list[str] = []
    for key, value in found:
        number = _mean(value)
        if number is None:
            faults.append(f"{named(key)} is no number")
            continue
        _put(cases, key, number)
        if len(cases) > facts.MOST_CASES:
            raise Invalid(f"a document has at most {facts.MOST_CASES} cases")
    suite = Suite(named(name), tuple(cases.values()), facts.verdict(cases.values()), "lkp")
    return [replace(suite, faults=tuple(faults[:MOST_FAULTS]))]


def _put(cases: dict[str, Case], key: str, number: float) -> None:
    before, _, word = key.rpartition(".")
    if not before or word not in ENDS:
        cases[key] = replace(facts.case(key, "unknown"), measurement=number)
        return
    if number <= 0:
        return
    told = [facts.case(before, ENDS[word]), *([cases[before]] if before in cases else [])]
    cases[before] = replace(told[-1], status=facts.verdict(told))


def _mean(value: Value) -> float | None:
    numbers = [_number(item) for item in (value if isinstance(value, list) else [value])]
    known = [number for number in numbers if number is not None]
    # Divided first: a sum of numbers near the largest would be infinite.
    return sum(number / len(known) for number in known) if known and len(known) == len(numbers) else None


def _number(value: float | str) -> float | None:
    if isinstance(value, bool):
        return None
    written = str(value).strip()
    number = float(written) if NUMBER.fullmatch(written) else math.inf
    return number if math.isfinite(number) else None


def _json(document: str) -> list[tuple[str, Value]]:
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"not JSON: {error}") from None
    for key, value in found.items():
        items = value if isinstance(value, list) else [value]
        if any(isinstance(item, dict | list) for item in items):
            raise Invalid(f"{named(key)}: a statistic is a number or a list of numbers")
    return [(key.replace("\0", text.REPLACEMENT), value) for key, value in found.items()]


def _yaml(document: str) -> list[tuple[str, Value]]:
    try:
        return list(_pairs(_events(document)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "unreadable"
        raise Invalid(f"not YAML: line {mark.line + 1}: {problem}" if mark else f"not YAML: {problem}") from None


def _events(document: str) -> Iterator[yaml.Event]:
    """Yield the events inside the first mapping; nothing is composed, so nothing can grow or nest."""
    events = yaml.parse(document, Loader=Loader)
    opened = [next(events, None) for _ in range(3)]
    if not isinstance(opened[2], yaml.MappingStartEvent):
        raise Invalid("statistics are a mapping of names to numbers")
    yield from events


def _pairs(events: Iterator[yaml.Event]) -> Iterator[tuple[str, Value]]:
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return
        key = _scalar(event)
        value = next(events)
        if not isinstance(value, yaml.SequenceStartEvent):
            yield key, _scalar(value)
            continue
        numbers: list[float | str] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            numbers.append(_scalar(item))
        yield key, numbers


def _scalar(event: yaml.Event) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise Invalid("a statistic is a number or a list of numbers")
    return str(event.value).replace("\0", text.REPLACEMENT)
