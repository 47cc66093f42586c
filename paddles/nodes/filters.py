"""What is asked of a list of nodes, as conditions: keys name fields from a fixed list, values are always bound.

A key is a field or, behind ``data.``, ``artifacts.`` or ``debug.``, a path into it; an operator may follow behind two
underscores. Lists match when one of their elements does.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ARRAY, Text, any_, false, func, literal, not_, or_, select, true

from paddles.db import object_ids
from paddles.errors import Invalid
from paddles.nodes import documents, values
from paddles.nodes.documents import Condition
from paddles.nodes.models import Node

OPERATORS = frozenset(("ne", "re", "in", "nin", "int", "exists", *values.ORDERS))
TEXTS = ("kind", "name", "group", "state", "result", "owner", "submitter", "treeid")
TABLE = Node.__table__.c
LISTS = {name: TABLE[name] for name in ("path", "user_groups", "jobfilter", "platform_filter")}


def _text(value: str, _name: str) -> str:
    return value


def _id(value: str, _name: str) -> str:
    return object_ids.check(value)


def _moment(value: str, _name: str) -> Any:
    return values.moment(value)


# By the name in a key: the column, and what reads the value.
SCALARS: dict[str, tuple[Any, Callable[[str, str], Any]]] = {
    **{name: (TABLE[name], _text) for name in TEXTS},
    "id": (TABLE.id, _id),
    "_id": (TABLE.id, _id),
    "parent": (TABLE.parent_id, _id),
    **{name: (TABLE[name], _moment) for name in ("created", "updated", "timeout", "holdoff")},
    "processed_by_kcidb_bridge": (TABLE.processed_by_kcidb_bridge, values.boolean),
    "retry_counter": (TABLE.retry_counter, values.integer),
}


def conditions(asked: Iterable[tuple[str, str]]) -> list[Condition]:
    """Return what each of the pairs of key and value demands of a node; all of them together are meant.

    What is no field matches nothing with a value, and everything as ``null``.

    Raises:
        Invalid: a value cannot be one of its field, or not with its operator.
    """
    return [_condition(key, value) for key, value in asked]


def has_pattern(asked: Iterable[tuple[str, str]]) -> bool:
    """Say whether a pattern is among what is asked, whose cost nobody can tell beforehand."""
    return any(key.endswith("__re") for key, _ in asked)


def _condition(key: str, value: str) -> Condition:
    field, _, operator = key.rpartition("__")
    if operator not in OPERATORS or not field:
        field, operator = key, "eq"
    if "\0" in key or "\0" in value:
        raise Invalid("a NUL character cannot be stored, so nothing has one")
    column, _, path = field.partition(".")
    if column in documents.COLUMNS:
        return documents.condition(column, path.split(".") if path else [], operator, value)
    if field in LISTS:
        return _of_list(LISTS[field], operator, value)
    return _of_scalar(field, operator, value) if field in SCALARS else _of_nothing(operator, value)


def _of_nothing(operator: str, value: str) -> Condition:
    if operator == "exists":
        return false() if values.boolean(value, "exists") else true()
    negated = operator in ("ne", "nin")
    return true() if negated != (value == "null") else false()


def _of_scalar(field: str, operator: str, value: str) -> Condition:
    column, read = SCALARS[field]
    if operator == "exists":
        return _there(column, value)
    if operator in ("in", "nin"):
        found = _among(column, values.choices(value), lambda each: read(each, field))
        return found if operator == "in" else not_(func.coalesce(found, false()))
    if operator in ("re", "int"):
        return _by_form(column, read, operator, value)
    if value == "null" and operator in ("eq", "ne"):
        return column.is_(None) if operator == "eq" else column.is_not(None)
    return _compared(column, operator, read(value, field))


def _by_form(column: Any, read: Callable[[str, str], Any], operator: str, value: str) -> Condition:
    if operator == "re":
        return (column if read is _text else column.cast(Text)).bool_op("~")(value)
    return column == values.integer(value, column.name) if read is values.integer else false()


def _compared(column: Any, operator: str, wanted: Any) -> Condition:
    if operator in values.ORDERS:
        return values.ORDERS[operator](column, wanted)
    if isinstance(wanted, bool):
        return column if wanted == (operator == "eq") else not_(column)
    if operator == "eq":
        return column == wanted
    # Where nothing can be missing, said so that indices of a part of the table are found.
    return column.is_distinct_from(wanted) if column.nullable else column != wanted


def _there(column: Any, value: str) -> Condition:
    return column.is_not(None) if values.boolean(value, "exists") else column.is_(None)


def _among(column: Any, choices: list[str], read: Callable[[str], Any]) -> Condition:
    wanted = [read(choice) for choice in choices if choice != "null"]
    found = column == any_(literal(wanted, ARRAY(column.type))) if wanted else false()
    return or_(found, column.is_(None)) if "null" in choices else found


def _of_list(column: Any, operator: str, value: str) -> Condition:
    if operator == "exists":
        return _there(column, value)
    if operator in ("ne", "nin"):
        return not_(func.coalesce(_of_list(column, "eq" if operator == "ne" else "in", value), false()))
    if operator == "eq" and value == "null":
        return column.is_(None)
    if operator in ("eq", "in", "int"):
        wanted = values.choices(value) if operator == "in" else [value]
        return column.bool_op("&&")(literal(wanted, ARRAY(Text)))
    element = func.unnest(column).column_valued("element")
    compare = element.bool_op("~")(value) if operator == "re" else values.ORDERS[operator](element, value)
    return select(true()).where(compare).exists()
