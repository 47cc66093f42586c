"""Job files as people write them for lkp: YAML in one or several documents, with comments that are kept. Pure."""

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from paddles.errors import Invalid

MOST_CHARACTERS = 2**20
MOST_NODES = 100_000
MOST_DOCUMENTS = 100
DEEPEST = 50
# No number of 64 bits is longer, whatever its base and however it is grouped.
LONGEST_NUMBER = 80
SMALLEST, LARGEST = -(2**63), 2**64 - 1

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
YAML_TAG = "tag:yaml.org,2002:"
# What YAML takes for a moment stays the text it was written as, and so do its signs "=" and "<<" as values.
TEXTS = frozenset(("str", "timestamp", "value", "merge"))
COMMENT = re.compile(r"^#! .*\S", re.MULTILINE)


def read(text: str, *, path: str = "") -> list[dict[str, Any]]:
    """Return the jobs that a job file describes, its lists not expanded: one for each document but the common one.

    The first of several documents is the common part; each further one is put over it, top-level key by key. A comment
    ``#! words`` at the start of a line is kept as a key with the value None where it stood; with ``path`` the first
    key is ``#! path``. Order is kept everywhere.

    Scalars are read as YAML 1.1 has them, which is how Ruby's Psych, the reader of lkp, takes them too: ``yes``,
    ``no``, ``on`` and ``off`` are booleans, ``010`` is eight, ``1:30`` is ninety, unless quoted. Keys are always text,
    as written, and moments are text. Jobs of one file may share parts: whoever changes one copies it first.

    Raises:
        Invalid: it is not YAML, too large (``MOST_CHARACTERS``, ``MOST_NODES`` with aliases followed, ``DEEPEST``,
            ``MOST_DOCUMENTS``), no mapping, says a key twice, holds ERB, a tag, or a value that JSON does not have.
    """
    _refuse_templates(text)
    comments = deque((text.count("\n", 0, found.start()), found[0]) for found in COMMENT.finditer(text))
    budget = iter(range(MOST_NODES))
    documents = []
    for node in _nodes(text):
        if not isinstance(node, yaml.MappingNode):
            raise Invalid(f"a job is a mapping, which the document in line {_line(node)} is not")
        documents.append(_job(node, comments, budget))
    if not documents:
        raise Invalid("the job file is empty")
    documents[-1].update((words, None) for _, words in comments)
    source: dict[str, Any] = {f"#! {_storable(path)}": None} if path else {}
    common, *further = documents
    return [{**source, **common, **document} for document in further] or [{**source, **common}]


def value(text: str) -> Any:
    """Return what ``text`` says as one YAML value, by the rules of ``read``; an empty text is None. Raises Invalid."""
    nodes = _nodes(text)
    if len(nodes) > 1:
        raise Invalid("a value is one document of YAML")
    return _value(nodes[0], iter(range(MOST_NODES)), 0) if nodes else None


def _refuse_templates(text: str) -> None:
    at = text.find("<%")
    if at >= 0:
        raise Invalid(f"line {text.count(chr(10), 0, at) + 1}: <% %> is Ruby (ERB), which is not run here")


def _nodes(text: str) -> list[yaml.Node]:
    """Compose the documents that are not empty; how deep they go is known before anything recurses into them."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"a job file has at most {MOST_CHARACTERS} characters")
    try:
        text.encode()
        _refuse_excess(text)
        return [node for node in yaml.compose_all(text, Loader=Loader) if node is not None and not _empty(node)]
    except UnicodeEncodeError:
        raise Invalid("half a surrogate pair is no character") from None
    except yaml.YAMLError as error:
        raise Invalid(f"not YAML: {_plainly(error)}") from None


def _refuse_excess(text: str) -> None:
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > DEEPEST:
            raise Invalid(f"a job nests at most {DEEPEST} levels")
        if count > 2 * MOST_NODES:
            raise Invalid(f"a job file has at most {MOST_NODES} values")
        if documents > MOST_DOCUMENTS:
            raise Invalid(f"a job file has at most {MOST_DOCUMENTS} documents")


def _empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{YAML_TAG}null"


def _plainly(error: yaml.YAMLError) -> str:
    """Say where and what, in one line and without the excerpt of the text."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}: {problem}" if mark else problem


def _job(node: yaml.MappingNode, comments: deque[tuple[int, str]], budget: Iterator[int]) -> dict[str, Any]:
    """Make a document with the comments that stand above its keys or behind the last."""
    job: dict[str, Any] = {}
    for key, found in _pairs(node, budget, 0):
        job.update(_comments_before(comments, key.start_mark.line))
        job[key.value] = found
    job.update(_comments_before(comments, node.end_mark.line))
    return job


def _comments_before(comments: deque[tuple[int, str]], line: int) -> Iterator[tuple[str, None]]:
    while comments and comments[0][0] < line:
        yield comments.popleft()[1], None


def _value(node: yaml.Node, budget: Iterator[int], depth: int) -> Any:
    """Make a value of a node; every use of an anchor is a value of its own, and is counted."""
    _count(node, budget, depth)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if node.tag not in (f"{YAML_TAG}map", f"{YAML_TAG}seq"):
        raise Invalid(f"line {_line(node)}: the tag {node.tag} is not known here")
    if isinstance(node, yaml.MappingNode):
        return {key.value: found for key, found in _pairs(node, budget, depth)}
    return [_value(item, budget, depth + 1) for item in node.value]


def _count(node: yaml.Node, budget: Iterator[int], depth: int) -> None:
    if next(budget, None) is None:
        raise Invalid(f"line {_line(node)}: a job file has at most {MOST_NODES} values, with all aliases followed")
    if depth > DEEPEST:
        raise Invalid(f"line {_line(node)}: a job nests at most {DEEPEST} levels")


def _pairs(node: yaml.MappingNode, budget: Iterator[int], depth: int) -> list[tuple[yaml.ScalarNode, Any]]:
    """Return keys and values in order, those merged by ``<<`` behind the mapping's own, which beat them."""
    own: dict[str, tuple[yaml.ScalarNode, Any]] = {}
    merged: dict[str, tuple[yaml.ScalarNode, Any]] = {}
    for key, content in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Invalid(f'line {_line(key)}: a key is text; write a reference in quotes: "{{{{ name }}}}"')
        if key.tag == f"{YAML_TAG}merge":
            for further, found in _merged(content, budget, depth):
                merged.setdefault(further.value, (further, found))
            continue
        if key.value in own:
            raise Invalid(f"line {_line(key)}: the key {key.value} is there twice")
        _storable(key.value)
        own[key.value] = (key, _value(content, budget, depth + 1))
    return list({**own, **{name: pair for name, pair in merged.items() if name not in own}}.values())


def _merged(node: yaml.Node, budget: Iterator[int], depth: int) -> Iterator[tuple[yaml.ScalarNode, Any]]:
    for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if not isinstance(part, yaml.MappingNode):
            raise Invalid(f"line {_line(node)}: << takes a mapping or a list of them")
        _count(part, budget, depth + 1)
        yield from _pairs(part, budget, depth + 1)


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.removeprefix(YAML_TAG)
    if kind in TEXTS:
        return _storable(node.value)
    if kind == "null":
        return None
    if kind not in ("bool", "int", "float"):
        raise Invalid(f"line {_line(node)}: the tag {node.tag} is not known here")
    if len(node.value) > LONGEST_NUMBER:
        raise Invalid(f"line {_line(node)}: a number beyond 64 bits; quote it if it is text")
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
        raise Invalid(f"line {_line(node)}: {node.value} is no number of 64 bits; quote it if it is text") from None


def _within(number: int | float) -> int | float:
    # No comparison holds for what is not a number, and none with a bound for what is infinite.
    within = SMALLEST <= number <= LARGEST if isinstance(number, int) else abs(number) < float("inf")
    if not within:
        raise ValueError(number)
    return number


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Invalid("a NUL character and half a surrogate pair cannot be stored")
    return text


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
