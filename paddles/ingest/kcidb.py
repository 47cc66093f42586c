"""Documents of KCIDB: checkouts, builds and tests, as somebody submits them. Pure.

Understood are all schemas so far, 1 to 5 (``kcidb-io``). Issues and incidents are not looked at. Members that are not
named here are kept as they come.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from paddles import plain_json
from paddles.errors import Invalid
from paddles.ingest import kcidb_schemas

KINDS = ("checkout", "build", "test")
MOST_ENTRIES = 200_000
MOST_FAULTS = 5
DEEPEST = 100
# One of them is kept as a whole, and in an index by its id.
LARGEST_BYTES = 2**20
LONGEST_ID = 500
LONGEST_FAULT = 200
ID = re.compile(r"[a-z0-9_]+:[^\x00-\x1f\x7f]+")
STATUSES = ("FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP")
# Where what a test ran on may be called by name, the first that is there.
PLATFORM = ("platform", "board", "device_type")
LAB = ("lab", "lab_name", "runtime")


@dataclass(frozen=True)
class Entry:
    """What a document says of one thing.

    Attributes:
        kind: one of ``KINDS``.
        id: what the thing is called, everywhere and for ever; it begins with its origin.
        parent: the id of a build's checkout, or of a test's build; blank for a checkout.
        place: ``lab:platform`` where a test ran; blank where nothing is said of it.
        said: all that is said, as schema 5 has it, without nulls.
    """

    kind: str
    id: str
    parent: str
    place: str
    said: dict[str, Any]


def _id(value: str) -> str:
    if len(value) > LONGEST_ID or not ID.fullmatch(value):
        raise ValueError(f"must be like origin:id, with at most {LONGEST_ID} characters")
    return value


Id = Annotated[str, AfterValidator(_id)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    id: Id
    origin: str
    comment: str | None = None
    start_time: str | None = None
    log_url: str | None = None
    log_excerpt: str | None = None
    misc: dict[str, Any] | None = None


class _Outcome(_Said):
    status: Literal["FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP"] | None = None
    duration: Seconds | None = None


class _Checkout(_Said):
    tree_name: str | None = None
    git_repository_url: str | None = None
    git_repository_branch: str | None = None
    git_commit_hash: str | None = None
    git_commit_name: str | None = None
    valid: bool | None = None


class _Build(_Outcome):
    checkout_id: Id
    architecture: str | None = None
    config_name: str | None = None
    compiler: str | None = None


class _Environment(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    comment: str | None = None
    compatible: list[str] | None = None
    misc: dict[str, Any] | None = None


class _Number(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: str | None = None


class _Test(_Outcome):
    build_id: Id
    path: str | None = None
    environment: _Environment | None = None
    number: _Number | None = None
    waived: bool | None = None


MODELS: Mapping[str, type[_Said]] = {"checkout": _Checkout, "build": _Build, "test": _Test}
PARENTS = {"checkout": "", "build": "checkout_id", "test": "build_id"}


def parse(content: bytes, origin: str = "") -> list[Entry]:
    """Return what a document says, each thing once: of several that are called the same the last counts.

    Where an ``origin`` is given the document may speak for nobody else. NUL characters become replacement characters.

    Raises:
        Invalid: it is not JSON, of no schema that is understood, or too large; or something in it cannot be: the
            message says where, and what.
    """
    document = plain_json.object_(content)
    major = _major(document)
    found = {kind: document.get(kcidb_schemas.place(major, kind)) for kind in KINDS}
    entries: dict[tuple[str, str], Entry] = {}
    faults: list[str] = []
    for kind, things in found.items():
        if things is not None and not isinstance(things, list):
            raise Invalid(f"{kcidb_schemas.place(major, kind)}: must be a list")
        if len(entries) + len(things or ()) > MOST_ENTRIES:
            raise Invalid(f"a document speaks of at most {MOST_ENTRIES} things")
        for at, thing in enumerate(things or ()):
            try:
                said = kcidb_schemas.as_of_5(major, kind, thing) if isinstance(thing, dict) else thing
                entry = _entry(kind, said, origin)
                entries[kind, entry.id] = entry
            except Invalid as error:
                faults.append(f"{kcidb_schemas.place(major, kind)}.{at}: {error}")
            if len(faults) == MOST_FAULTS:
                raise Invalid("; ".join(faults))
    if faults:
        raise Invalid("; ".join(faults))
    return list(entries.values())


def _major(document: Mapping[str, Any]) -> int:
    said = document.get("version")
    major = said.get("major") if isinstance(said, dict) else said
    # Schema 1 says it as a text.
    found = {"1": 1, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5}.get(major) if isinstance(major, str | int) else None
    if found is None:
        raise Invalid(f"schemas 1 to 5 are understood, not {str(major)[:20]!r}")
    return found


def _entry(kind: str, thing: Any, origin: str) -> Entry:
    try:
        said = MODELS[kind].model_validate(thing)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_FAULTS]
        raise Invalid(", ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)) from None
    if not said.id.startswith(f"{said.origin}:"):
        raise Invalid(f"{said.id[:LONGEST_FAULT]!r} is not an id of the origin {said.origin[:LONGEST_FAULT]!r}")
    if origin not in ("", said.origin):
        raise Invalid(f"a token of {origin!r} does not speak for {said.origin[:LONGEST_FAULT]!r}")
    kept = {name: plain_json.storable(value, DEEPEST) for name, value in thing.items() if value is not None}
    if len(orjson.dumps(kept)) > LARGEST_BYTES:
        raise Invalid(f"it has more than {LARGEST_BYTES} bytes")
    place = _place(kept) if kind == "test" else ""
    return Entry(kind, said.id, str(kept.get(PARENTS[kind], "")), place, kept)


def _place(test: Mapping[str, Any]) -> str:
    environment = test.get("environment") or {}
    said = {**(test.get("misc") or {}), **(environment.get("misc") or {})}
    compatible = next(iter(environment.get("compatible") or ()), "")
    lab, platform = _first(said, LAB), _first(said, PLATFORM) or compatible
    # The colon between both is the only one.
    return f"{_part(lab)}:{_part(platform)}" if lab or platform else ""


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := said.get(name), str) and value), "")


def _part(name: str) -> str:
    return re.sub(r"[:\x00-\x1f\x7f]", "_", name[:100])
