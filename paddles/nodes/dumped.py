"""Nodes and users as a dump of KernelCI's API has them, a JSON document each, made into what is stored here. Pure.

Both forms are read: that of the API (``id``, moments as text), and that of mongoexport (``_id``, and MongoDB's Extended
JSON: ``{"$oid": ...}``, ``{"$date": ...}``, ``{"$numberLong": ...}``). Forms of before 2024 become those of today, as
the migrations of that API made them: ``revision`` is ``data.kernel_revision``, a plain ``node`` is a test.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from paddles.errors import Invalid
from paddles.nodes import rows, states, values

MOMENTS = ("created", "updated", "timeout", "holdoff")
NUMBERS = ("$numberInt", "$numberLong", "$numberDouble")
MILLISECONDS = 1000


def node(document: Any) -> dict[str, Any]:
    """Return the columns of a node, without children; raises Invalid when it is none that could be stored."""
    said = plain(document)
    if not isinstance(said, dict) or not isinstance(said.get("data") or {}, dict):
        raise Invalid("is no node")
    data = said.get("data") or {}
    if "revision" in said and "kernel_revision" not in data:
        data = {"kernel_revision": said["revision"], **data}
    moments = {name: values.moment(said[name]) for name in MOMENTS if isinstance(said.get(name), str)}
    created = moments.get("created")
    if created is None:
        raise Invalid("created: is missing")
    times = {"updated": created, "timeout": created + states.LIFETIME, "holdoff": None, **moments}
    kind = "test" if said.get("kind") in (None, "node") else said["kind"]
    return rows.kept(
        {**said, "kind": kind, "data": data, "parent_id": said.get("parent"), "created": created, **times},
        said.get("id") or said.get("_id"),
        said.get("owner") or "",
    )


def user(document: Any) -> dict[str, Any]:
    """Return a user: ``id username email password is_active is_verified is_superuser groups``, names of groups.

    Raises:
        Invalid: it is none.
    """
    said = plain(document)
    said = {**said, **said["profile"]} if isinstance(said, dict) and isinstance(said.get("profile"), dict) else said
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in ("username", "email")):
        raise Invalid("is no user")
    named = [group.get("name") if isinstance(group, dict) else group for group in said.get("groups") or ()]
    groups = [name for name in named if isinstance(name, str)]
    return {
        "id": said.get("id") or said.get("_id"),
        "username": said["username"],
        "email": said["email"],
        "password": said.get("hashed_password") or "",
        "is_active": said.get("is_active") is not False,
        "is_verified": said.get("is_verified") is True,
        "is_superuser": said.get("is_superuser") is True or "admin" in groups,
        "groups": [name for name in groups if name != "admin"],
    }


def plain(value: Any) -> Any:
    """Return a value with what Extended JSON writes as objects as what it stands for, moments as ISO 8601 text."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == "$oid":
            return inner
        if key in NUMBERS:
            return float(inner) if key == "$numberDouble" else int(inner)
        if key == "$date":
            return _moment(plain(inner))
    return {key: plain(each) for key, each in value.items()}


def _moment(said: Any) -> str:
    if isinstance(said, str):
        return said
    try:
        found = datetime.datetime.fromtimestamp(said / MILLISECONDS, datetime.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise Invalid(f"{said!r} is no moment") from None
    return found.isoformat()
