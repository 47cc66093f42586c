"""What clients send of nodes, as models, and as the core wants it. Pure."""

import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, HttpUrl, TypeAdapter

from paddles.controllers.node_queries import Boolean
from paddles.db import object_ids
from paddles.nodes.hierarchy import Branch
from paddles.web import query

State = Literal["running", "available", "closing", "done"]
Result = Literal["pass", "fail", "skip", "incomplete"]
FIRST_YEAR, LAST_YEAR = 1970, 9000
_URL = TypeAdapter(HttpUrl)


def _id(value: str) -> str:
    if len(value) != object_ids.LENGTH or not object_ids.DIGITS.issuperset(value):
        raise ValueError("must be an id of 24 hexadecimal digits")
    return value.lower()


def _url(value: str) -> str:
    return str(_URL.validate_python(value))


def _moment(value: datetime.datetime) -> datetime.datetime:
    # What stands at the ends of the calendar has no room for a zone or a few hours more.
    if not FIRST_YEAR < value.year < LAST_YEAR:
        raise ValueError(f"must be between the years {FIRST_YEAR} and {LAST_YEAR}")
    return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value.astimezone(datetime.UTC)


def _unique(value: list[str]) -> list[str]:
    if len(set(value)) < len(value):
        raise ValueError("must not name a group twice")
    return value


NodeId = Annotated[str, AfterValidator(_id)]
Url = Annotated[str, AfterValidator(_url)]
Moment = Annotated[datetime.datetime, AfterValidator(_moment)]
Groups = Annotated[list[str], AfterValidator(_unique)]
Counter = Annotated[int, Field(ge=0, lt=2**31)]


class Patch(BaseModel):
    """Parts of a node; what is not sent stays as it is."""

    state: State | None = None
    result: Result | None = None
    artifacts: dict[str, Url] | None = None
    data: dict[str, Any] | None = None
    debug: dict[str, Any] | None = None
    jobfilter: list[str] | None = None
    platform_filter: list[str] | None = None
    timeout: Moment | None = None
    holdoff: Moment | None = None
    processed_by_kcidb_bridge: Boolean | None = None


class Whole(Patch):
    """A node as it is to be; what is not sent stays as it is, and so do id, owner, submitter and user groups."""

    kind: str | None = None
    name: str | None = None
    path: list[str] | None = None
    group: str | None = None
    parent: NodeId | None = None
    created: Moment | None = None
    treeid: str | None = None
    retry_counter: Counter | None = None


class New(Whole):
    """A node that is to be; its id and owner are the service's to give."""

    id: str | None = None
    name: str
    path: list[str]
    owner: str | None = None
    submitter: str | None = None
    user_groups: Groups | None = None


class Planted(New):
    """A node of a tree; the first one exists already."""

    kind: str


class Tree(BaseModel):
    """A node and those below it."""

    node: Planted
    child_nodes: list["Tree"]


class Marks(BaseModel):
    """One field of many nodes."""

    nodes: Annotated[list[str], Field(max_length=100_000)]
    field: str
    value: Annotated[query.Boolean, Field(description="True, true, False or false")]


# What cannot be null is taken for not sent.
NEVER_NULL = frozenset(
    ("state", "processed_by_kcidb_bridge", "kind", "name", "path", "created", "timeout", "retry_counter", "user_groups")
)


def said(body: BaseModel) -> dict[str, Any]:
    """Return what a body says of a node, under the names of the core."""
    values = body.model_dump(exclude_unset=True)
    if "parent" in values:
        values["parent_id"] = values.pop("parent")
    return {name: value for name, value in values.items() if value is not None or name not in NEVER_NULL}


def branch(tree: Tree) -> Branch:
    """Return a tree as the core wants it."""
    return Branch(said(tree.node), [branch(child) for child in tree.child_nodes])
