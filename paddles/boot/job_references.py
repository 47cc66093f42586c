"""``{{ name }}``: values of a job that refer to other values of it. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from paddles.boot.job_programs import OPAQUE
from paddles.errors import Invalid

REFERENCE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
# How far one reference may lead through others, how long a text may grow of them, and how many values a job.
LONGEST_CHAIN = 10
LONGEST_TEXT = 65_536
MOST_VALUES = 200_000


def resolve(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``job`` with its references replaced by what they name; ``job`` is not changed.

    A reference is a field's name, or a path into mappings with dots. A text that is one reference becomes the value
    named, whatever its type; inside a longer text stands the value as text, true and false in lower case. What
    ``job_programs.OPAQUE`` names is left alone.

    Raises:
        Invalid: a reference to nothing, to itself, to a mapping or a list inside a text, one that is an expression, or
            so many that more than ``MOST_VALUES`` values come of them.
    """
    scope = _Scope(job, iter(range(MOST_VALUES)))
    return {key: value if key in OPAQUE else _resolved(value, scope, key, 0) for key, value in job.items()}


class _Scope(NamedTuple):
    """What references are looked up in, and how many more values may be made."""

    job: Mapping[str, Any]
    budget: Iterator[int]


def _resolved(value: Any, scope: _Scope, where: str, chain: int) -> Any:
    if next(scope.budget, None) is None:
        raise Invalid(f"{where}: the references of a job make at most {MOST_VALUES} values of it")
    if isinstance(value, dict):
        return {key: _resolved(inside, scope, f"{where}.{key}", chain) for key, inside in value.items()}
    if isinstance(value, list):
        return [_resolved(inside, scope, where, chain) for inside in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    whole = REFERENCE.fullmatch(value.strip())
    if whole and "{{" not in whole[1]:
        return _named(whole[1], scope, where, chain)
    text = REFERENCE.sub(lambda found: _text(_named(found[1], scope, where, chain), where), value)
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"{where}: its references make a text of more than {LONGEST_TEXT} characters")
    return text


def _named(expression: str, scope: _Scope, where: str, chain: int) -> Any:
    path = expression.strip()
    if not PATH.fullmatch(path):
        raise Invalid(f"{where}: {{{{ {path[:60]} }}}} is an expression; only the name of a field is understood")
    if chain >= LONGEST_CHAIN:
        raise Invalid(f"{where}: {{{{ {path} }}}} leads through more than {LONGEST_CHAIN} references, or to itself")
    inside: Any = scope.job
    for name in [path] if path in scope.job else path.split("."):
        if not isinstance(inside, Mapping) or name not in inside:
            raise Invalid(f"{where}: {{{{ {path} }}}} names no field of the job")
        inside = inside[name]
    return _resolved(inside, scope, where, chain + 1)


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise Invalid(f"{where}: a reference to a mapping or a list stands alone, not inside a text")
    return "" if value is None else str(value)
