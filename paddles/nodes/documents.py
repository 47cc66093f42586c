"""Filters on what stands inside the JSON of nodes: conditions on a path into ``data``, ``artifacts`` or ``debug``."""

import json
from typing import Any

from sqlalchemy import (
    ARRAY,
    Text,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONPATH

from paddles.errors import Invalid
from paddles.nodes import values
from paddles.nodes.models import BRANCH, COMMIT, TREE, Node

# A condition as SQLAlchemy makes it of columns that are looked up by name, and have no type to mypy.
Condition = Any
COLUMNS = {name: Node.__table__.c[name] for name in ("artifacts", "data", "debug")}
# Texts by their schema, which are in indices of their own.
INDEXED = {
    ("data", "kernel_revision", "tree"): literal_column(TREE, Text),
    ("data", "kernel_revision", "branch"): literal_column(BRANCH, Text),
    ("data", "kernel_revision", "commit"): literal_column(COMMIT, Text),
}
SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
DEEPEST = 50
# So many choices are looked up one by one in the index of all that data holds.
FEW = 20


def condition(column: str, path: list[str], operator: str, value: str) -> Condition:
    """Return what ``value`` demands of what stands at ``path`` in one of ``COLUMNS``, under an operator.

    Raises:
        Invalid: the operator takes no such value, or the path is too long.
    """
    if len(path) > DEEPEST:
        raise Invalid(f"a path has at most {DEEPEST} parts")
    here = COLUMNS[column]
    if operator in ("ne", "nin"):
        same = condition(column, path, "eq" if operator == "ne" else "in", value)
        return not_(func.coalesce(same, false()))
    if operator == "exists":
        there = _word(here, path).is_not(None)
        return there if values.boolean(value, "exists") else not_(there)
    if operator == "in":
        return _among(here, path, values.choices(value))
    if operator == "int":
        return _holds(here, path, values.integer(value, ".".join(path)))
    if operator == "re":
        return _matches(here, path, value)
    return _equals(here, path, value) if operator == "eq" else _ordered(here, path, operator, value)


def _word(here: Any, path: list[str]) -> Any:
    return here.op("#>>", return_type=Text())(literal(path, ARRAY(Text)))


def _equals(here: Any, path: list[str], value: str) -> Condition:
    if value == "null":
        return _word(here, path).is_(None)
    indexed = INDEXED.get((here.name, *path))
    if indexed is not None:
        return indexed == value
    return or_(*(_holds(here, path, each) for each in values.alike(value)))


def _holds(here: Any, path: list[str], value: Any) -> Condition:
    """Say that a value stands at a path, or in a list there: containment, which the index of ``data`` answers."""
    alone: Any = value
    listed: Any = [value]
    for name in reversed(path):
        alone, listed = {name: alone}, {name: listed}
    return or_(here.contains(alone), here.contains(listed)) if path else false()


def _among(here: Any, path: list[str], choices: list[str]) -> Condition:
    if len(choices) <= FEW:
        return or_(*(_equals(here, path, choice) for choice in choices))
    found = _word(here, path) == any_(literal(choices, ARRAY(Text)))
    return or_(found, _word(here, path).is_(None)) if "null" in choices else found


def _matches(here: Any, path: list[str], pattern: str) -> Condition:
    """Say that text at a path, or in a list there, matches a pattern."""
    return _passes(here, path, f'@ like_regex {json.dumps(pattern)} flag "s"')


def _ordered(here: Any, path: list[str], operator: str, value: str) -> Condition:
    """Compare what is at a path, or in a list there: numbers with a number where the value is one, else texts."""
    number = values.number(value)
    return _passes(here, path, f"@ {SIGNS[operator]} {json.dumps(value if number is None else number)}")


def _passes(here: Any, path: list[str], test: str) -> Condition:
    """Say that something at a path, or in a list there, passes a test of the language of SQL/JSON paths.

    One look at each document, which the workers of a parallel query can share; subqueries over lists they cannot.
    """
    steps = "".join(f".{json.dumps(name)}" for name in path)
    return func.jsonb_path_exists(here, cast(f"${steps}[*] ? ({test})", JSONPATH))
