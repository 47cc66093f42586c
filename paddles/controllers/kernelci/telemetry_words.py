"""Telemetry as KernelCI's API says it: what is sent, what is asked, what is shown. Pure."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, Field, RootModel, ValidationError, model_validator

from paddles.controllers.kernelci import words
from paddles.controllers.kernelci.node_bodies import Moment
from paddles.controllers.node_queries import Boolean
from paddles.db import object_ids
from paddles.errors import Invalid
from paddles.nodes import values
from paddles.telemetry.signals import EXACT, SAID, Filter
from paddles.web import query

# In an index beside each other there is room for four names of this length.
LONGEST = 500
LONGEST_MESSAGE = 65_535

Result = Literal["pass", "fail", "incomplete", "skip"]
Short = Annotated[str, Field(max_length=LONGEST)]


def _moment(text: str) -> datetime.datetime:
    try:
        return values.moment(text)
    except Invalid as error:
        raise ValueError(str(error)) from None


When = Annotated[query.Text, AfterValidator(_moment)]


class Told(BaseModel):
    """One step and how it went."""

    kind: Annotated[Short, Field(min_length=1)]
    runtime: Annotated[Short, Field(min_length=1)]
    ts: Moment | None = None
    lab: Short | None = None
    device_type: Short | None = None
    device_id: Short | None = None
    job_name: Short | None = None
    test_name: Short | None = None
    job_id: Short | None = None
    node_id: Short | None = None
    tree: Short | None = None
    branch: Short | None = None
    arch: Short | None = None
    result: Result | None = None
    is_infra_error: Boolean = False
    error_type: Short | None = None
    error_msg: Annotated[str, Field(max_length=LONGEST_MESSAGE)] | None = None
    retry: Annotated[int, Field(ge=0, lt=2**31)] = 0
    extra: dict[str, Any] | None = None


class Batch(RootModel[list[Told]]):
    """Steps, one or more; one that is none is 400 here, and none of the others is kept."""

    @model_validator(mode="wrap")
    @classmethod
    def _checked(cls, value: Any, handler: Any) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            raise Invalid(str(query.malformed("body", error))) from None


class Inserted(BaseModel):
    """How many were kept."""

    inserted: int


class Shown(Told):
    """One step as it is kept."""

    id: str
    ts: str  # type: ignore[assignment]


class Page(BaseModel):
    """Part of what was told."""

    items: list[Shown]
    total: int
    limit: int
    offset: int


class Counts(BaseModel):
    """How many there are of each result, and how many are errors of the lab itself."""

    total: int
    pass_: Annotated[int, Field(alias="pass")]
    fail: int
    incomplete: int
    skip: int
    infra_error: int


class Group(Counts):
    """Counts of what is alike in the fields asked for."""

    runtime: str | None = None
    lab: str | None = None
    device_type: str | None = None
    device_id: str | None = None
    job_name: str | None = None
    tree: str | None = None
    branch: str | None = None
    arch: str | None = None
    kind: str | None = None
    error_type: str | None = None


class ResultAnomaly(Counts):
    """What fails too often."""

    runtime: str
    lab: str | None
    device_type: str | None
    device_id: str | None = None
    infra_rate: float
    fail_rate: float
    constant_failure: bool
    constant_infra_failure: bool
    last_seen: str
    latest_error_type: str | None
    latest_error_msg: str | None


class ErrorAnomaly(BaseModel):
    """An error that comes often."""

    runtime: str
    error_type: str
    count: int


class Anomalies(BaseModel):
    """What is out of the ordinary since a moment."""

    window: str
    threshold: float
    min_total: int
    scope: str
    since: str
    result_anomalies: list[ResultAnomaly]
    error_anomalies: list[ErrorAnomaly]


class Wanted(query.Query):
    """Which steps: those that are exactly so, from ``since`` to ``until``."""

    kind: query.Text | None = None
    runtime: query.Text | None = None
    lab: query.Text | None = None
    device_type: query.Text | None = None
    device_id: query.Text | None = None
    job_name: query.Text | None = None
    test_name: query.Text | None = None
    job_id: query.Text | None = None
    node_id: query.Text | None = None
    tree: query.Text | None = None
    branch: query.Text | None = None
    arch: query.Text | None = None
    result: query.Text | None = None
    error_type: query.Text | None = None
    since: When | None = None
    until: When | None = None
    is_infra_error: query.Boolean | None = None

    @property
    def filter(self) -> Filter:
        """What the core is asked."""
        exact = {name: value for name in EXACT if (value := getattr(self, name)) is not None}
        return Filter(exact, self.since, self.until, self.is_infra_error)  # type: ignore[arg-type]


def told(batch: Batch) -> list[dict[str, Any]]:
    """Return what was sent under the names of the core."""
    said = (each.model_dump(exclude_none=True) for each in batch.root)
    return [{"at" if name == "ts" else name: value for name, value in each.items()} for each in said]


def shown(row: Any) -> dict[str, Any]:
    """Return one step as it is kept."""
    kept: Mapping[str, Any] = row._mapping
    return {
        "id": f"{row.id:0{object_ids.LENGTH}x}",
        "ts": words.timestamp(row.at),
        **{name: kept[name] for name in SAID if name != "at"},
        # JSON goes on as it is.
        "extra": orjson.Fragment(row.extra) if row.extra is not None else None,
    }


def listed(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Return rows of figures as they are, but for their moments."""
    return [{n: words.timestamp(v) if n == "last_seen" else v for n, v in row._mapping.items()} for row in rows]
