"""What the results face answers with: shapes for the description of the service, and for nothing else.

No answer passes through these models; the tests send requests and hold what comes back against them.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from paddles.archive import documents
from paddles.archive.status import RUN_STATUSES, STATUSES
from paddles.controllers.results.bodies import JobReport

Moment = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{6})?$",
        description="UTC",
        examples=["2026-01-31 23:59:59.000001"],
    ),
]
JobStatus = Annotated[str, Field(json_schema_extra={"enum": list(STATUSES)})]
RunStatus = Annotated[str, Field(json_schema_extra={"enum": list(RUN_STATUSES)})]
Tally = Annotated[int, Field(ge=0)]


class Answer(BaseModel):
    """What every answer derives from: it has these keys and no others."""

    model_config = ConfigDict(extra="forbid")


def _some(schema: dict[str, Any]) -> None:
    del schema["required"]


class Error(Answer):
    """Why not, in words; some clients compare how they end."""

    message: str


class Done(Answer):
    """Nothing more to say."""


class Sum(Answer):
    """Numbers of jobs: failed and dead ones are ``fail``, all that are not finished ``running``."""

    pass_: Tally = Field(alias="pass")
    running: Tally
    fail: Tally


class Summary(Answer):
    """A run or a job in the summary format."""

    href: str
    status: Annotated[str, Field(json_schema_extra={"enum": ["running", "finished"]})]
    results: Sum


class JobCounts(Answer):
    """How many jobs are in each status."""

    queued: Tally
    waiting: Tally
    running: Tally
    unknown: Tally
    pass_: Tally = Field(alias="pass")
    fail: Tally
    dead: Tally


class Results(JobCounts):
    """How many jobs of a run are in each status, and what its first job is of."""

    total: Tally
    sha1: str | None
    flavor: str | None


class Run(Answer):
    """A run."""

    name: str
    href: str
    user: str
    status: RunStatus
    results: Results
    jobs_count: Tally
    posted: Moment
    scheduled: Moment
    started: Moment | None
    updated: Moment | None
    branch: str
    suite: str
    machine_type: str
    sha1: str | None
    priority: int | None
    flavor: str | None
    tags: list[str]


class RunFields(Run):
    """Those keys of a run that ``fields`` named."""

    model_config = ConfigDict(json_schema_extra=_some)


class JobRow(Answer):
    """What is known of a job, whatever was reported."""

    job_id: str
    status: JobStatus
    posted: Moment
    started: Moment | None
    updated: Moment
    log_href: str | None


def _said(names: tuple[str, ...], default: Any = ...) -> dict[str, Any]:
    """Return keys of a job as they are reported; what a report may hold in any shape has any."""
    fields = JobReport.model_fields
    return {name: (fields[name].annotation if name in fields else Any, default) for name in names}


Job = create_model(
    "Job",
    __base__=JobRow,
    __doc__="A job: its row and what was reported, null where nothing was; the last three only when reported.",
    **_said(documents.ANSWERED),
    **_said(documents.ANSWERED_IF_SAID, None),
)


class JobFields(Job):
    """Those keys of a job that ``fields`` named; some are shown in no other way."""

    model_config = ConfigDict(json_schema_extra=_some)

    id: int
    href: str
    repo: Any
    sleep_before_teardown: int | None
    teuthology_sha1: Any
    issue_url: Any
    comment: Any


class RunWithJobs(Run):
    """A run and its jobs."""

    jobs: list[Job]


class RunWithJobsFields(RunWithJobs):
    """Those keys of a run that ``fields`` named, ``jobs`` among them."""

    model_config = ConfigDict(json_schema_extra=_some)


class JobCreated(Answer):
    """The id that was sent, as text, or one that was made."""

    job_id: str


class Host(Answer):
    """A machine; ``up`` is null while nobody said whether it works."""

    name: str
    description: str | None
    up: bool | None
    machine_type: str | None
    is_vm: bool
    os_type: str | None
    os_version: str | None
    arch: str | None
    locked: bool
    locked_since: Moment | None
    locked_by: str | None
    mac_address: str | None
    ssh_pub_key: str | None
    vm_host: None


class Node(Host):
    """A machine, with its host if it is a guest."""

    vm_host: Host | None  # type: ignore[assignment]


class Lock(Answer):
    """Who holds a machine now."""

    name: str
    locked: bool
    locked_by: str | None
    machine_type: str | None
    is_vm: bool


class Queue(Answer):
    """A queue."""

    queue: str
    paused: bool
    paused_by: str | None
    paused_since: Moment | None
    paused_until: Moment | None


class QueueCount(Answer):
    """A queue, and how many jobs wait in it; the rest is said of a paused one."""

    queue: str
    queued_jobs: Tally
    paused: bool
    paused_by: str | None = None
    paused_since: Moment | None = None
    paused_until: Moment | None = None


class SomeJobCounts(JobCounts):
    """How many jobs are in each status, without zeros."""

    model_config = ConfigDict(json_schema_extra=_some)


class Health(Answer):
    """The process answers."""

    status: Annotated[str, Field(json_schema_extra={"enum": ["ok"]})]
    version: str


class Readiness(Answer):
    """Requests can be served, by a schema at this migration."""

    status: Annotated[str, Field(json_schema_extra={"enum": ["ok"]})]
    migration: str


class Links(Answer):
    """Where things are."""

    runs: str
    jobs: str
    nodes: str
    queue: str


class Totals(JobCounts):
    """How much there is: runs, jobs, and jobs in each status."""

    runs: Tally
    jobs: Tally


class Service(Answer):
    """The service, and how much is in it."""

    name: str
    version: str
    links: Links
    counts: Totals


Runs = list[Run] | list[RunFields] | dict[str, Summary]
OneRun = RunWithJobs | RunWithJobsFields | dict[str, Summary]
Jobs = list[Job] | list[JobFields]
OneJob = Job | JobFields
