"""What a node of each kind carries as its data. Pure.

Every member is optional, and members that are not named here are kept as they come. Source: the models of
kernelci-core (kernelci/api/models.py), whose clients read the data back through them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AnyUrl, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from paddles.errors import Invalid

KINDS = ("checkout", "kbuild", "job", "test", "regression", "process")
# What is in an index has to fit into it: PostgreSQL refuses entries of more than about 2,700 bytes.
INDEXED_BYTES = 600
ID_DIGITS = frozenset("0123456789abcdef")
ID_LENGTH = 24

CheckoutError = Literal["node_timeout", "git_checkout_failure"]
Error = Literal[
    "invalid_job_params",
    "submit_error",
    "node_timeout",
    "Infrastructure",
    "Canceled",
    "Job",
    "Bug",
    "Test",
    "Configuration",
    "LAVATimeout",
    "MultinodeTimeout",
    "ObjectNotPersisted",
    "Unexisting permission codename.",
    "job_generation_error",
    "kbuild_internal_error",
]


def _short(value: str) -> str:
    if len(value.encode()) > INDEXED_BYTES:
        raise ValueError(f"must have at most {INDEXED_BYTES} bytes")
    return value


def _id(value: str) -> str:
    if len(value) != ID_LENGTH or not ID_DIGITS.issuperset(value):
        raise ValueError("must be an id of 24 hexadecimal digits")
    return value


def _url(value: str) -> str:
    return str(_URL.validate_python(value))


_URL = TypeAdapter(AnyUrl)
Short = Annotated[str, AfterValidator(_short)]
NodeId = Annotated[str, AfterValidator(_id)]
Url = Annotated[str, AfterValidator(_url)]
Queue = Annotated[str, Field(min_length=1, max_length=512)]
JobKind = Literal["test", "boot", "task"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="allow")


class Version(_Data):
    """The version of a kernel; digits that come as text become numbers."""

    version: int
    patchlevel: int
    sublevel: int | None = None
    extra: str | None = None
    name: str | None = None


class Revision(_Data):
    """A revision of a kernel's sources."""

    tree: Short
    url: str
    branch: Short
    commit: Short
    describe: str | None = None
    version: Version | None = None
    patchset: str | None = None
    commit_tags: list[str] | None = None
    commit_message: str | None = None
    tip_of_branch: bool | None = None


class Process(_Data):
    """What every kind may carry."""

    kernel_revision: Revision | None = None


class Checkout(Process):
    """Sources fetched."""

    error_code: CheckoutError | None = None
    error_msg: str | None = None
    architecture_filter: list[str] | None = None


class _Failing(Process):
    error_code: Error | None = None
    error_msg: str | None = None
    arch: str | None = None
    defconfig: str | None = None
    config_full: str | None = None
    compiler: str | None = None
    platform: str | None = None


class _Executed(_Failing):
    runtime: str | None = None
    job_id: str | None = None
    job_context: str | None = None
    kernel_type: str | None = None
    regression: NodeId | None = None


class Kbuild(_Executed):
    """A kernel built."""

    fragments: list[str] | None = None


class Test(_Executed):
    """A test in a job."""

    test_source: Url | None = None
    test_revision: Revision | None = None
    device: str | None = None
    misc: dict[str, Any] | None = None


class Job(Test):
    """A job. One of the lab may stand behind it: ``job``, its document, waits in ``queue`` for who takes its kind."""

    queue: Queue | None = None
    job_kind: JobKind | None = None
    job: dict[str, Any] | None = None


class Regression(_Failing):
    """What passed once and fails now."""

    fail_node: NodeId | None = None
    pass_node: NodeId | None = None
    node_sequence: list[NodeId] | None = None
    failed_kernel_revision: Revision | None = None
    device: str | None = None


SCHEMAS: dict[str, type[Process]] = {
    "checkout": Checkout,
    "kbuild": Kbuild,
    "job": Job,
    "test": Test,
    "regression": Regression,
    "process": Process,
}


def check(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a node of ``kind``, with the numbers of versions as numbers, and nothing added or left out.

    Raises:
        Invalid: there is no such kind, or a member of the data cannot be what it is; the message names the member.
    """
    schema = SCHEMAS.get(kind)
    if schema is None:
        raise Invalid(f"Unsupported node kind: {kind[:100]}")
    try:
        return schema.model_validate(data).model_dump(exclude_unset=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Invalid("; ".join(map(_fault, found[:20]))) from None


def _fault(fault: Any) -> str:
    return f"{'.'.join(map(str, ('data', *fault['loc'])))}: {fault['msg']}"
