"""What the results face accepts in bodies: shapes, and what clients send that means the same."""

import datetime
import math
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field, StrictStr, WithJsonSchema, model_validator

from paddles.archive import documents
from paddles.archive.status import STATUSES
from paddles.controllers.results import times

# Columns with an index take so many characters; teuthology's longest are a quarter of it.
Indexed = Annotated[str, Field(max_length=512)]
TagList = Annotated[list[Indexed], FailFast(), Field(max_length=100)]
MOST_NAMES = 10_000
MOST_NODES = 1_000_000
TEN_YEARS_S = 10 * 366 * 86400
# What the description says where the rule, with a message of its own, stands further in.
NAME: dict[str, Any] = {"type": "string", "minLength": 1}
Name = WithJsonSchema(NAME)
Object = WithJsonSchema({"type": ["object", "null"]})


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _whole(value: Any) -> Any:
    return math.floor(value + 0.5) if isinstance(value, float) else _number(value)


def _object(value: Any) -> Any:
    if value and not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


def _blank(value: Any) -> Any:
    return None if value == "" else value


Number = Annotated[int, BeforeValidator(_number)]


def _described(schema: dict[str, Any]) -> None:
    """Say in the description what the archive makes of further keys: it checks the status, and takes the rest as is."""
    further = {"status": {"enum": list(STATUSES)}} | {name: {} for name in (*documents.ANSWERED, *documents.KEPT)}
    schema["properties"] = further | schema["properties"]


def _described_node(schema: dict[str, Any]) -> None:
    schema["properties"]["name"], schema["required"] = NAME, ["name"]


def _described_new(schema: dict[str, Any]) -> None:
    _described(schema)
    schema["minProperties"] = 1


class Body(BaseModel):
    """What every body derives from: unknown keys are ignored, numbers do for text."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class JobReport(Body):
    """A job as runners report it; ``document`` has every key that was sent, under the archive's names."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True, json_schema_extra=_described)

    job_id: Annotated[str | None, BeforeValidator(_blank)] = None
    archive_path: str | None = None
    branch: Indexed | None = None
    comment: str | None = None
    description: str | None = None
    duration: Annotated[int | None, BeforeValidator(_whole)] = None
    email: str | None = None
    failure_reason: str | None = None
    flavor: Indexed | None = None
    issue_url: str | None = None
    last_in_suite: bool | None = None
    machine_type: Indexed | None = None
    mon_a_kernel_sha1: str | None = None
    mon_b_kernel_sha1: str | None = None
    name: str | None = None
    no_nested_subset: bool | None = None
    nuke_on_error: bool | None = None
    os_type: str | None = None
    os_version: str | None = None
    owner: str | None = None
    package_source: str | None = None
    pcp_grafana_url: str | None = None
    pid: str | None = None
    priority: Annotated[int, BeforeValidator(_number), Field(ge=-(2**31), lt=2**31)] | None = None
    queue: Indexed | None = None
    repo: str | None = None
    seed: Number | None = None
    sentry_event: str | None = None
    sha1: Indexed | None = None
    sleep_before_teardown: Number | None = None
    subset: str | None = None
    success: bool | None = None
    suite: Indexed | None = None
    suite_branch: str | None = None
    suite_path: str | None = None
    suite_relpath: str | None = None
    suite_repo: str | None = None
    suite_sha1: str | None = None
    targets: Annotated[Any, BeforeValidator(_object), Object] = None
    teuthology_branch: str | None = None
    teuthology_sha1: str | None = None
    timestamp: Annotated[str | None, BeforeValidator(times.normal)] = None
    updated: Annotated[datetime.datetime | None, BeforeValidator(times.read)] = None
    user: Indexed | None = None
    verbose: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _underscores(cls, value: Any) -> Any:
        """``os-type`` and ``mon.a_kernel_sha1`` are ``os_type`` and ``mon_a_kernel_sha1`` here; others stay as sent."""
        return {SPELLINGS.get(key, key): content for key, content in value.items()}

    def document(self) -> dict[str, Any]:
        """Return what was said, in checked types, for the archive."""
        extra = self.model_extra or {}
        return {**extra, **{name: getattr(self, name) for name in self.model_fields_set - extra.keys()}}

    def moment(self, zone: ZoneInfo) -> datetime.datetime | None:
        """Return ``updated`` as a moment; it is in the zone of the runners where it names none."""
        return times.aware(self.updated, zone) if self.updated else None


# ``os-type`` for ``os_type``, ``mon.a_kernel_sha1`` for ``mon_a_kernel_sha1``, and whatever mix of them.
SPELLINGS = {
    spelling: name
    for name in JobReport.model_fields
    for spelling in (name.replace("_", "-"), name.replace("_", ".", 1), name.replace("_", ".", 1).replace("_", "-"))
}


class NewJob(JobReport):
    """A first report; an empty one is none."""

    model_config = ConfigDict(json_schema_extra=_described_new)

    @model_validator(mode="before")
    @classmethod
    def _something(cls, value: Any) -> Any:
        if not value:
            raise ValueError("could not decode JSON body")
        return value


class NewRun(Body):
    """A run to create; a number is no name."""

    name: Annotated[StrictStr | None, BeforeValidator(_blank), Name]
    tags: TagList = []


class Tags(Body):
    """What a run is tagged with from now on."""

    tags: TagList


class NodeFields(Body):
    """What may be said of a machine, under the names of the wire."""

    arch: str | None = None
    description: str | None = None
    is_vm: bool | None = None
    locked: bool | None = None
    locked_by: Indexed | None = None
    locked_since: Annotated[datetime.datetime | None, BeforeValidator(times.utc)] = None
    mac_address: str | None = None
    machine_type: Indexed | None = None
    os_type: str | None = None
    os_version: str | None = None
    ssh_pub_key: str | None = None
    up: bool | None = None
    vm_host: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return what was said, under the lab's names."""
        said = {name: getattr(self, name) for name in self.model_fields_set if name in NodeFields.model_fields}
        if "mac_address" in said:
            said["mac"] = said.pop("mac_address")
        if said.get("is_vm", False) is None:
            said["is_vm"] = False
        if said.get("locked", False) is None:
            del said["locked"]
        return said


class NewNode(NodeFields):
    """A machine to register."""

    model_config = ConfigDict(json_schema_extra=_described_node)

    name: str = ""


class LockMany(Body):
    """How many machines of what kind somebody wants, all or none."""

    count: Annotated[int, BeforeValidator(_number), Field(json_schema_extra={"minimum": 1, "maximum": MOST_NODES})]
    locked_by: Annotated[Indexed | None, Name]
    machine_type: Annotated[str | None, Name]
    description: str | None
    os_type: str | None = None
    os_version: str | None = None
    arch: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, value: Any) -> Any:
        if not {"count", "locked_by", "machine_type", "description"} <= set(value):
            raise ValueError("must pass these fields: count, locked_by, machine_type, description")
        return value

    @model_validator(mode="after")
    def _possible(self) -> "LockMany":
        if self.count < 1:
            raise ValueError("cannot lock less than 1 node")
        if self.count > MOST_NODES:
            raise ValueError(f"cannot lock more than {MOST_NODES} nodes")
        if not self.machine_type:
            raise ValueError("must specify machine_type")
        if not self.locked_by:
            raise ValueError("Cannot lock without specifying locked_by")
        return self


class UnlockMany(Body):
    """Which machines their owner gives back."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    names: Annotated[list[str], FailFast(), Field(max_length=MOST_NAMES)]
    locked_by: str

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, value: Any) -> Any:
        if set(value) != {"names", "locked_by"}:
            raise ValueError("must pass these fields: names, locked_by")
        if not isinstance(value["names"], list):
            raise ValueError("'names' must be a list of node names")
        return value


class QueueName(Body):
    """Which queue."""

    queue: Annotated[Indexed, Field(min_length=1)]


class QueueFields(QueueName):
    """A queue, and what is to be said of its pause."""

    pause_duration: Annotated[float, BeforeValidator(_number), Field(ge=0, le=TEN_YEARS_S)] | None = None
    paused_by: Indexed | None = None
    paused_since: Annotated[datetime.datetime | None, BeforeValidator(times.utc)] = None
    paused_until: Annotated[datetime.datetime | None, BeforeValidator(times.utc)] = None

    def changes(self) -> dict[str, Any]:
        """Return what was said of the pause."""
        names = ("paused_by", "paused_since", "paused_until")
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}
