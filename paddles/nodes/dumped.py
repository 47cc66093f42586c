"""Nodes as a dump of KernelCI's API has them made into what is stored here: those of today, and of before 2024. Pure.

What that API's own migrations did to older ones is done here (kernelci-api, ``migrations/``): ``revision`` became
``data.kernel_revision``, a path of one text the list of its parts, and regressions, which had a collection of their
own, became nodes. A plain ``node`` is taken for a test, since there is none of that kind any more.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from paddles.errors import Invalid
from paddles.nodes import rows, states, values

MOMENTS = ("created", "updated", "timeout", "holdoff")


def node(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a node, without children, of a document as ``extended_json.read`` returns it.

    Raises:
        Invalid: it is none that could be stored.
    """
    said = _regression(document) if "regression_data" in document else document
    data = {} if said.get("data") is None else said["data"]
    if not isinstance(data, dict):
        raise Invalid("data: has another shape")
    path = said.get("path")
    columns = {
        **said,
        "kind": "test" if said.get("kind") in (None, "node") else said["kind"],
        "path": path.rstrip("/").split("/") if isinstance(path, str) else path,
        "data": _renamed(said, data),
        "parent_id": said.get("parent"),
        **_moments(said),
    }
    owner = said.get("owner")
    if not isinstance(owner, str | None):
        raise Invalid("owner: has another shape")
    return rows.kept(columns, said.get("id") or said.get("_id"), owner or "")


def _moments(said: Mapping[str, Any]) -> dict[str, datetime.datetime | None]:
    """Return the moments of a node; those that it does not say follow from that of its creation."""
    found = {name: values.moment(said[name]) for name in MOMENTS if isinstance(said.get(name), str)}
    if "created" not in found:
        raise Invalid("created: is missing")
    created = found["created"]
    try:
        return {"updated": created, "timeout": created + states.LIFETIME, "holdoff": None, **found}
    except OverflowError:
        raise Invalid("created: is too late") from None


def _renamed(said: Mapping[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a node with the revision of its sources where it is looked for."""
    if "kernel_revision" in data:
        return data
    for before in (said, data):
        for name in ("revision", "failed_kernel_version"):
            if name in before:
                rest = {key: value for key, value in data.items() if key != name}
                return {"kernel_revision": before[name], **rest}
    return data


def _regression(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a regression of before 2024, which holds the node that passed and the one that failed, as a node."""
    try:
        passed, failed = (each.get("id") or each["_id"] for each in document["regression_data"])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Invalid("regression_data: is not of two nodes") from None
    kept = {key: value for key, value in document.items() if key not in ("regression_data", "parent", "state")}
    return {**kept, "kind": "regression", "state": "done", "data": {"pass_node": passed, "fail_node": failed}}
