"""Nodes on their way into the database: a new one with its defaults, a stored one with changes, both checked. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

import orjson

from paddles.errors import Invalid
from paddles.nodes import kinds, states

# What somebody may say of a new node, and what it is otherwise; times follow from the moment.
DEFAULTS: dict[str, Any] = {
    "kind": "node",
    "name": "",
    "path": (),
    "group": None,
    "parent_id": None,
    "state": "running",
    "result": None,
    "artifacts": {},
    "data": {},
    "debug": {},
    "jobfilter": None,
    "platform_filter": (),
    "holdoff": None,
    "submitter": None,
    "treeid": None,
    "user_groups": (),
    "processed_by_kcidb_bridge": False,
    "retry_counter": 0,
}
# What each of these is, for nodes that no face has looked at.
SHAPES: dict[str, Any] = {
    "kind": str,
    "name": str,
    "path": (list, tuple),
    "group": (str, NoneType),
    "parent_id": (str, NoneType),
    "artifacts": dict,
    "debug": dict,
    "jobfilter": (list, NoneType),
    "platform_filter": (list, tuple),
    "submitter": (str, NoneType),
    "treeid": (str, NoneType),
    "user_groups": (list, tuple),
    "processed_by_kcidb_bridge": bool,
    "retry_counter": int,
}
# What is in an index has to fit into it, beside a moment.
MOST_BYTES = {"name": 2000, "treeid": kinds.INDEXED_BYTES}
LONGEST_GROUP, MOST_RETRIES = 256, 2**31


def fresh(said: Mapping[str, Any], node_id: str, owner: str, now: datetime.datetime) -> dict[str, Any]:
    """Return a new node as the columns of ``statements.COLUMNS``, without children.

    Raises:
        Invalid: it is of no kind that there is, or says what a node of its kind cannot say.
    """
    if said.get("id") is not None:
        raise Invalid(f"Object cannot be created with id: {said['id'][:100]}")
    known = {column: said.get(column, default) for column, default in DEFAULTS.items()}
    created = said.get("created") or now
    times = {
        "created": created,
        "updated": now,
        "timeout": said.get("timeout") or created + states.LIFETIME,
    }
    return _checked({"id": node_id, **known, **times, "owner": owner, "open_children": 0}, ("data",))


def kept(said: Mapping[str, Any], node_id: Any, owner: str) -> dict[str, Any]:
    """Return a node that another service had, as the columns of ``statements.COLUMNS``, without children.

    Raises:
        Invalid: it could not be like that here.
    """
    known = {column: said.get(column, default) for column, default in DEFAULTS.items()}
    known = {column: DEFAULTS[column] if known[column] is None else known[column] for column in DEFAULTS}
    for column, wanted in SHAPES.items():
        if not isinstance(known[column], wanted):
            raise Invalid(f"{column}: has another shape")
    for column in ("path", "user_groups", "jobfilter", "platform_filter"):
        if not all(isinstance(name, str) for name in known[column] or ()):
            raise Invalid(f"{column}: is a list of text")
    if any(len(name) > LONGEST_GROUP for name in known["user_groups"]):
        raise Invalid(f"user_groups: a name has at most {LONGEST_GROUP} characters")
    if not 0 <= known["retry_counter"] < MOST_RETRIES:
        raise Invalid("retry_counter: is out of bounds")
    if known["state"] not in states.STATES or known["result"] not in (None, *states.RESULTS):
        raise Invalid("state or result is none of those that there are")
    times = {name: said[name] for name in ("created", "updated", "timeout", "holdoff")}
    node = {"id": checked_id(node_id), **known, **times, "owner": owner, "open_children": 0}
    if node["parent_id"] is not None:
        node["parent_id"] = checked_id(node["parent_id"])
    return _checked(node, ("data",))


def checked_id(value: Any) -> str:
    """Return an id as nodes have them. Raises Invalid."""
    if not isinstance(value, str) or len(value) != kinds.ID_LENGTH or not kinds.ID_DIGITS.issuperset(value.lower()):
        raise Invalid("an id is 24 hexadecimal digits")
    return value.lower()


def changed(stored: Mapping[str, Any], said: Mapping[str, Any], now: datetime.datetime) -> dict[str, Any]:
    """Return a stored node with what is said of it now; what is not said stays, and so does who it belongs to.

    That a bridge has seen the node holds until the node changes, unless the change is just that.

    Raises:
        Invalid: it cannot go to that state from the one it is in, or says what a node of its kind cannot say.
    """
    allowed = {
        column: value for column, value in said.items() if column in DEFAULTS or column in ("created", "timeout")
    }
    for column in ("submitter", "user_groups"):
        allowed.pop(column, None)
    for column in ("created", "timeout"):
        if allowed.get(column, "") is None:
            del allowed[column]
    states.check(stored["state"], allowed.get("state", stored["state"]))
    if "kind" in allowed and allowed["kind"] != stored["kind"]:
        allowed.setdefault("data", orjson.loads(stored["data"]))
    seen = allowed.get("processed_by_kcidb_bridge", False)
    node = {**stored, **allowed, "updated": now}
    node["processed_by_kcidb_bridge"] = seen and not stored["processed_by_kcidb_bridge"]
    if node["parent_id"] == node["id"]:
        raise Invalid("Parent cannot be the same as the object")
    return _checked(node, allowed)


def same(stored: bytes | None, value: Any) -> bool:
    """Say whether a value is what is stored as JSON; true and 1 are not the same."""
    if stored is None or value is None or isinstance(value, bytes):
        return bool(stored == value)
    return _ordered(orjson.loads(stored)) == _ordered(value)


def dumps(nodes: Sequence[Mapping[str, Any]]) -> str:
    """Return nodes as the JSON text that the statements take; what is JSON already goes in as it is."""
    ready = [{key: _raw(value) if type(value) is bytes else value for key, value in node.items()} for node in nodes]
    return orjson.dumps(ready).decode()


def _raw(value: bytes) -> orjson.Fragment:
    return orjson.Fragment(value)


def _ordered(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _checked(node: dict[str, Any], said: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    if "data" in said:
        if node["data"] is None:
            raise Invalid("data: must be an object")
        node["data"] = kinds.check(node["kind"], node["data"])
    for column, most in MOST_BYTES.items():
        if node[column] is not None and len(node[column].encode()) > most:
            raise Invalid(f"{column} has at most {most} bytes")
    return node
