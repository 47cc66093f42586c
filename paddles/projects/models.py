"""The tables of projects, their triggers and their builds."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import JSONText, Model, counter, flag, id_, moment, text_, word

BUILD_STATUSES = ("queued", "running", "failing", "pass", "fail", "promoted")
# Of a job that is running: it puts its files away, it waits for tests that others report.
STAGES = ("", "uploading", "testing")
KINDS_OF_TRIGGER = ("simple", "git_poller", "github_pr", "gitlab_mr", "schedule")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN {words}", name=column)


class Project(Model):
    """A source of builds, which it numbers from 1.

    ``synchronous``: jobs of a build wait until those of all older ones have ended. ``allowed_tags``: None lets jobs
    ask for any machine.
    """

    __tablename__ = "projects"

    id: Mapped[id_]
    name: Mapped[text_]
    synchronous: Mapped[flag]
    allowed_tags: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    next_number: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    created: Mapped[moment]

    __table_args__ = (UniqueConstraint("name"),)


class Trigger(Model):
    """What starts builds of a project: where its definition lies, and the secrets that its builds get, sealed.

    ``due`` is when one of a schedule is to start the next build.
    """

    __tablename__ = "triggers"

    id: Mapped[id_]
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("projects.id", ondelete="CASCADE"))
    type: Mapped[text_]
    owner: Mapped[word]
    definition_repo: Mapped[word]
    definition_file: Mapped[word]
    priority: Mapped[counter]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    due: Mapped[moment | None]
    created: Mapped[moment]

    __table_args__ = (
        Index(None, "project_id", "type", "id"),
        Index(None, "type", "id"),
        Index("ix_triggers_due", "due", postgresql_where=text("due IS NOT NULL")),
        _one_of("type", KINDS_OF_TRIGGER),
    )


class GitRef(Model):
    """The commit at which a trigger last saw a ref of a repository; ``gone``: the ref is not there any more."""

    __tablename__ = "git_refs"

    trigger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    ref: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    sha: Mapped[text_]
    gone: Mapped[flag]
    seen: Mapped[moment]


class Poll(Model):
    """What is known of the repository where the definition of a trigger lies, which is looked at by and by.

    ``definition`` is that of the commit ``definition_sha``. ``fault`` is why the last look has not come to its end.
    """

    __tablename__ = "polls"

    trigger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True)
    next_try: Mapped[moment]
    polled: Mapped[moment | None]
    fault: Mapped[word]
    definition_sha: Mapped[word]
    definition: Mapped[bytes | None] = mapped_column(JSONText)


class Build(Model):
    """What a run is besides when it is a build of a project.

    Its row is the lock under which its jobs are added and ended. ``status`` follows from them (``projects.verdicts``)
    and is written by whoever moves one. ``definition`` is the project's, matrix expanded; ``sealed`` the secrets, which
    all of its jobs get, and ``secrets`` what they are called. ``frontend`` is where people look at its jobs. ``fired``:
    what its trigger is to start when it has passed was started. ``promoted_as`` is the name that it was given for good.
    """

    __tablename__ = "builds"

    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("projects.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(BigInteger)
    trigger_name: Mapped[word]
    trigger_type: Mapped[str] = mapped_column(Text(collation="C"), server_default="simple")
    reason: Mapped[str] = mapped_column(Text, server_default="")
    annotation: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[counter]
    status: Mapped[text_]
    promoted_as: Mapped[str | None] = mapped_column(Text(collation="C"))
    definition: Mapped[bytes] = mapped_column(JSONText)
    params: Mapped[bytes] = mapped_column(JSONText, server_default=text("'{}'"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    secrets: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    frontend: Mapped[str] = mapped_column(Text, server_default="")
    fired: Mapped[flag]

    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        UniqueConstraint("project_id", "promoted_as"),
        Index(None, "project_id", "status", "number"),
        Index(
            "ix_builds_open",
            "project_id",
            "number",
            postgresql_where=text("status IN ('queued', 'running', 'failing')"),
        ),
        _one_of("status", BUILD_STATUSES),
    )


class BuildJob(Model):
    """What a job of a build is besides: how far it is, and how long its log.

    ``run_name`` is what the definition calls it, in the runs of the trigger; ``sealed`` are secrets of its own.
    ``host_tag`` is what a machine must have. ``log_size`` is how many bytes of the log of the attempt ``log_of`` are
    known to be on the disk, ``log_received`` how many its holder says to have sent, ``log_held`` what may be the
    beginning of a secret and is not in it yet, of which ``log_covered`` bytes are the end of one. ``cancelled``: its
    end was asked for. ``verdict`` is what its holder reported while tests of it were still open. ``said`` is a note of
    the holder's that nobody reads.
    """

    __tablename__ = "build_jobs"

    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    run_name: Mapped[word]
    trigger_name: Mapped[word]
    trigger_type: Mapped[str] = mapped_column(Text(collation="C"), server_default="simple")
    host_tag: Mapped[word]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    stage: Mapped[word]
    cancelled: Mapped[flag]
    verdict: Mapped[str | None] = mapped_column(Text)
    log_of: Mapped[counter]
    log_size: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    log_received: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    log_held: Mapped[bytes] = mapped_column(LargeBinary, server_default=text("''"))
    log_covered: Mapped[counter]
    said: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (_one_of("stage", STAGES),)


class BuildChange(Model):
    """A build, or with ``job_id`` one of its jobs, took a status; ``machine`` is what a job was given to."""

    __tablename__ = "build_changes"

    id: Mapped[id_]
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("builds.run_id", ondelete="CASCADE"))
    job_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"))
    at: Mapped[moment]
    status: Mapped[text_]
    machine: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "run_id", "id"), Index(None, "job_id"))


class Link(Model):
    """A file of a job that lies elsewhere: of a build that was made elsewhere."""

    __tablename__ = "links"

    id: Mapped[id_]
    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"))
    path: Mapped[text_]
    url: Mapped[text_]
    size: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("job_id", "path"),)


class Offer(Model):
    """A change that a forge wants to be built, as its webhook has ``said``; ``run_id`` is the build that was made.

    When the forge has been told of that, the row is gone; what could not be built stays as ``dead``.
    """

    __tablename__ = "offers"

    id: Mapped[id_]
    trigger_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("triggers.id", ondelete="CASCADE"))
    forge: Mapped[text_]
    said: Mapped[bytes] = mapped_column(JSONText)
    run_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("builds.run_id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(Text(collation="C"), server_default="due")
    attempts: Mapped[counter]
    next_try: Mapped[moment]
    fault: Mapped[word]

    __table_args__ = (
        Index(None, "trigger_id"),
        Index(None, "run_id"),
        Index("ix_offers_due", "next_try", postgresql_where=text("status = 'due'")),
        CheckConstraint("status IN ('due', 'dead')", name="status"),
        _one_of("forge", ("github", "gitlab")),
    )


class Notice(Model):
    """An address is to be told that a build is over: ``body`` is what it is told, ``secret_name`` whose secret signs.

    Taken, the row is gone; given up, it is ``dead``.
    """

    __tablename__ = "notices"

    id: Mapped[id_]
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("builds.run_id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(Text)
    secret_name: Mapped[text_]
    body: Mapped[bytes] = mapped_column(JSONText)
    status: Mapped[str] = mapped_column(Text(collation="C"), server_default="due")
    attempts: Mapped[counter]
    next_try: Mapped[moment]
    fault: Mapped[word]

    __table_args__ = (
        Index(None, "run_id"),
        Index("ix_notices_due", "next_try", postgresql_where=text("status = 'due'")),
        CheckConstraint("status IN ('due', 'dead')", name="status"),
    )


class Surge(Model):
    """Machines kept for surges are given work of this tag since ``began``."""

    __tablename__ = "surges"

    tag: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    waiting: Mapped[int] = mapped_column(Integer)
    began: Mapped[moment]
