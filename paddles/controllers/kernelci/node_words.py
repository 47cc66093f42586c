"""Nodes as KernelCI's API shows them. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel

from paddles.nodes.statements import COLUMNS

# The core's columns under the names of the API, but for the counter behind them, which is nobody's business.
NAMES = tuple({"parent_id": "parent"}.get(column, column) for column in COLUMNS if column != "open_children")
DOCUMENTS = ("artifacts", "data", "debug")
MOMENTS = ("created", "updated", "timeout", "holdoff")


class NodeShown(BaseModel):
    """A node."""

    id: str
    kind: str
    name: str
    path: list[str]
    group: str | None
    parent: str | None
    state: str
    result: str | None
    artifacts: dict[str, Any] | None
    data: dict[str, Any]
    debug: dict[str, Any] | None
    jobfilter: list[str] | None
    platform_filter: list[str] | None
    created: str
    updated: str
    timeout: str
    holdoff: str | None
    owner: str
    submitter: str | None
    treeid: str | None
    user_groups: list[str]
    processed_by_kcidb_bridge: bool
    retry_counter: int


class NodesShown(BaseModel):
    """Part of a list of nodes; the total is null where it was not to be counted."""

    items: list[NodeShown]
    total: int | None
    limit: int
    offset: int


def node(row: Iterable[Any]) -> dict[str, Any]:
    """Return a node as the database has it, its columns in their order: JSON goes on as it is."""
    shown = dict(zip(NAMES, row, strict=False))
    for name in DOCUMENTS:
        if shown[name] is not None:
            shown[name] = orjson.Fragment(shown[name])
    return shown


def written(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node that was just written, with what was sent and what stood there before."""
    shown = dict(zip(NAMES, (columns[name] for name in COLUMNS), strict=False))
    for name in DOCUMENTS:
        if type(shown[name]) is bytes:
            shown[name] = orjson.Fragment(shown[name])
    for name in MOMENTS:
        if shown[name] is not None:
            # What is not said to be in UTC is all the same.
            shown[name] = shown[name].replace(tzinfo=None)
    return shown
