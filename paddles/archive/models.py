"""The tables of runs, their jobs, and what these left behind: tests, cases and files."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from paddles.archive.status import FINISHED, KINDS, OUTCOMES, RECEIPTS, RUN_STATUS, STATUSES, TEST_STATUSES
from paddles.db.base import JSONText, Model, counter, flag, id_, moment, text_, word


class Run(Model):
    """A named set of jobs. Its counters move with its jobs (``db.tally``) and its status follows from them."""

    __tablename__ = "runs"

    id: Mapped[id_]
    name: Mapped[text_]
    username: Mapped[word]
    suite: Mapped[word]
    branch: Mapped[word]
    machine_type: Mapped[word]
    scheduled: Mapped[moment]
    posted: Mapped[moment]
    started: Mapped[moment | None]
    finished: Mapped[moment | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    n_queued: Mapped[counter]
    n_waiting: Mapped[counter]
    n_running: Mapped[counter]
    n_unknown: Mapped[counter]
    n_pass: Mapped[counter]
    n_fail: Mapped[counter]
    n_dead: Mapped[counter]
    status: Mapped[str] = mapped_column(Text(collation="C"), Computed(RUN_STATUS, persisted=True))

    __table_args__ = (
        UniqueConstraint("name"),
        Index(None, "posted", "id"),
        Index(None, "scheduled", "id"),
        Index(None, "branch", "scheduled"),
        Index(None, "suite", "scheduled"),
        Index(None, "username", "scheduled"),
        Index(None, "machine_type", "scheduled"),
        Index(None, "status", "scheduled"),
        Index("ix_runs_open", "scheduled", postgresql_where=text("finished IS NULL")),
        # Counters change far more often than what is indexed: room on the page keeps such updates off the indices.
        {"postgresql_with": {"fillfactor": 70}},
    )


class Description(Model):
    """What jobs of the same kind are called; one row however many jobs carry it, so that it is searched once."""

    __tablename__ = "descriptions"

    id: Mapped[id_]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[text_]

    __table_args__ = (UniqueConstraint("digest"),)


class Failure(Model):
    """What failures of one kind have in common (``reasons.alike``); its id is made from that, and the same everywhere.

    Jobs name it without a foreign key: it is written with the first of them, and never deleted.
    """

    __tablename__ = "failures"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    text: Mapped[text_]


class Job(Model):
    """One unit of work of a run; ``key`` is its id on the wire, unique in the run.

    ``document`` is all that was ever reported, ``answer`` the part of it that an archive's reader is shown, ready made.
    ``kind`` says who can execute it (``status.KINDS``), ``leased`` that a live lease is on it (``lab.leases``),
    ``held_by`` who keeps it from being handed out while it is waiting (``orders.holding``), ``failure_id`` which
    others failed for such a reason as it gave (``archive.failures``).
    """

    __tablename__ = "jobs"

    id: Mapped[id_]
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("runs.id", ondelete="CASCADE"))
    key: Mapped[text_]
    kind: Mapped[str] = mapped_column(Text(collation="C"), server_default="test")
    status: Mapped[text_]
    reason: Mapped[str | None] = mapped_column(Text)
    queue_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("queues.id"))
    leased: Mapped[flag]
    held_by: Mapped[str | None] = mapped_column(Text(collation="C"))
    priority: Mapped[int | None] = mapped_column(Integer)
    attempt: Mapped[counter]
    username: Mapped[str | None] = mapped_column(Text(collation="C"))
    branch: Mapped[str | None] = mapped_column(Text(collation="C"))
    sha1: Mapped[str | None] = mapped_column(Text(collation="C"))
    suite: Mapped[str | None] = mapped_column(Text(collation="C"))
    flavor: Mapped[str | None] = mapped_column(Text(collation="C"))
    machine_type: Mapped[str | None] = mapped_column(Text(collation="C"))
    description_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("descriptions.id"))
    failure_id: Mapped[int | None] = mapped_column(BigInteger)
    posted: Mapped[moment]
    started: Mapped[moment | None]
    updated: Mapped[moment]
    finished: Mapped[moment | None]
    document: Mapped[bytes] = mapped_column(JSONText)
    answer: Mapped[bytes] = mapped_column(JSONText)

    __table_args__ = (
        UniqueConstraint("run_id", "key"),
        Index(None, "run_id", "updated"),
        Index(None, "key"),
        Index(None, "posted", "id"),
        Index(None, "status", "posted"),
        Index(None, "branch", "posted"),
        Index(None, "username", "posted"),
        Index(None, "description_id", "posted"),
        Index(None, "failure_id", "posted", postgresql_where=text("failure_id IS NOT NULL")),
        Index(None, "sha1", "run_id"),
        Index(None, "flavor", "run_id"),
        Index("ix_jobs_open", "updated", postgresql_where=text("finished IS NULL")),
        # All that figures of a stretch of time are made of, so that they are read without the jobs themselves.
        Index(
            "ix_jobs_finished",
            "finished",
            postgresql_include=["id", "run_id", "kind", "status", "description_id", "queue_id", "posted", "started"],
            postgresql_where=text("finished IS NOT NULL"),
        ),
        Index(
            "ix_jobs_ready_by_kind",
            "queue_id",
            "leased",
            "kind",
            "priority",
            "run_id",
            "id",
            postgresql_where=text("status = 'queued'"),
        ),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint(f"(finished IS NOT NULL) = (status IN {FINISHED})", name="finished"),
    )


class JobMachine(Model):
    """A job ran, or runs, on a machine."""

    __tablename__ = "job_machines"

    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    machine_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("machines.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index(None, "machine_id", "job_id"),)


class Test(Model):
    """A named part of a job's results, read from a document: a suite. Its counters move with its cases (``db.tally``).

    ``status`` is what the document makes of it, ``context`` the format of that, ``faults`` what is wrong with it. Of
    several of one name in a job ``nth`` tells which it is.
    """

    __tablename__ = "tests"

    id: Mapped[id_]
    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"))
    name: Mapped[text_]
    nth: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    context: Mapped[word]
    status: Mapped[text_]
    faults: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    duration_s: Mapped[float | None] = mapped_column(Double)
    stored: Mapped[moment]
    n_pass: Mapped[counter]
    n_fail: Mapped[counter]
    n_error: Mapped[counter]
    n_skip: Mapped[counter]
    n_unknown: Mapped[counter]

    __table_args__ = (
        UniqueConstraint("job_id", "name", "nth"),
        Index(None, "stored", postgresql_include=["name", "status", "duration_s"]),
        CheckConstraint(f"status IN {TEST_STATUSES}", name="status"),
    )


class Case(Model):
    """One check in a test. Names need not be different: cases are told by their order, which is that of their ids.

    ``context`` is what whoever reported it says besides. ``line`` is the line of the job's log, from 1, that tells of
    it, ``logged`` when that was said, ``level`` at which step of the job.
    """

    __tablename__ = "cases"

    id: Mapped[id_]
    test_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tests.id", ondelete="CASCADE"))
    name: Mapped[text_]
    status: Mapped[text_]
    context: Mapped[str] = mapped_column(Text, server_default="")
    waived: Mapped[flag]
    output: Mapped[str] = mapped_column(Text, server_default="")
    measurement: Mapped[float | None] = mapped_column(Double)
    units: Mapped[str] = mapped_column(Text, server_default="")
    duration_s: Mapped[float | None] = mapped_column(Double)
    level: Mapped[str] = mapped_column(Text, server_default="")
    line: Mapped[int | None] = mapped_column(Integer)
    logged: Mapped[moment | None]

    __table_args__ = (
        Index(None, "test_id", "id"),
        CheckConstraint(f"status IN {OUTCOMES}", name="status"),
    )


class Content(Model):
    """What is in files, called by its SHA-256. It lies in the file store, or is about to, since ``stored``."""

    __tablename__ = "contents"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    stored: Mapped[moment]


class File(Model):
    """A file that a job left behind, ``path`` below its result root."""

    __tablename__ = "files"

    id: Mapped[id_]
    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"))
    path: Mapped[text_]
    digest: Mapped[bytes] = mapped_column(LargeBinary, ForeignKey("contents.digest"))
    stored: Mapped[moment]

    __table_args__ = (UniqueConstraint("job_id", "path"), Index(None, "digest"))


class Receipt(Model):
    """A document that somebody sent: its bytes are a content, ``external_id`` is what ``source`` calls it.

    ``state`` is how far it was read (``status.RECEIPTS``), ``reason`` why it cannot be, ``origin`` whom it may speak
    for, blank for anybody. One that became a job names it.
    """

    __tablename__ = "receipts"

    id: Mapped[id_]
    source: Mapped[text_]
    external_id: Mapped[text_]
    digest: Mapped[bytes] = mapped_column(LargeBinary, ForeignKey("contents.digest"))
    origin: Mapped[word]
    username: Mapped[word]
    state: Mapped[text_]
    reason: Mapped[str] = mapped_column(Text, server_default="")
    attempt: Mapped[counter]
    received: Mapped[moment]
    updated: Mapped[moment]
    job_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="SET NULL"))

    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_receipts_open", "id", postgresql_where=text("state IN ('ready', 'taken')")),
        Index(None, "digest"),
        Index(None, "job_id", postgresql_where=text("job_id IS NOT NULL")),
        Index(None, "received"),
        Index("ix_receipts_failed", "received", "id", postgresql_where=text("state = 'failed'")),
        CheckConstraint(f"state IN {RECEIPTS}", name="state"),
    )
