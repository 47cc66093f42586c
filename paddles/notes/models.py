"""The tables of what people write beside results."""

import datetime
from typing import Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from paddles.db.base import Model, id_, moment, text_, word

Kind = Literal["note", "issue", "pin", "quarantine"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What a note stands beside, and the column that says which.
COLUMNS = {
    "run": "run_id",
    "job": "job_id",
    "machine": "machine_id",
    "test": "path_id",
    "failure": "failure_id",
    "regression": "regression_id",
}
LONGEST_TEXT, LONGEST_LINE, LONGEST_URL, LONGEST_PATTERN = 4000, 200, 2000, 500


class Note(Model):
    """What somebody wrote beside one thing, until it is ``ended``; it goes with the thing.

    A ``pin`` puts a run first for the whole lab, a ``quarantine`` says that nobody is to rely on a test: a thing has
    one of these at a time. An ``issue`` has the address of it.
    """

    __tablename__ = "notes"

    id: Mapped[id_]
    kind: Mapped[text_]
    run_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("runs.id", ondelete="CASCADE"))
    job_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("jobs.id", ondelete="CASCADE"))
    machine_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("machines.id", ondelete="CASCADE"))
    path_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("paths.id", ondelete="CASCADE"))
    failure_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("failures.id", ondelete="CASCADE"))
    regression_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("regressions.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, server_default="")
    url: Mapped[word]
    author: Mapped[text_]
    at: Mapped[moment]
    ended: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[word]

    __table_args__ = (
        *(
            Index(None, column, "at", "id", postgresql_where=sql(f"{column} IS NOT NULL"))
            for column in COLUMNS.values()
        ),
        Index("uq_notes_pin", "run_id", unique=True, postgresql_where=sql("kind = 'pin' AND ended IS NULL")),
        Index(
            "uq_notes_quarantine",
            "path_id",
            unique=True,
            postgresql_where=sql("kind = 'quarantine' AND ended IS NULL"),
        ),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"num_nonnulls({', '.join(COLUMNS.values())}) = 1", name="subject"),
        CheckConstraint("kind <> 'pin' OR run_id IS NOT NULL", name="pin"),
        CheckConstraint("kind <> 'quarantine' OR path_id IS NOT NULL", name="quarantine"),
        CheckConstraint("(kind = 'issue') = (url <> '')", name="url"),
        CheckConstraint(f"length(text) <= {LONGEST_TEXT} AND length(url) <= {LONGEST_URL}", name="length"),
    )


class KnownIssue(Model):
    """That failures are known until it is ``ended``: those of one group, or whose text a ``pattern`` is found in."""

    __tablename__ = "known_issues"

    id: Mapped[id_]
    title: Mapped[text_]
    url: Mapped[word]
    pattern: Mapped[word]
    failure_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("failures.id", ondelete="CASCADE"))
    author: Mapped[text_]
    at: Mapped[moment]
    ended: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[word]

    __table_args__ = (
        Index(None, "failure_id", postgresql_where=sql("failure_id IS NOT NULL")),
        Index("ix_known_issues_live", "id", postgresql_where=sql("ended IS NULL")),
        CheckConstraint("(pattern = '') = (failure_id IS NOT NULL)", name="what"),
        CheckConstraint(
            f"length(title) BETWEEN 1 AND {LONGEST_LINE} AND length(url) <= {LONGEST_URL}"
            f" AND length(pattern) <= {LONGEST_PATTERN}",
            name="length",
        ),
    )
