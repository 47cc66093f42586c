"""The tables of results over time: lineages of jobs, paths of tests, a mark for each result, and regressions."""

import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, counter, flag, id_, moment, text_, word

MARKS = ("pass", "fail")
STATES = ("open", "fixed")
# What tells one lineage from another; each is a column of ``kernel_boots``, too.
FACETS = ("tree", "branch", "arch", "board", "lab", "defconfig_full", "build_environment", "plan")


class Lineage(Model):
    """Jobs that do the same with one kernel after the other: those whose ``FACETS`` are the same.

    ``latest`` and ``latest_job_id`` are the moment and the job of the last that was judged, in the order of both. Who
    judges a job of a lineage locks its row.
    """

    __tablename__ = "lineages"

    id: Mapped[id_]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    tree: Mapped[word]
    branch: Mapped[word]
    arch: Mapped[word]
    board: Mapped[word]
    lab: Mapped[word]
    defconfig_full: Mapped[word]
    build_environment: Mapped[word]
    plan: Mapped[word]
    latest: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    latest_job_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("digest"),)


class Path(Model):
    """What is tested, whichever job does it: a suite and a case in it, or ``boot``, of none; ``digest`` is of both."""

    __tablename__ = "paths"

    id: Mapped[id_]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    suite: Mapped[text_]
    name: Mapped[text_]

    __table_args__ = (UniqueConstraint("digest"),)


class Mark(Model):
    """That a path passed or failed in a job, at the moment of the job; ``flip``: it did the other the time before.

    The time before is the mark of the path in its lineage that is next to it in the order of moments, then of jobs.
    Lineages and paths are for ever, so nothing has to check that they are there.
    """

    __tablename__ = "marks"

    job_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    path_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    lineage_id: Mapped[int] = mapped_column(BigInteger)
    happened: Mapped[moment]
    status: Mapped[text_]
    flip: Mapped[flag]

    __table_args__ = (
        Index(None, "lineage_id", "path_id", "happened", "job_id"),
        Index(None, "path_id", "happened", "job_id"),
        # All that turns are ranked by, so that they are without the marks themselves.
        Index(
            "ix_marks_flips",
            "happened",
            "path_id",
            postgresql_include=["lineage_id", "job_id", "status"],
            postgresql_where=text("flip"),
        ),
        CheckConstraint(f"status IN {MARKS}", name="status"),
    )


class Regression(Model):
    """A path of a lineage failed that had passed the time before, ``good``, and has failed from ``bad`` to ``last``.

    Open until it passes, ``fixed``. Of each of the four there is the job's number, the kernel and the moment; they stay
    when the job is gone. ``owner``, ``note`` and ``issue`` are what people say.
    """

    __tablename__ = "regressions"

    id: Mapped[id_]
    lineage_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lineages.id"))
    path_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("paths.id"))
    state: Mapped[text_]
    good_job_id: Mapped[int] = mapped_column(BigInteger)
    good_kernel: Mapped[word]
    good_commit: Mapped[word]
    good_at: Mapped[moment]
    bad_job_id: Mapped[int] = mapped_column(BigInteger)
    bad_kernel: Mapped[word]
    bad_commit: Mapped[word]
    bad_at: Mapped[moment]
    last_job_id: Mapped[int] = mapped_column(BigInteger)
    last_kernel: Mapped[word]
    last_at: Mapped[moment]
    fixed_job_id: Mapped[int | None] = mapped_column(BigInteger)
    fixed_kernel: Mapped[word]
    fixed_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    n_failures: Mapped[counter]
    owner: Mapped[word]
    note: Mapped[str] = mapped_column(Text, server_default="")
    issue: Mapped[word]

    __table_args__ = (
        Index("uq_regressions_open", "lineage_id", "path_id", unique=True, postgresql_where=text("state = 'open'")),
        Index(None, "lineage_id", "path_id", "bad_at"),
        Index(None, "path_id", "bad_at"),
        Index(None, "bad_at", "id"),
        Index("ix_regressions_fixed", "fixed_at", postgresql_where=text("fixed_at IS NOT NULL")),
        Index("ix_regressions_known_good", "good_job_id", postgresql_where=text("state = 'open'")),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'fixed') = (fixed_at IS NOT NULL)", name="fixed"),
    )
