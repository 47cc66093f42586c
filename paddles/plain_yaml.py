"""YAML that says what JSON can say, read within bounds and with the safe loader's own parser. Pure."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from paddles.errors import Invalid

MOST_CHARACTERS = 2**20
MOST_NODES = 100_000
MOST_DOCUMENTS = 100
DEEPEST = 50
# So many characters of a text count as one more value: an alias repeats a long text as easily as a short one.
CHARACTERS_A_VALUE = 64
# No number of 64 bits is longer, whatever its base and however it is grouped.
LONGEST_NUMBER = 80
SMALLEST, LARGEST = -(2**63), 2**64 - 1

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
YAML_TAG = "tag:yaml.org,2002:"
# What YAML takes for a moment stays the text it was written as, and so do its signs "=" and "<<" as values.
TEXTS = frozenset(("str", "timestamp", "value", "merge"))


def loads(text: str) -> Any:
    """Return what ``text`` says as one YAML value; an empty text is None.

    Scalars are read as YAML 1.1 has them: ``yes``, ``no``, ``on`` and ``off`` are booleans, ``010`` is eight, ``1:30``
    is ninety, unless quoted. Keys are always text, as written, and moments are text. Every use of an anchor is a value
    of its own; what ``<<`` merges stands behind a mapping's own keys, which beat it.

    Raises:
        Invalid: it is not YAML or several documents of it, too large (``MOST_CHARACTERS``, ``MOST_NODES`` with aliases
            followed, ``DEEPEST``), says a key twice, holds a tag, or a value that JSON or the database does not have.
    """
    found = nodes(text)
    if len(found) > 1:
        raise Invalid("a value is one document of YAML")
    return _value(found[0], budget(), 0) if found else None


def budget() -> Iterator[int]:
    """Return what the values made of one text take from: each takes one, and a long text some more."""
    return iter(range(MOST_NODES))


def nodes(text: str) -> list[yaml.Node]:
    """Return the documents that are not empty, composed; how deep they go is known before anything recurses into them.

    Raises:
        Invalid: as :func:`loads` does, for what is seen before values are made.
    """
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"a file of YAML has at most {MOST_CHARACTERS} characters")
    try:
        text.encode()
        _refuse_excess(text)
        return [node for node in yaml.compose_all(text, Loader=Loader) if node is not None and not _empty(node)]
    except UnicodeEncodeError:
        raise Invalid("half a surrogate pair is no character") from None
    except yaml.YAMLError as error:
        raise Invalid(f"not YAML: {_plainly(error)}") from None


def pairs(node: yaml.MappingNode, budget: Iterator[int], depth: int = 0) -> list[tuple[yaml.ScalarNode, Any]]:
    """Return the keys of a mapping, as nodes, with their values, in order.

    Raises:
        Invalid: as :func:`loads` does.
    """
    own: dict[str, tuple[yaml.ScalarNode, Any]] = {}
    merged: dict[str, tuple[yaml.ScalarNode, Any]] = {}
    for key, content in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Invalid(f'line {line(key)}: a key is text; quote what begins with a brace: "{{{{ name }}}}"')
        if key.tag == f"{YAML_TAG}merge":
            for further, found in _merged(content, budget, depth):
                merged.setdefault(further.value, (further, found))
            continue
        if key.value in own:
            raise Invalid(f"line {line(key)}: the key {key.value} is there twice")
        storable(key.value)
        _spend(key, budget, len(key.value) // CHARACTERS_A_VALUE)
        own[key.value] = (key, _value(content, budget, depth + 1))
    return list({**own, **{name: pair for name, pair in merged.items() if name not in own}}.values())


def line(node: yaml.Node) -> int:
    """Return the line in which a node begins, from 1."""
    return int(node.start_mark.line) + 1


def storable(text: str) -> str:
    """Return text that PostgreSQL can hold. Raises Invalid."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Invalid("a NUL character and half a surrogate pair cannot be stored")
    return text


def _refuse_excess(text: str) -> None:
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > DEEPEST:
            raise Invalid(f"YAML nests at most {DEEPEST} levels here")
        if count > 2 * MOST_NODES:
            raise Invalid(f"a file of YAML has at most {MOST_NODES} values")
        if documents > MOST_DOCUMENTS:
            raise Invalid(f"a file of YAML has at most {MOST_DOCUMENTS} documents")


def _empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{YAML_TAG}null"


def _plainly(error: yaml.YAMLError) -> str:
    """Say where and what, in one line and without the excerpt of the text."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}: {problem}" if mark else problem


def _value(node: yaml.Node, budget: Iterator[int], depth: int) -> Any:
    """Make a value of a node; every use of an anchor is a value of its own, and is counted."""
    _count(node, budget, depth)
    if isinstance(node, yaml.ScalarNode):
        _spend(node, budget, len(node.value) // CHARACTERS_A_VALUE)
        return _scalar(node)
    if node.tag not in (f"{YAML_TAG}map", f"{YAML_TAG}seq"):
        raise Invalid(f"line {line(node)}: the tag {node.tag} is not known here")
    if isinstance(node, yaml.MappingNode):
        return {key.value: found for key, found in pairs(node, budget, depth)}
    return [_value(item, budget, depth + 1) for item in node.value]


def _count(node: yaml.Node, budget: Iterator[int], depth: int) -> None:
    _spend(node, budget, 1)
    if depth > DEEPEST:
        raise Invalid(f"line {line(node)}: YAML nests at most {DEEPEST} levels here")


def _spend(node: yaml.Node, budget: Iterator[int], values: int) -> None:
    if sum(1 for _ in islice(budget, values)) < values:
        said = f"a file of YAML has at most {MOST_NODES} values, with all aliases followed and long texts as several"
        raise Invalid(f"line {line(node)}: {said}")


def _merged(node: yaml.Node, budget: Iterator[int], depth: int) -> Iterator[tuple[yaml.ScalarNode, Any]]:
    for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if not isinstance(part, yaml.MappingNode):
            raise Invalid(f"line {line(node)}: << takes a mapping or a list of them")
        _count(part, budget, depth + 1)
        yield from pairs(part, budget, depth + 1)


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.removeprefix(YAML_TAG)
    if kind in TEXTS:
        return storable(node.value)
    if kind == "null":
        return None
    if kind not in ("bool", "int", "float"):
        raise Invalid(f"line {line(node)}: the tag {node.tag} is not known here")
    if len(node.value) > LONGEST_NUMBER:
        raise Invalid(f"line {line(node)}: a number beyond 64 bits; quote it if it is text")
    return _plain(kind, node)


def _plain(kind: str, node: yaml.ScalarNode) -> bool | int | float:
    constructor = SafeConstructor()
    try:
        if kind == "bool":
            return constructor.construct_yaml_bool(node)
        if kind == "int":
            return _within(constructor.construct_yaml_int(node))
        return _within(constructor.construct_yaml_float(node))
    except (ValueError, KeyError, IndexError, OverflowError):
        raise Invalid(f"line {line(node)}: {node.value} is no number of 64 bits; quote it if it is text") from None


def _within(number: int | float) -> int | float:
    # No comparison holds for what is not a number, and none with a bound for what is infinite.
    within = SMALLEST <= number <= LARGEST if isinstance(number, int) else abs(number) < float("inf")
    if not within:
        raise ValueError(number)
    return number
