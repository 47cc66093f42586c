"""What machines that pull say of themselves on this face, and what is said of them."""

import datetime
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from sqlalchemy import Row

from paddles.errors import Invalid
from paddles.lab import pullers
from paddles.projects import links
from paddles.web import query

LARGEST = 2**63 - 1
FIGURE = re.compile(r"[0-9]{1,19}(\.[0-9]{0,9})?")


def _tags(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


def _checked(tags: list[str]) -> list[str]:
    try:
        return pullers.tags(tags)
    except Invalid as error:
        raise ValueError(str(error)) from None


def _size(said: Any) -> Any:
    """Take figures as clients print them: whole or not."""
    return int(float(said)) if isinstance(said, str) and FIGURE.fullmatch(said) else said


Word = Annotated[query.Text, Field(max_length=256)]
Tags = Annotated[list[str], BeforeValidator(_tags), AfterValidator(_checked)]
Amount = Annotated[int, Field(ge=0, le=LARGEST), BeforeValidator(_size)]
Places = Annotated[int, Field(ge=0, le=10_000), BeforeValidator(_size)]


class Changes(BaseModel):
    """What a machine may change of what is known of it; whatever else it says is not heard."""

    distro: Word | None = None
    mem_total: Amount | None = None
    cpu_total: Annotated[int, Field(ge=0, le=100_000), BeforeValidator(_size)] | None = None
    cpu_type: Word | None = None
    concurrent_runs: Places | None = None
    host_tags: Tags | None = None
    surges_only: bool | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What is said, under the names of the core."""
        given = self.model_dump(exclude_none=True)
        names = {"concurrent_runs": "concurrency", "host_tags": "tags"}
        return {names.get(name, name): given[name] for name in given if name in Changes.model_fields}


class NewWorker(Changes):
    """A machine that registers itself."""

    api_key: Annotated[str, Field(min_length=16, max_length=256)]
    distro: Word
    mem_total: Amount
    cpu_total: Annotated[int, Field(ge=0, le=100_000), BeforeValidator(_size)]
    cpu_type: Word
    concurrent_runs: Places
    host_tags: Tags
    surges_only: bool = False


class CheckIn(query.Query):
    """How a machine is that asks for work; what it does not say is taken for nothing."""

    available_runners: Places = 0
    mem_free: Amount = 0
    disk_free: Amount = 0
    load_avg_1: Annotated[float, Field(ge=0, le=1e9)] = 0
    load_avg_5: Annotated[float, Field(ge=0, le=1e9)] = 0
    load_avg_15: Annotated[float, Field(ge=0, le=1e9)] = 0


class Event(BaseModel):
    """Something that happened on a machine."""

    title: Annotated[query.Text, Field(max_length=10_000)]
    msg: Annotated[query.Text, Field(max_length=1_000_000)] = ""
    type: Word = "info"


class Folders(BaseModel):
    """The folders of volumes that a machine has."""

    directories: Annotated[list[str], Field(max_length=10_000)]


def worker(machine: Row[Any], base: str, now: datetime.datetime) -> dict[str, Any]:
    """Return what is said of a machine that pulls."""
    return {
        "name": machine.name,
        "url": f"{base}{links.puller(machine.name)}",
        "distro": machine.distro,
        "mem_total": machine.mem_total,
        "cpu_total": machine.cpu_total,
        "cpu_type": machine.cpu_type,
        "enlisted": machine.enlisted,
        "concurrent_runs": machine.concurrency,
        "host_tags": machine.tags,
        "online": pullers.online(machine, now),
        "surges_only": machine.surges_only,
    }
