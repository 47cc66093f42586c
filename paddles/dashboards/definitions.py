"""Dashboards as files: the format, checked by its JSON Schema, and the one way in which it is written. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from paddles.errors import Invalid

FORMAT, VERSION = "paddles-dashboards", 1
TYPES = (
    *("metric", "pie", "donut", "bar", "hbar", "line", "heatmap", "matrix", "table", "filters", "markdown", "log"),
)
SOURCES = ("runs", "jobs", "builds", "boots", "tests", "logs", "nodes", "queue", "regressions")
METRICS = ("count", "distinct", "sum", "avg", "min", "max", "p50", "p90", "p95", "pass_rate")
OPERATORS = ("eq", "ne", "in", "not_in", "gte", "lte", "prefix", "contains", "exists")
# How many columns the grid has, and how much a set may hold.
WIDTH, LONGEST, MOST = 48, 200, 1000
TIME = re.compile(r"(\d{1,5}[smhdw])?")
MOST_FAULTS = 20

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Field(max_length=LONGEST, pattern=r"^[^\x00]*$")]
Value = str | int | float | bool
Type = Literal[TYPES]  # type: ignore[valid-type]
Source = Literal[SOURCES]  # type: ignore[valid-type]


class Part(BaseModel):
    """What all of the format derives from: it has these keys, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Filter(Part):
    """What a field must be: ``value`` is one, or a list of alternatives."""

    field: Name
    op: Literal[OPERATORS] = "eq"  # type: ignore[valid-type]
    value: Value | Annotated[list[Value], Field(max_length=LONGEST)] = ""


class Metric(Part):
    """What is told of rows: how many, or something of one field."""

    op: Literal[METRICS] = "count"  # type: ignore[valid-type]
    field: Name | None = None

    @model_validator(mode="after")
    def _of_something(self) -> "Metric":
        if (self.op in ("count", "pass_rate")) != (self.field is None):
            raise ValueError("names a field" if self.field is None else "names no field")
        return self


class Group(Part):
    """By which field rows are told apart: the largest groups, and the ``other`` ones together; moments by stretches."""

    field: Name
    limit: Annotated[int, Field(ge=1, le=MOST)] = 5
    other: bool = True
    interval: Literal["hour", "day", "week", "month"] | None = None


class Visualization(Part):
    """How rows of a source are shown."""

    slug: Slug
    type: Type
    source: Literal[(*SOURCES, "")] = ""  # type: ignore[valid-type]
    title: Text = ""
    metric: Metric = Metric()
    group_by: Annotated[list[Group], Field(max_length=4)] = []
    filters: Annotated[list[Filter], Field(max_length=50)] = []
    columns: Annotated[list[Name], Field(max_length=100)] = []
    per_page: Annotated[int, Field(ge=1, le=MOST)] = 20
    text: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")] = ""


class Search(Part):
    """Rows that are found by words."""

    slug: Slug
    source: Source
    title: Text = ""
    columns: Annotated[list[Name], Field(max_length=100)] = []
    query: Text = ""


class Panel(Part):
    """Where on a dashboard something is shown."""

    viz: Slug
    title: Text = ""
    x: Annotated[int, Field(ge=0, lt=WIDTH)]
    y: Annotated[int, Field(ge=0, le=10_000)]
    w: Annotated[int, Field(ge=1, le=WIDTH)]
    h: Annotated[int, Field(ge=1, le=MOST)]


class Dashboard(Part):
    """What is shown together: of the last ``time``, or of all where that is blank; again each ``refresh`` seconds."""

    slug: Slug
    title: Text
    time: Annotated[str, Field(pattern=rf"^{TIME.pattern}$")] = "7d"
    filters: Annotated[list[Filter], Field(max_length=50)] = []
    refresh: Annotated[int, Field(ge=0, le=86_400)] = 0
    panels: Annotated[list[Panel], Field(max_length=100)] = []


class Set(Part):
    """All dashboards, and what they show."""

    format: Literal["paddles-dashboards"] = "paddles-dashboards"
    version: Literal[1] = 1
    dashboards: Annotated[list[Dashboard], Field(max_length=MOST)] = []
    visualizations: Annotated[list[Visualization], Field(max_length=MOST)] = []
    searches: Annotated[list[Search], Field(max_length=MOST)] = []


KINDS = ("dashboards", "visualizations", "searches")


def read(data: bytes | str | Mapping[str, Any]) -> Set:
    """Return the set of dashboards that a file holds.

    Raises:
        Invalid: it is no JSON, or not in the format; the message has a line for each fault, which begins with its path.
    """
    try:
        said = data if isinstance(data, Mapping) else json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"/: this is no JSON: {error}") from None
    if isinstance(said, Mapping) and "format" not in said:
        raise Invalid("/format: is missing")
    try:
        return Set.model_validate(said)
    except ValidationError as error:
        found = error.errors(include_url=False)[:MOST_FAULTS]
        raise Invalid("\n".join(f"{path(each['loc'])}: {each['msg']}" for each in found)) from None


def written(found: Set) -> str:
    """Return a set as it is written, always in the same way: what is read from that is written so again."""
    said = found.model_dump(mode="json")
    for kind in KINDS:
        said[kind].sort(key=lambda each: each["slug"])
    for each in said["visualizations"]:
        each["group_by"] = [{n: v for n, v in group.items() if v is not None} for group in each["group_by"]]
        each["metric"] = {name: value for name, value in each["metric"].items() if value is not None}
    return json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def path(place: Sequence[str | int]) -> str:
    """Return a place in a file as a path: ``/dashboards/0/title``."""
    return "/" + "/".join(str(part) for part in place)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the format."""
    return Set.model_json_schema()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
