"""Which rows of a source: what is asked, field by field, into what the database is asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, and_, any_, func, literal, not_, or_

from paddles.db.pages import part, prefix
from paddles.errors import Invalid
from paddles.listing import fields
from paddles.listing.fields import JSON, MOMENT, NUMBER, WORD, Field, Source, Through

# How a value may be compared.
OPERATORS = ("eq", "ne", "in", "not_in", "gte", "lte", "prefix", "part", "contains", "exists")
TEXTUAL = ("prefix", "part", "contains")
NEGATIVE = ("not_in", "ne")
# What stands before or behind a name in an address, and what it asks for; several values of one name are alternatives.
BEFORE = {"-": "not_in", "~": "contains"}
BEHIND = {">": "gte", "<": "lte"}
# How these are written in an address; others cannot be.
WRITTEN = {"eq": "{}", "in": "{}", "ne": "-{}", "not_in": "-{}", "contains": "~{}", "gte": "{}>", "lte": "{}<"}
MOST_VALUES = 200
Read = Callable[[str, str], Any]


@dataclass(frozen=True)
class Wanted:
    """What is asked of a field: ``op`` is one of ``OPERATORS``, ``values`` are alternatives, as they were written."""

    field: str
    op: str
    values: tuple[str, ...]


def asked(pairs: Iterable[tuple[str, str]], source: Source) -> tuple[list[Wanted], list[str]]:
    """Return what the parameters of an address ask of a source, and the names of those that it does not know.

    ``name=value`` is equality, ``-name=value`` its opposite, ``~name=value`` a part, in letters of either size;
    ``name>=value`` and ``name<=value`` are bounds. Alternatives are said by saying the name again.
    """
    found: dict[tuple[str, str], list[str]] = {}
    ignored: dict[str, None] = {}
    known = set(source.asked)
    for key, value in pairs:
        name, op = named(key)
        if name in known:
            found.setdefault((name, op), []).append(value)
        else:
            ignored[key] = None
    return [Wanted(name, op, tuple(values)) for (name, op), values in found.items()], list(ignored)


def named(key: str) -> tuple[str, str]:
    """Return the field that a parameter is about, and how its values are compared."""
    if key[:1] in BEFORE:
        return key[1:], BEFORE[key[:1]]
    if key[-1:] in BEHIND:
        return key[:-1], BEHIND[key[-1:]]
    return key, "in"


def conditions(source: Source, wanted: Sequence[Wanted]) -> list[ColumnElement[bool]]:
    """Return what the database is asked; all of it must be so.

    Raises:
        Invalid: a field is unknown, or cannot be asked for in that way, or a value cannot be one of it.
    """
    return [condition(source.one(each.field), each) for each in wanted]


def condition(field: Field, wanted: Wanted) -> ColumnElement[bool]:
    """Return what the database is asked of one field. Raises Invalid."""
    if wanted.op not in OPERATORS or field.kind == JSON:
        raise Invalid(f"{wanted.field} cannot be asked for by {wanted.op}")
    if len(wanted.values) > MOST_VALUES:
        raise Invalid(f"{wanted.field} has at most {MOST_VALUES} values")
    if field.through:
        return _elsewhere(field, field.through, wanted)
    if wanted.op == "exists":
        return _there(field, wanted)
    if wanted.op in ("in", "eq"):
        return _among(field, wanted.values)
    if wanted.op in NEGATIVE:
        return not_(func.coalesce(_among(field, wanted.values), literal(value=False)))
    return or_(*(_compared(field, wanted.op, value) for value in wanted.values))


def value(field: Field, text: str) -> Any:
    """Return a value as the column has it. Raises Invalid where it cannot be one of the field."""
    if "\0" in text:
        raise Invalid("a NUL character cannot be stored, so nothing has one")
    if field.kind == NUMBER:
        return fields.number(text, field.name)
    if field.kind == MOMENT:
        raise Invalid(f"{field.name} is asked for by since and until")
    text = field.spoken.get(text.lower(), text)
    return fields.one_of(text, field.among, field.name) if field.kind == WORD else text


def _elsewhere(field: Field, through: Through, wanted: Wanted) -> ColumnElement[bool]:
    if wanted.op in NEGATIVE:
        found = _elsewhere(field, through, replace(wanted, op="in"))
        return not_(func.coalesce(found, literal(value=False)))
    op = through.plain if wanted.op in ("in", "eq") else wanted.op
    there = replace(field, column=through.column, through=None)
    return through.holds(condition(there, replace(wanted, op=op)))


def _there(field: Field, wanted: Wanted) -> ColumnElement[bool]:
    said = {fields.one_of(each, ("true", "false"), wanted.field) for each in wanted.values}
    there: ColumnElement[bool] = field.column.is_not(None)
    if field.kind not in (NUMBER, MOMENT):
        there = and_(there, field.column != "")
    return or_(*(there if each == "true" else not_(there) for each in sorted(said)))


def _among(field: Field, texts: Sequence[str]) -> ColumnElement[bool]:
    # What is blank is what nobody said: a column has '' or nothing there.
    said = [value(field, text) for text in texts if text]
    blank: ColumnElement[bool] = func.coalesce(field.column, "") == ""
    if field.kind in (NUMBER, MOMENT):
        blank = field.column.is_(None)
    found: ColumnElement[bool] = _equal(field, said) if said else literal(value=False)
    return or_(found, blank) if len(said) < len(texts) else found


def _equal(field: Field, said: list[Any]) -> ColumnElement[bool]:
    one: ColumnElement[bool] = field.column == said[0]
    if len(said) == 1 or field.kind == NUMBER:
        return one if len(said) == 1 else field.column.in_(said)
    several: ColumnElement[bool] = field.column == any_(literal(said, ARRAY(Text)))
    return several


def _compared(field: Field, op: str, text: str) -> ColumnElement[bool]:
    if op in TEXTUAL:
        if field.kind in (NUMBER, MOMENT):
            raise Invalid(f"{field.name} is no text: it is compared with = , >= or <=")
        said = text if "\0" not in text else value(field, text)
        if op == "contains":
            return field.column.ilike(part(said))
        return field.column.like(prefix(said) if op == "prefix" else part(said))
    said = value(field, text)
    compared: ColumnElement[bool] = field.column >= said if op == "gte" else field.column <= said
    return compared


def of_documents(found: Iterable[Mapping[str, Any]]) -> list[Wanted]:
    """Return what filters of a dashboard's file ask: each has ``field``, ``op``, and one ``value`` or a list."""
    return [Wanted(each["field"], each.get("op", "eq"), _texts(each.get("value", ""))) for each in found]


def pairs_of_documents(found: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]] | None:
    """Return filters of a dashboard's file as parameters of an address; None where some cannot be said there."""
    said: list[tuple[str, str]] = []
    for each in of_documents(found):
        name = WRITTEN.get(each.op, "").format(each.field)
        if not name:
            return None
        said += [(name, value) for value in each.values]
    return said


def _texts(said: Any) -> tuple[str, ...]:
    return tuple(map(_text, said)) if isinstance(said, list) else (_text(said),)


def _text(said: Any) -> str:
    return str(said).lower() if isinstance(said, bool) else str(said)
