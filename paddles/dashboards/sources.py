"""What dashboards show: kernels' rows, regressions, runs, jobs, machines and queued jobs, each with its fields."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sqlalchemy import Text, func

from paddles.analysis.sources import REGRESSIONS
from paddles.archive.models import Job, Run
from paddles.archive.status import KINDS, RUN_STATUSES, STATUSES
from paddles.kernels import sources as kernels
from paddles.kernels.links import HREF
from paddles.lab.models import Machine, Queue
from paddles.listing.fields import MOMENT, NUMBER, TEXT, WORD, Field, Link, Source, named

RUN, JOB, MACHINE, QUEUE = Run.__table__, Job.__table__, Machine.__table__, Queue.__table__


def _texts(table: Any, names: str) -> list[Field]:
    return [Field(name, table.c[name], TEXT, name.replace("_", " ").capitalize()) for name in names.split()]


def _moments(table: Any, names: str) -> list[Field]:
    return [Field(name, table.c[name], MOMENT, name.capitalize()) for name in names.split()]


def _seconds(begin: Any, end: Any, name: str) -> Field:
    return Field(name, func.extract("epoch", end - begin), NUMBER, name.capitalize())


RUNS = Source(
    "runs",
    RUN,
    named(
        Field("@timestamp", RUN.c.posted, MOMENT, "Time"),
        *_texts(RUN, "name suite branch machine_type"),
        Field("user", RUN.c.username, TEXT, "User"),
        Field("status", RUN.c.status, WORD, "Status", RUN_STATUSES),
        *_moments(RUN, "posted scheduled started finished"),
        *(Field(status, RUN.c[f"n_{status}"], NUMBER, status.capitalize()) for status in STATUSES),
        _seconds(RUN.c.started, RUN.c.finished, "duration"),
        also={},
    ),
    ("@timestamp", "name", "status", "user", "suite", "branch", "machine_type", "href"),
    (RUN.c.id,),
    outcome="status",
    links={"href": Link("href", ("name",), lambda row: f"/runs/{quote(row['name'], safe='')}/", "Run")},
)
_JOBS = JOB.join(RUN, RUN.c.id == JOB.c.run_id)
_OF_JOB = (
    Field("@timestamp", JOB.c.posted, MOMENT, "Time"),
    Field("run", RUN.c.name, TEXT, "Run"),
    Field("key", JOB.c.key, TEXT, "Job"),
    Field("job_id", JOB.c.key, TEXT, "Job"),
    Field("status", JOB.c.status, WORD, "Status", STATUSES),
    Field("kind", JOB.c.kind, WORD, "Kind", KINDS),
    Field("user", JOB.c.username, TEXT, "User"),
    *_texts(JOB, "reason suite branch sha1 flavor machine_type"),
    *_moments(JOB, "posted started updated finished"),
    Field("priority", JOB.c.priority, NUMBER, "Priority"),
    _seconds(JOB.c.started, JOB.c.finished, "duration"),
)
JOBS = Source(
    "jobs",
    _JOBS,
    named(*_OF_JOB, also={}),
    ("@timestamp", "run", "job_id", "status", "suite", "branch", "machine_type", "user", "href"),
    (JOB.c.id,),
    outcome="status",
    links={"href": HREF},
)
QUEUED = Source(
    "queue",
    _JOBS.outerjoin(QUEUE, QUEUE.c.id == JOB.c.queue_id),
    named(
        *_OF_JOB,
        Field("queue", QUEUE.c.name, TEXT, "Queue"),
        replace(_seconds(JOB.c.posted, func.now(), "waited"), moves=True),
        also={},
    ),
    ("@timestamp", "queue", "run", "job_id", "priority", "machine_type", "user", "href"),
    (JOB.c.id,),
    outcome="status",
    links={"href": HREF},
    only=(JOB.c.status == "queued",),
)
NODES = Source(
    "nodes",
    MACHINE,
    named(
        Field("@timestamp", func.coalesce(MACHINE.c.checked_in, MACHINE.c.locked_since), MOMENT, "Time"),
        *_texts(MACHINE, "name machine_type arch os_type os_version locked_by description"),
        Field("up", func.coalesce(MACHINE.c.up.cast(Text), ""), WORD, "Up", ("true", "false", "")),
        Field("locked", MACHINE.c.locked.cast(Text), WORD, "Locked", ("true", "false")),
        Field("is_vm", MACHINE.c.is_vm.cast(Text), WORD, "Virtual", ("true", "false")),
        *_moments(MACHINE, "locked_since checked_in"),
        also={},
    ),
    ("name", "machine_type", "up", "locked", "locked_by", "locked_since", "href"),
    (MACHINE.c.id,),
    lead=0,
    links={"href": Link("href", ("name",), lambda row: f"/nodes/{quote(row['name'], safe='')}/", "Machine")},
    timeless=True,
)
SOURCES = {**kernels.SOURCES, **{source.name: source for source in (RUNS, JOBS, QUEUED, NODES, REGRESSIONS)}}
