"""Which tests turn most often: cases in their lineages, and jobs of one description."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, cast, func, select

from paddles.analysis.sources import ALSO, LINEAGE, MARK, PATH, RESULTS, facets, of_path, path
from paddles.archive.models import Description, Job
from paddles.listing import filters
from paddles.listing.fields import MOMENT, NUMBER, TEXT, Field, Link, Source, named
from paddles.listing.filters import Wanted

JOB, DESCRIPTION = Job.__table__, Description.__table__
# By what jobs are found, and what tells one sequence of jobs of a description from another.
APART = ("branch", "machine_type", "flavor")
# By what cases are found, and jobs.
CASES = Source(
    "cases", RESULTS.table, named(*of_path(PATH), *facets(LINEAGE), also=ALSO), (), (MARK.c.job_id,), at="path"
)
JOBS = Source(
    "jobs",
    JOB,
    named(*(Field(name, JOB.c[name], TEXT, name.capitalize()) for name in ("suite", *APART)), also={}),
    (),
    (JOB.c.id,),
    at="suite",
)
KINDS = {"case": CASES, "job": JOBS}
USUAL = ("kind", "path", "suite", "name", "flips", "results", "rate", "sequences", "last_flip")


def ranking(kind: str, wanted: Sequence[Wanted], since: datetime.datetime) -> Source:
    """Return what has turned since then, of what is ``wanted``, as a source of rows: what turned most often first.

    A result that is neither pass nor fail is none: what was skipped has not turned. ``kind`` is ``case`` or ``job``.

    Raises:
        Invalid: as ``filters.conditions``.
    """
    conditions = filters.conditions(KINDS[kind], wanted)
    return _ranked(*(_cases(conditions, since) if kind == "case" else _jobs(conditions, since)), kind)


def _cases(conditions: list[ColumnElement[bool]], since: datetime.datetime) -> tuple[Subquery, ColumnElement[Any]]:
    whole = MARK.join(PATH, PATH.c.id == MARK.c.path_id).join(LINEAGE, LINEAGE.c.id == MARK.c.lineage_id)
    # What nobody asks for need not be looked up for each mark.
    table = whole if conditions else MARK
    flips = (
        select(MARK.c.path_id, *_counted(MARK.c.happened, MARK.c.lineage_id))
        .select_from(table)
        .where(MARK.c.flip, MARK.c.happened >= since, *conditions)
        .group_by(MARK.c.path_id)
        .subquery("flips")
    )
    turned = (
        select(flips, flips.c.path_id.label("id"), PATH.c.suite, PATH.c.name)
        .add_columns(path(PATH.c.suite, PATH.c.name).label("path"))
        .join(PATH, PATH.c.id == flips.c.path_id)
        .subquery("turned")
    )
    of_one = and_(MARK.c.path_id == turned.c.id, MARK.c.happened >= since, *conditions)
    return turned, select(func.count()).select_from(table).where(of_one).correlate(turned).scalar_subquery()


def _jobs(conditions: list[ColumnElement[bool]], since: datetime.datetime) -> tuple[Subquery, ColumnElement[Any]]:
    # Jobs that are executed elsewhere are told of by their cases.
    ended = and_(JOB.c.status.in_(("pass", "fail")), JOB.c.posted >= since, JOB.c.kind != "outside", *conditions)
    apart = func.concat_ws("/", *(func.coalesce(JOB.c[name], "") for name in APART))
    before = func.lag(JOB.c.status).over(partition_by=(JOB.c.description_id, apart), order_by=(JOB.c.posted, JOB.c.id))
    steps = (
        select(JOB.c.description_id, JOB.c.suite, JOB.c.posted, apart.label("apart"))
        .add_columns((before != JOB.c.status).label("flip"))
        .where(JOB.c.description_id.is_not(None), ended)
        .subquery("steps")
    )
    turned = (
        select(steps.c.description_id.label("id"), func.coalesce(func.max(steps.c.suite), "").label("suite"))
        .add_columns(DESCRIPTION.c.text.label("name"), DESCRIPTION.c.text.label("path"))
        .add_columns(*_counted(steps.c.posted, steps.c.apart))
        .join(DESCRIPTION, DESCRIPTION.c.id == steps.c.description_id)
        .where(steps.c.flip)
        .group_by(steps.c.description_id, DESCRIPTION.c.text)
        .subquery("turned")
    )
    of_one = and_(JOB.c.description_id == turned.c.id, ended)
    return turned, select(func.count()).where(of_one).correlate(turned).scalar_subquery()


def _counted(at: ColumnElement[Any], sequence: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [
        func.count().label("flips"),
        func.count(sequence.distinct()).label("sequences"),
        func.max(at).label("last_flip"),
    ]


def _ranked(turned: Subquery, results: ColumnElement[Any], kind: str) -> Source:
    """Return what has turned, the most recent first of what turned equally often."""
    recent = cast(func.extract("epoch", turned.c.last_flip), BigInteger)
    return Source(
        "flaky",
        turned,
        named(
            Field("flips", turned.c.flips, NUMBER, "Flips"),
            *(Field(name, turned.c[name], TEXT, name.capitalize()) for name in ("path", "suite", "name")),
            Field("sequences", turned.c.sequences, NUMBER, "Lineages"),
            Field("last_flip", turned.c.last_flip, MOMENT, "Last flip"),
            Field("results", results, NUMBER, "Results", dear=True),
            also={},
        ),
        USUAL,
        (recent, turned.c.id),
        at="flips",
        links={
            "rate": Link("rate", ("flips", "results"), _rate, "Rate"),
            "kind": Link("kind", (), lambda _: kind, "Kind"),
        },
    )


def _rate(row: Any) -> Any:
    return round(row["flips"] / row["results"], 4) if row["results"] else None
