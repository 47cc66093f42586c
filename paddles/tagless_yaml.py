"""YAML that programs wrote, with tags of whatever language, read as text, lists and mappings of these. Pure."""

from collections.abc import Iterator
from typing import Any

import yaml

from paddles.errors import Invalid

Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
DEEPEST = 50


def read(document: str, budget: Iterator[int]) -> Any:
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
