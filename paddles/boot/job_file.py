"""Job files as people write them for lkp: YAML in one or several documents, with comments that are kept. Pure."""

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

import yaml

from paddles.errors import Invalid
from paddles.plain_yaml import budget, line, nodes, pairs, storable

COMMENT = re.compile(r"^#! .*\S", re.MULTILINE)


def read(text: str, *, path: str = "") -> list[dict[str, Any]]:
    """Return the jobs that a job file describes, its lists not expanded: one for each document but the common one.

    The first of several documents is the common part; each further one is put over it, top-level key by key. A comment
    ``#! words`` at the start of a line is kept as a key with the value None where it stood; with ``path`` the first
    key is ``#! path``. Order is kept everywhere.

    Scalars are read as YAML 1.1 has them (``plain_yaml``), which is how Ruby's Psych, the reader of lkp, takes them
    too. Jobs of one file may share parts: whoever changes one copies it first.

    Raises:
        Invalid: it is not YAML within the bounds of ``plain_yaml``, no mapping, or holds ERB.
    """
    _refuse_templates(text)
    comments = deque((text.count("\n", 0, found.start()), found[0]) for found in COMMENT.finditer(text))
    left = budget()
    documents = []
    for node in nodes(text):
        if not isinstance(node, yaml.MappingNode):
            raise Invalid(f"a job is a mapping, which the document in line {line(node)} is not")
        documents.append(_job(node, comments, left))
    if not documents:
        raise Invalid("the job file is empty")
    documents[-1].update((words, None) for _, words in comments)
    source: dict[str, Any] = {f"#! {storable(path)}": None} if path else {}
    common, *further = documents
    return [{**source, **common, **document} for document in further] or [{**source, **common}]


def _refuse_templates(text: str) -> None:
    at = text.find("<%")
    if at >= 0:
        raise Invalid(f"line {text.count(chr(10), 0, at) + 1}: <% %> is Ruby (ERB), which is not run here")


def _job(node: yaml.MappingNode, comments: deque[tuple[int, str]], left: Iterator[int]) -> dict[str, Any]:
    """Make a document with the comments that stand above its keys or behind the last."""
    job: dict[str, Any] = {}
    for key, found in pairs(node, left):
        job.update(_comments_before(comments, key.start_mark.line))
        job[key.value] = found
    job.update(_comments_before(comments, node.end_mark.line))
    return job


def _comments_before(comments: deque[tuple[int, str]], before: int) -> Iterator[tuple[str, None]]:
    while comments and comments[0][0] < before:
        yield comments.popleft()[1], None
