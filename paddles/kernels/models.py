"""The tables of kernels: what was built, where it was booted, what its logs say, and documents that nobody reads."""

import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, counter, id_, moment, text_, word
from paddles.kernels.facts import BOOT_RESULTS, BUILD_RESULTS


class KernelBuild(Model):
    """A kernel that was built by a job, beside which this stands; of what nobody said, words are blank.

    ``created`` is when it was, else when it was first heard of, ``document`` all that was said of it, whichever fields
    that are.
    """

    __tablename__ = "kernel_builds"

    job_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tree: Mapped[word]
    branch: Mapped[word]
    kernel: Mapped[word]
    git_describe: Mapped[word]
    git_commit: Mapped[word]
    git_url: Mapped[word]
    arch: Mapped[word]
    defconfig: Mapped[word]
    defconfig_full: Mapped[word]
    build_environment: Mapped[word]
    result: Mapped[text_]
    errors: Mapped[int | None] = mapped_column(Integer)
    warnings: Mapped[int | None] = mapped_column(Integer)
    duration_s: Mapped[float | None] = mapped_column(Double)
    kernel_image_size: Mapped[int | None] = mapped_column(BigInteger)
    modules_size: Mapped[int | None] = mapped_column(BigInteger)
    vmlinux_bss_size: Mapped[int | None] = mapped_column(BigInteger)
    vmlinux_data_size: Mapped[int | None] = mapped_column(BigInteger)
    vmlinux_text_size: Mapped[int | None] = mapped_column(BigInteger)
    vmlinux_file_size: Mapped[int | None] = mapped_column(BigInteger)
    file_server_url: Mapped[word]
    file_server_resource: Mapped[word]
    created: Mapped[moment]
    updated: Mapped[moment]
    document: Mapped[dict[str, object]] = mapped_column(JSONB)

    __table_args__ = (
        Index(None, "created", "job_id"),
        Index(None, "tree", "branch", "kernel"),
        CheckConstraint(f"result IN {BUILD_RESULTS}", name="result"),
    )


class KernelBoot(Model):
    """A board of a lab that was to boot a kernel and to run a test plan, beside the job that did; words may be blank.

    ``board`` is the type of the board, ``device`` the one. The lab calls the job ``external_id``. ``happened`` is when
    it ended, else when it was last heard of. ``revision`` counts what was said of it, ``digest`` names the last
    document. ``details`` is what has no column, under the names of the document.
    """

    __tablename__ = "kernel_boots"

    job_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tree: Mapped[word]
    branch: Mapped[word]
    kernel: Mapped[word]
    git_describe: Mapped[word]
    git_commit: Mapped[word]
    arch: Mapped[word]
    defconfig: Mapped[word]
    defconfig_full: Mapped[word]
    build_environment: Mapped[word]
    lab: Mapped[word]
    board: Mapped[word]
    device: Mapped[word]
    mach: Mapped[word]
    endian: Mapped[word]
    plan: Mapped[word]
    external_id: Mapped[word]
    result: Mapped[text_]
    duration_s: Mapped[float | None] = mapped_column(Double)
    retries: Mapped[int | None] = mapped_column(Integer)
    warnings: Mapped[int | None] = mapped_column(Integer)
    priority: Mapped[int | None] = mapped_column(Integer)
    file_server_resource: Mapped[word]
    happened: Mapped[moment]
    ended: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    details: Mapped[dict[str, object]] = mapped_column(JSONB)

    __table_args__ = (
        Index(None, "happened", "job_id"),
        Index(None, "tree", "branch", "kernel"),
        Index(None, "lab", "board", "happened"),
        Index("uq_kernel_boots_external_id", "lab", "external_id", unique=True, postgresql_where="external_id <> ''"),
        CheckConstraint(f"result IN {BOOT_RESULTS}", name="result"),
    )


class KernelLog(Model):
    """The log of a job, whole and packed, in the file store as ``digest``, which one of the job's files names too.

    It is packed in parts of so many lines (``kernels.logs``) that can be unpacked each by itself: ``parts`` says where
    each begins. ``levels`` says how many lines there are of which level.
    """

    __tablename__ = "kernel_logs"

    job_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[counter]
    levels: Mapped[dict[str, object]] = mapped_column(JSONB)
    parts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class LogLine(Model):
    """A line of a job's log that people look for: which, from 1, when it was said, of which level it is, and what."""

    __tablename__ = "log_lines"

    job_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    level: Mapped[word]
    at: Mapped[moment]
    message: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(TSVECTOR, Computed("to_tsvector('simple'::regconfig, message)", persisted=True))

    __table_args__ = (
        Index(None, "at", "job_id", "line"),
        Index(None, "words", postgresql_using="gin"),
    )


class Refusal(Model):
    """A document that was refused when it came: of which kind, from which lab, how it begins, and why."""

    __tablename__ = "refusals"

    id: Mapped[id_]
    received: Mapped[moment]
    kind: Mapped[text_]
    lab: Mapped[word]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    username: Mapped[word]

    __table_args__ = (Index(None, "received", "id"),)
