"""Runs, jobs, and documents that were received, as sources of rows: what may be asked of each, under which names."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Double, Text, cast, column, exists, func, select, table

from paddles.archive import links
from paddles.archive.models import Content, Description, Failure, Job, JobMachine, Receipt, Run
from paddles.archive.status import FINISHED, KINDS, RECEIPTS, RUN_STATUSES, STATUSES
from paddles.listing.fields import MOMENT, NUMBER, TEXT, WORD, Field, Link, Source, Through, named

RUN, JOB = Run.__table__, Job.__table__
DESCRIPTION, FAILURE, TARGET = Description.__table__, Failure.__table__, JobMachine.__table__
# Of the lab, which comes after the archive.
MACHINE = table("machines", column("id"), column("name"))
QUEUE = table("queues", column("id"), column("name"))
# A run is said to have ended in a word of its jobs, too.
SPOKEN = {status: f"finished {status}" for status in FINISHED}
COUNTERS = tuple(f"n_{status}" for status in STATUSES)
TITLES = {"sha1": "SHA1", "key": "Job", "os_type": "OS", "os_version": "OS version"}


def _title(name: str) -> str:
    return TITLES.get(name, name.removeprefix("n_").replace("_", " ").capitalize())


def _of(source: Any, kind: str, names: Iterable[str]) -> list[Field]:
    return [Field(name, source.c[name], kind, _title(name)) for name in names]


def _seconds(source: Any, name: str) -> Field:
    took = cast(func.extract("epoch", source.c.finished - source.c.started), Double)
    return Field(name, took, NUMBER, _title(name))


def _first(name: str) -> ColumnElement[Any]:
    """Return what a run's first job says."""
    job = JOB.alias()
    return select(job.c[name]).where(job.c.run_id == RUN.c.id).order_by(job.c.key).limit(1).scalar_subquery()


def _of_jobs(name: str, plain: str) -> Field:
    """Return a field that shows what the first job of a run says, and finds the runs of which any job says it."""
    job = JOB.alias()

    def holds(found: ColumnElement[bool]) -> ColumnElement[bool]:
        return RUN.c.id.in_(select(job.c.run_id).where(found))

    return Field(name, _first(name), TEXT, _title(name), dear=True, through=Through(job.c[name], holds, plain))


def _tags() -> Field:
    tag = func.unnest(RUN.c.tags).table_valued(column("tag", Text)).render_derived()

    def holds(found: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(1).select_from(tag).where(found))

    return Field("tags", RUN.c.tags, TEXT, "Tags", dear=True, through=Through(tag.c.tag, holds))


_JOBS = sum((RUN.c[name] for name in COUNTERS[1:]), start=RUN.c[COUNTERS[0]])
_REPORTED = select(func.max(JOB.c.updated)).where(JOB.c.run_id == RUN.c.id).scalar_subquery()
RUNS = Source(
    "runs",
    RUN,
    named(
        Field("posted", RUN.c.posted, MOMENT, "Posted"),
        Field("name", RUN.c.name, TEXT, "Name"),
        Field("user", RUN.c.username, TEXT, "User"),
        *_of(RUN, TEXT, ("suite", "branch", "machine_type")),
        Field("status", RUN.c.status, TEXT, "Status", among=RUN_STATUSES, spoken=SPOKEN),
        _of_jobs("sha1", "prefix"),
        _of_jobs("flavor", "in"),
        Field("priority", _first("priority"), NUMBER, "Priority", dear=True),
        *_of(RUN, MOMENT, ("scheduled", "started", "finished")),
        Field("updated", _REPORTED, MOMENT, "Updated", dear=True),
        _seconds(RUN, "runtime"),
        Field("jobs", _JOBS, NUMBER, "Jobs"),
        *_of(RUN, NUMBER, COUNTERS),
        _tags(),
        also={"jobs": "jobs_count"},
    ),
    (
        *("name", "user", "status", "suite", "branch", "machine_type", "sha1", "flavor", "priority"),
        *("scheduled", "posted", "started", "finished", "runtime", "jobs", *COUNTERS, "tags", "href"),
    ),
    (RUN.c.id,),
    at="posted",
    within="scheduled",
    outcome="status",
    links={"href": Link("href", ("name",), links.of_run, "Run")},
)


def _machines() -> Field:
    ran = TARGET.join(MACHINE, MACHINE.c.id == TARGET.c.machine_id)
    names = select(func.array_agg(MACHINE.c.name)).select_from(ran).where(TARGET.c.job_id == JOB.c.id)

    def holds(found: ColumnElement[bool]) -> ColumnElement[bool]:
        return JOB.c.id.in_(select(TARGET.c.job_id).select_from(ran).where(found))

    return Field("machine", names.scalar_subquery(), TEXT, "Machine", dear=True, through=Through(MACHINE.c.name, holds))


def _named(name: str, rows: Any, refers: ColumnElement[Any], said: ColumnElement[Any], plain: str = "in") -> Field:
    """Return a field that another table has, which a job ``refers`` to."""
    shown = select(said).where(rows.c.id == refers).scalar_subquery()

    def holds(found: ColumnElement[bool]) -> ColumnElement[bool]:
        return refers.in_(select(rows.c.id).where(found))

    return Field(name, shown, TEXT, _title(name), dear=True, through=Through(said, holds, plain))


def _said(document: str, name: str) -> Field:
    """Return a field that is in a document of a job alone."""
    return Field(name, JOB.c[document].op("->>", return_type=Text)(name), TEXT, _title(name), dear=True)


# As ``links.group`` writes it.
_GROUP = func.lpad(func.to_hex(FAILURE.c.id), 16, "0")
JOBS = Source(
    "jobs",
    JOB.join(RUN, RUN.c.id == JOB.c.run_id),
    named(
        Field("posted", JOB.c.posted, MOMENT, "Posted"),
        Field("run", RUN.c.name, TEXT, "Run"),
        Field("key", JOB.c.key, TEXT, "Job"),
        Field("status", JOB.c.status, TEXT, "Status", among=STATUSES),
        *_of(JOB, NUMBER, ("id",)),
        *_of(JOB, TEXT, ("reason",)),
        _said("document", "failure_reason"),
        _named("failure", FAILURE, JOB.c.failure_id, FAILURE.c.text),
        _named("failure_id", FAILURE, JOB.c.failure_id, _GROUP),
        _named("description", DESCRIPTION, JOB.c.description_id, DESCRIPTION.c.text, "part"),
        _machines(),
        Field("user", JOB.c.username, TEXT, "User"),
        *_of(JOB, TEXT, ("branch", "suite", "sha1", "flavor", "machine_type")),
        _said("answer", "os_type"),
        _said("answer", "os_version"),
        *_of(JOB, MOMENT, ("started", "updated", "finished")),
        _seconds(JOB, "duration"),
        _named("queue", QUEUE, JOB.c.queue_id, QUEUE.c.name),
        *_of(JOB, NUMBER, ("priority", "attempt")),
        Field("kind", JOB.c.kind, WORD, "Kind", KINDS),
        also={"key": "job_id"},
    ),
    (
        *("run", "key", "status", "reason", "failure_reason", "description", "machine", "user", "branch", "suite"),
        *("sha1", "flavor", "machine_type", "os_type", "os_version", "posted", "started", "updated", "duration"),
        *("queue", "priority", "href"),
    ),
    (JOB.c.id,),
    at="posted",
    outcome="status",
    links={
        "href": Link("href", ("run", "key"), links.of_job, "Job"),
        "log_href": Link("log_href", ("run", "key"), links.of_log, "Log"),
    },
)


RECEIPT, CONTENT = Receipt.__table__, Content.__table__
_LOADED = JOB.alias()
_LOADED_RUN = RUN.alias()
DOCUMENTS = Source(
    "documents",
    RECEIPT.join(CONTENT, CONTENT.c.digest == RECEIPT.c.digest)
    .outerjoin(_LOADED, _LOADED.c.id == RECEIPT.c.job_id)
    .outerjoin(_LOADED_RUN, _LOADED_RUN.c.id == _LOADED.c.run_id),
    named(
        Field("id", RECEIPT.c.id, NUMBER, "Number"),
        Field("state", RECEIPT.c.state, WORD, "State", RECEIPTS),
        Field("kind", RECEIPT.c.source, TEXT, "Kind"),
        Field("lab", RECEIPT.c.origin, TEXT, "Lab"),
        *_of(RECEIPT, TEXT, ("reason",)),
        Field("size", CONTENT.c.size, NUMBER, "Size"),
        *_of(RECEIPT, MOMENT, ("received", "updated")),
        Field("sha256", func.encode(RECEIPT.c.digest, "hex"), TEXT, "SHA-256", dear=True),
        Field("run", _LOADED_RUN.c.name, TEXT, "Run"),
        Field("key", _LOADED.c.key, TEXT, "Job"),
        also={},
    ),
    ("id", "state", "kind", "lab", "reason", "size", "received", "updated", "sha256", "job", "href"),
    (RECEIPT.c.id,),
    at="received",
    lead=1,
    outcome="state",
    links={
        "href": Link("href", ("id",), links.of_document, "Document"),
        "job": Link("job", ("run", "key"), links.of_job, "Job"),
    },
)
