"""Which tests turn most often: cases in their lineages, and jobs of one description."""

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    tuple_,
)

from paddles.analysis.sources import ALSO, BOOT, LINEAGE, MARK, PATH, REGRESSION, RESULTS, facets, of_path, path
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


def ranking(kind: str, wanted: Sequence[Wanted], since: datetime.datetime, by: str = "flips") -> Source:
    """Return what has turned since then, of what is ``wanted``, as a source of rows: what turned most often first.

    A result that is neither pass nor fail is none: what was skipped has not turned. A retry is a pass behind a failure
    of the same kernel, or of a job of the same commit or run: nothing had changed. ``kind`` is ``case`` or ``job``, and
    what is ranked ``by`` retries had one at least.

    Raises:
        Invalid: as ``filters.conditions``.
    """
    conditions = filters.conditions(KINDS[kind], wanted)
    return _ranked((_cases if kind == "case" else _jobs)(conditions, since, by), kind, by)


class _Turned(NamedTuple):
    """What has turned; how many results there were of it, and how many retries, looked up where that is ``dear``."""

    rows: Subquery
    results: ColumnElement[Any]
    retries: ColumnElement[Any]
    dear: bool = False


def _cases(conditions: list[ColumnElement[bool]], since: datetime.datetime, by: str) -> _Turned:
    whole = MARK.join(PATH, PATH.c.id == MARK.c.path_id).join(LINEAGE, LINEAGE.c.id == MARK.c.lineage_id)
    # What nobody asks for need not be looked up for each mark.
    table = whole if conditions else MARK
    # Nor which of them are retries.
    behind, retries = _retries(table, since)
    dear = by != "retries"
    counts = _counted(MARK.c.happened, MARK.c.lineage_id)
    flips = (
        select(MARK.c.path_id, *counts, *(() if dear else (retries.label("retries"),)))
        .select_from(table if dear else behind)
        .where(MARK.c.flip, MARK.c.happened >= since, *conditions)
        .group_by(MARK.c.path_id)
        .subquery("flips")
    )
    turned = (
        select(flips, flips.c.path_id.label("id"), PATH.c.suite, PATH.c.name)
        .add_columns(path(PATH.c.suite, PATH.c.name).label("path"))
        .join(PATH, PATH.c.id == flips.c.path_id)
        .where(*(() if dear else (flips.c.retries > 0,)))
        .subquery("turned")
    )
    of_one = and_(MARK.c.path_id == turned.c.id, MARK.c.happened >= since, *conditions)
    results = select(func.count()).select_from(table).where(of_one).correlate(turned).scalar_subquery()
    retried = select(retries).select_from(behind).where(of_one, MARK.c.flip).correlate(turned).scalar_subquery()
    return _Turned(turned, results, retried if dear else turned.c.retries, dear)


def _retries(table: FromClause, since: datetime.datetime) -> tuple[FromClause, ColumnElement[int]]:
    """Return a table with marks, joined with the regressions that they fixed, and how many of them are retries.

    A regression knows the kernels of its last failure and of what fixed it. What passes behind failures that were none,
    since it had never passed before, is looked for among the marks.
    """
    fixed, before = REGRESSION.alias("fixed"), MARK.alias("before")
    own, other = BOOT.alias("own"), BOOT.alias("other")
    previous = (
        select(before.c.job_id)
        .where(before.c.lineage_id == MARK.c.lineage_id, before.c.path_id == MARK.c.path_id)
        .where(tuple_(before.c.happened, before.c.job_id) < tuple_(MARK.c.happened, MARK.c.job_id))
        .order_by(before.c.happened.desc(), before.c.job_id.desc())
        .limit(1)
        .correlate(MARK)
        .scalar_subquery()
    )
    both = own.join(other, other.c.job_id == previous)
    looked_up = select(_kernel(own) == func.nullif(_kernel(other), "")).select_from(both)
    looked_up = looked_up.where(own.c.job_id == MARK.c.job_id)
    known = fixed.c.last_kernel == func.nullif(fixed.c.fixed_kernel, "")
    joined = table.outerjoin(
        fixed,
        and_(
            fixed.c.fixed_job_id == MARK.c.job_id,
            fixed.c.path_id == MARK.c.path_id,
            fixed.c.lineage_id == MARK.c.lineage_id,
            fixed.c.fixed_at >= since,
        ),
    )
    same = case(
        (MARK.c.status == "fail", false()),
        (fixed.c.id.is_not(None), known),
        else_=looked_up.correlate(MARK).scalar_subquery(),
    )
    return joined, func.count().filter(same)


def _kernel(boot: FromClause) -> ColumnElement[str]:
    """Return what a boot calls its kernel, as ``statements.KERNEL``."""
    names = (func.nullif(boot.c.kernel, ""), func.nullif(boot.c.git_describe, ""), boot.c.git_commit)
    return func.coalesce(*names, "")


def _jobs(conditions: list[ColumnElement[bool]], since: datetime.datetime, by: str) -> _Turned:
    # Jobs that are executed elsewhere are told of by their cases.
    ended = and_(JOB.c.status.in_(("pass", "fail")), JOB.c.posted >= since, JOB.c.kind != "outside", *conditions)
    apart = func.concat_ws("/", *(func.coalesce(JOB.c[name], "") for name in APART))
    line: dict[str, Any] = {"partition_by": (JOB.c.description_id, apart), "order_by": (JOB.c.posted, JOB.c.id)}
    before, sha1, run_id = (func.lag(JOB.c[name]).over(**line) for name in ("status", "sha1", "run_id"))
    same = or_(run_id == JOB.c.run_id, sha1 == func.nullif(JOB.c.sha1, ""))
    steps = (
        select(JOB.c.description_id, JOB.c.suite, JOB.c.posted, apart.label("apart"))
        .add_columns((before != JOB.c.status).label("flip"), and_(JOB.c.status == "pass", same).label("same"))
        .where(JOB.c.description_id.is_not(None), ended)
        .subquery("steps")
    )
    retries = func.count().filter(steps.c.same)
    turned = (
        select(steps.c.description_id.label("id"), func.coalesce(func.max(steps.c.suite), "").label("suite"))
        .add_columns(DESCRIPTION.c.text.label("name"), DESCRIPTION.c.text.label("path"))
        .add_columns(*_counted(steps.c.posted, steps.c.apart), retries.label("retries"))
        .join(DESCRIPTION, DESCRIPTION.c.id == steps.c.description_id)
        .where(steps.c.flip)
        .group_by(steps.c.description_id, DESCRIPTION.c.text)
        .having(*((retries > 0,) if by == "retries" else ()))
        .subquery("turned")
    )
    results = select(func.count()).where(and_(JOB.c.description_id == turned.c.id, ended)).correlate(turned)
    return _Turned(turned, results.scalar_subquery(), turned.c.retries)


def _counted(at: ColumnElement[Any], sequence: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [
        func.count().label("flips"),
        func.count(sequence.distinct()).label("sequences"),
        func.max(at).label("last_flip"),
    ]


def _ranked(found: _Turned, kind: str, by: str) -> Source:
    """Return what has turned, the most recent first of what turned equally often."""
    turned = found.rows
    recent = cast(func.extract("epoch", turned.c.last_flip), BigInteger)
    return Source(
        "flaky",
        turned,
        named(
            Field("flips", turned.c.flips, NUMBER, "Flips"),
            Field("retries", found.retries, NUMBER, "Retries that passed", dear=found.dear),
            *(Field(name, turned.c[name], TEXT, name.capitalize()) for name in ("path", "suite", "name")),
            Field("sequences", turned.c.sequences, NUMBER, "Lineages"),
            Field("last_flip", turned.c.last_flip, MOMENT, "Last flip"),
            Field("results", found.results, NUMBER, "Results", dear=True),
            also={},
        ),
        USUAL if found.dear else (*USUAL, "retries"),
        (recent, turned.c.id),
        at=by,
        adds=True,
        links={
            "rate": Link("rate", ("flips", "results"), _rate, "Rate"),
            "kind": Link("kind", (), lambda _: kind, "Kind"),
            "href": Link("href", ("path",), lambda row: _life(row) if kind == "case" else None, "Test"),
        },
    )


def _life(row: Any) -> str:
    return f"/tests/{quote(row['path'])}"


def _rate(row: Any) -> Any:
    return round(row["flips"] / row["results"], 4) if row["results"] else None
