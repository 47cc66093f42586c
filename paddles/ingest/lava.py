"""What LAVA says of a job that has ended: its callback, into facts. Pure.

A callback is a JSON object; its parts ``definition``, ``results`` and ``log`` are YAML in strings. Source: LAVA v2,
notify.callback with the dataset ``all``, and real callbacks of several versions.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml

from paddles.errors import Invalid
from paddles.ingest import facts, text

Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# Of all YAML in one callback: a case is some fifty events.
MOST_EVENTS = 500_000
DEEPEST = 50
LONGEST_MESSAGE = 1000
STATUSES = ("submitted", "running", "complete", "incomplete", "canceled", "canceling")
GOES_ON = ("submitted", "running")
RESULTS = ("pass", "fail", "skip", "unknown")
# What YAML does not read (YAML 1.1, section 5.1).
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What stands where nothing is known.
NOTHING = ("", "None", "null")


@dataclass(frozen=True)
class Case:
    """One check: its name and result (of ``RESULTS``), the ``set`` of its suite that it is in, what it measured.

    ``line`` is the number, from 1, of the line of the log that tells of it. Where it failed ``error_type`` may say
    whose fault that was.
    """

    name: str
    result: str
    set: str = ""
    measurement: float | None = None
    units: str = ""
    line: int | None = None
    error_type: str = ""
    error_msg: str = ""


@dataclass(frozen=True)
class Callback:
    """A job of a lab.

    Attributes:
        id: what the lab calls it, unique in the lab alone; blank where it says none.
        status: one of ``STATUSES``.
        device: the board that it ran on.
        lab: as it is called there, if that is said.
        metadata: of its definition, by name; text, lists and mappings of these.
        suites: the cases of each suite in the order in which they ended; ``lava`` are the lab's own steps.
        log: the log as it was sent.
    """

    id: str
    status: str
    device: str = ""
    lab: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    suites: Mapping[str, tuple[Case, ...]] = field(default_factory=dict)
    log: str = field(default="", repr=False)

    @property
    def failure(self) -> Case | None:
        """What the lab says of the job as a whole, where that is that it failed."""
        jobs = [case for case in self.suites.get("lava", ()) if case.name == "job"]
        return jobs[-1] if jobs and jobs[-1].result != "pass" else None


def received(content: bytes) -> tuple[bytes, bool]:
    """Return a callback as it may be kept, without the token that some servers put into it; and whether the job ended.

    Raises:
        Invalid: it is no JSON object, or does not say how its job stands.
    """
    document = _document(content)
    document.pop("token", None)
    return orjson.dumps(document), _status(document) not in GOES_ON


def read(content: bytes) -> Callback:
    """Return the facts of a callback. Whatever is missing is left out.

    Raises:
        Invalid: it is no JSON object or has no status, its YAML is none, or it is too large or too deep.
    """
    document = _document(content)
    budget = iter(range(MOST_EVENTS))
    definition = plain_yaml(_text(document.get("definition")), budget)
    results = document.get("results")
    found = results.items() if isinstance(results, dict) else ()
    suites = {facts.named(str(name)): _cases(plain_yaml(_text(said), budget)) for name, said in found}
    if sum(map(len, suites.values())) > facts.MOST_CASES:
        raise Invalid(f"a document has at most {facts.MOST_CASES} cases")
    metadata = definition.get("metadata") if isinstance(definition, dict) else None
    return Callback(
        id=_word(document.get("id")),
        status=_status(document),
        device=_word(document.get("actual_device_id")),
        lab=_word(document.get("lab_name")),
        metadata=metadata if isinstance(metadata, dict) else {},
        suites=suites,
        log=_text(document.get("log")),
    )


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Invalid("a callback is a JSON object")
    return document


def _status(document: Mapping[str, Any]) -> str:
    said = document.get("status")
    if type(said) is int and 0 <= said < len(STATUSES):
        return STATUSES[said]
    # Newer servers say how it went as its health, and may leave the old number out one day.
    for name in ("status_string", "health_string"):
        word = _word(document.get(name)).lower()
        if word in STATUSES:
            return word
    raise Invalid(f"status: one of 0 to {len(STATUSES) - 1}")


def _cases(said: Any) -> tuple[Case, ...]:
    """Return the cases of a suite. They come newest first: their ids rise as they end."""
    rows = [row for row in reversed(said if isinstance(said, list) else ()) if isinstance(row, dict)]
    return tuple(_case(row) for row in sorted(rows, key=lambda row: _number(row.get("id")) or 0))


def _case(row: Mapping[str, Any]) -> Case:
    metadata = row.get("metadata")
    more = metadata if isinstance(metadata, dict) else {}
    result = _word(row.get("result")).lower()
    line = _number(row.get("log_start_line"))
    return Case(
        name=facts.named(_word(row.get("name"))),
        result=result if result in RESULTS else "unknown",
        set=_word(more.get("set")),
        measurement=_number(row.get("measurement")),
        units=_word(row.get("unit")),
        # What is said there is an index.
        line=None if line is None or line < 0 else int(line) + 1,
        error_type=_word(more.get("error_type")),
        error_msg=_word(more.get("error_msg"), LONGEST_MESSAGE),
    )


def plain_yaml(document: str, budget: Iterator[int]) -> Any:
    """Return YAML as text, lists and mappings of these, whatever its tags say; None for none. ``budget`` are events.

    Raises:
        Invalid: it is none, too large or too deep, or has an alias, which could make it grow.
    """
    try:
        return _built(yaml.parse(document, Loader=Loader), budget)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        mark = getattr(error, "problem_mark", None)
        raise Invalid(f"not YAML: line {mark.line + 1}: {problem}" if mark else f"not YAML: {problem}") from None


def _built(events: Iterator[yaml.Event], budget: Iterator[int]) -> Any:
    """Return what events describe; nothing is composed or constructed by the library, so nothing calls itself."""
    found: list[Any] = []
    open_: list[_Part] = [_Part(found)]
    for event in events:
        if len(open_) > DEEPEST or next(budget, None) is None:
            raise Invalid("this YAML is too large, or nests too deep")
        if isinstance(event, yaml.AliasEvent):
            raise Invalid("YAML with aliases is not read")
        if isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
        elif isinstance(event, yaml.ScalarEvent):
            open_[-1].add(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            part: Any = [] if isinstance(event, yaml.SequenceStartEvent) else {}
            open_[-1].add(part)
            open_.append(_Part(part))
    if len(found) > 1:
        raise Invalid("not YAML: more than one document")
    return found[0] if found else None


class _Part:
    """A list or a mapping that is being read."""

    def __init__(self, into: Any) -> None:
        self.into = into
        self.key: str | None = None

    def add(self, value: Any) -> None:
        """Put the next value where it goes: behind the others, or as a name and then what stands under it."""
        if isinstance(self.into, list):
            self.into.append(value)
        elif self.key is not None:
            self.into[self.key], self.key = value, None
        elif isinstance(value, str):
            self.key = value
        else:
            raise Invalid("not YAML: names in a mapping are text")


def _text(said: Any) -> str:
    """Return text that can be stored, and YAML reads: without control characters but those of lines."""
    return UNPRINTABLE.sub(text.REPLACEMENT, said) if isinstance(said, str) else ""


def _word(said: Any, longest: int = facts.LONGEST_NAME) -> str:
    """Return what is said on one line, blank where it is nothing."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return ""
    word = facts.CONTROL.sub(" ", str(said)[: 2 * longest]).strip()[:longest]
    return "" if word in NOTHING else word


def _number(said: Any) -> float | None:
    try:
        number = float(str(said)[:40])
    except ValueError:
        return None
    return number if math.isfinite(number) else None
