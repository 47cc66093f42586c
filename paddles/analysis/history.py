"""The life of one test: when it passed and failed, and how often it turned."""

import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, text

from paddles.analysis.models import FACETS
from paddles.analysis.sources import BOOT, LINEAGE, MARK, RESULTS
from paddles.analysis.statements import KERNEL, NUMBERED
from paddles.archive.models import Case, Test
from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.listing import search
from paddles.listing.filters import Wanted
from paddles.listing.search import LIMIT_S, Asked, Part

CASE, TEST = Case.__table__, Test.__table__
DAYS = (7, 30, 90)
MOST_PLACES = 100
# What is shown of the first and the last result of a kind.
SHOWN = ("@timestamp", "kernel", "tree", "branch", "lab", "board", "href")
MOST_OF_STRIP, MOST_TIMED = 12, 500
# For each lineage by its index; the jobs of a strip are few.
STRIPS = text(f"""
    SELECT m.lineage_id, m.happened, m.status, runs.name AS run, jobs.key, {KERNEL} AS kernel
    FROM unnest(CAST(:lineages AS bigint[])) AS of_lineage (id)
    CROSS JOIN LATERAL (
        SELECT lineage_id, happened, status, job_id FROM marks
        WHERE lineage_id = of_lineage.id AND path_id = :path_id
        ORDER BY happened DESC, job_id DESC LIMIT :each) AS m
    LEFT JOIN jobs ON jobs.id = m.job_id LEFT JOIN runs ON runs.id = jobs.run_id
    LEFT JOIN kernel_boots AS b ON b.job_id = m.job_id
    ORDER BY m.lineage_id, m.happened, m.job_id
""")
ONE = text("SELECT id, suite, name FROM paths WHERE digest = :digest")


def path(session: Session, written: str) -> Row[Any]:
    """Return the path that is written so: ``id``, ``suite`` and ``name``.

    Raises:
        NotFound: nothing of that name ever passed or failed.
        Invalid: nothing can be called so.
    """
    if "\0" in written:
        raise Invalid("a NUL character cannot be stored, so nothing has one")
    plain = re.sub(NUMBERED, "", written)
    row = session.execute(ONE, {"digest": hashlib.sha256(plain.encode()).digest()}).first()
    if row is None:
        raise NotFound(f"no test {written} ever passed or failed: a test is called by its suite, a slash and its case")
    return row


def of(asked: Asked, path_id: int) -> Asked:
    """Return what is asked of results, of one path alone."""
    return replace(asked, wanted=[*asked.wanted, Wanted("path_id", "eq", (str(path_id),))])


def summary(session: Session, asked: Asked, now: datetime.datetime) -> Mapping[str, Any]:
    """Return what results come to, of those that are asked for.

    ``n_pass``, ``n_fail`` and ``flips``; ``rates`` for the last 7, 30 and 90 days: how many results there were, how
    many of them flips, and which part that is, None of none.

    Raises:
        Invalid: as ``search.page``.
    """
    passed, turned = MARK.c.status == "pass", MARK.c.flip
    columns = [func.count().filter(passed), func.count().filter(~passed), func.count().filter(turned)]
    for days in DAYS:
        recent = MARK.c.happened >= now - datetime.timedelta(days=days)
        columns += [func.count().filter(recent), func.count().filter(recent, turned)]
    query = select(*columns).select_from(RESULTS.table).where(*search.conditions(RESULTS, asked))
    counted = [int(number) for number in limits.within(session, query, LIMIT_S).one()]
    rates = {f"{days}d": _rate(*counted[3 + 2 * n : 5 + 2 * n]) for n, days in enumerate(DAYS)}
    return {"n_pass": counted[0], "n_fail": counted[1], "flips": counted[2], "rates": rates}


def places(session: Session, asked: Asked) -> Sequence[Mapping[str, Any]]:
    """Return the lineages that have results, of those that are asked for, the last to have one first, at most 100.

    Each has its number ``id``, its facets, ``n_pass``, ``n_fail``, ``flips``, the moments ``last_pass`` and
    ``last_fail``, and ``result``, the last one. Raises Invalid as ``search.page``.
    """
    at, passed, failed = MARK.c.happened, MARK.c.status == "pass", MARK.c.status == "fail"
    query = (
        select(LINEAGE.c.id, *(LINEAGE.c[name] for name in FACETS))
        .add_columns(func.count().filter(passed).label("n_pass"), func.count().filter(failed).label("n_fail"))
        .add_columns(func.count().filter(MARK.c.flip).label("flips"))
        .add_columns(func.max(at).filter(passed).label("last_pass"), func.max(at).filter(failed).label("last_fail"))
        .select_from(RESULTS.table)
        .where(*search.conditions(RESULTS, asked))
        .group_by(LINEAGE.c.id)
        .order_by(func.max(at).desc(), LINEAGE.c.id)
        .limit(MOST_PLACES)
    )
    return [{**row._mapping, "result": _last(row)} for row in limits.within(session, query, LIMIT_S)]


def strips(session: Session, path_id: int, lineages: Sequence[int]) -> Mapping[int, Sequence[Row[Any]]]:
    """Return the last 12 results of a path in each of some lineages, the newest last.

    Each has ``happened``, ``status``, ``kernel``, and the ``run`` and ``key`` of its job.
    """
    found: dict[int, list[Row[Any]]] = {}
    values = {"path_id": path_id, "lineages": list(lineages), "each": MOST_OF_STRIP}
    for row in session.execute(STRIPS, values):
        found.setdefault(row.lineage_id, []).append(row)
    return found


def durations(session: Session, asked: Asked, path: Row[Any]) -> Sequence[Row[Any]]:
    """Return how long a path took, by days, of its last 500 results that are asked for: of boots, and of cases.

    Each has ``day``, ``n``, and seconds: ``p50`` and ``p95``. What nobody timed is left out. Raises Invalid as
    ``search.page``.
    """
    recent = (
        select(MARK.c.job_id, MARK.c.happened, BOOT.c.duration_s)
        .select_from(RESULTS.table)
        .where(*search.conditions(RESULTS, asked))
        .order_by(MARK.c.happened.desc(), MARK.c.job_id.desc())
        .limit(MOST_TIMED)
        .subquery("recent")
    )
    took = recent.c.duration_s if path.suite == "" else _took(recent.c.job_id, path)
    day = func.date_trunc("day", recent.c.happened, "UTC").label("day")
    timed = select(day, took.label("took")).subquery("timed")
    middle, most = (func.percentile_cont(part).within_group(timed.c.took) for part in (0.5, 0.95))
    query = select(timed.c.day, func.count().label("n"), middle.label("p50"), most.label("p95"))
    query = query.where(timed.c.took.is_not(None)).group_by(timed.c.day).order_by(timed.c.day)
    found: Sequence[Row[Any]] = limits.within(session, query, LIMIT_S).all()
    return found


def _took(job_id: ColumnElement[Any], path: Row[Any]) -> ColumnElement[Any]:
    """Return how long the case of a path took in a job; a suite's name may have a number before it there."""
    suite = func.regexp_replace(TEST.c.name, NUMBERED, "")
    named = func.concat_ws("/", suite, func.nullif(CASE.c.context, ""), CASE.c.name) == f"{path.suite}/{path.name}"
    of_job = select(func.avg(CASE.c.duration_s)).join(TEST, TEST.c.id == CASE.c.test_id)
    # Of a job's suites only the one that is meant is looked into.
    found = of_job.where(TEST.c.job_id == job_id, suite == path.suite, named)
    return found.correlate_except(CASE, TEST).scalar_subquery()


def bounds(session: Session, asked: Asked) -> Mapping[str, Mapping[str, Any] | None]:
    """Return the first and the last pass and fail of those that are asked for, None where there is none."""
    return {
        f"{which}_{result}": _end(session, asked, result, sort)
        for result in ("pass", "fail")
        for which, sort in (("first", "@timestamp"), ("last", "-@timestamp"))
    }


def _end(session: Session, asked: Asked, result: str, sort: str) -> Mapping[str, Any] | None:
    wanted: Sequence[Wanted] = [*asked.wanted, Wanted("result", "eq", (result,))]
    one = replace(asked, wanted=wanted, sort=sort, names=SHOWN)
    return next(iter(search.page(session, RESULTS, one, Part(1)).rows), None)


def _last(row: Row[Any]) -> str:
    if row.last_pass is None or row.last_fail is None:
        return "fail" if row.last_pass is None else "pass"
    return "pass" if row.last_pass > row.last_fail else "fail"


def _rate(results: int, flips: int) -> Mapping[str, Any]:
    return {"results": results, "flips": flips, "rate": round(flips / results, 4) if results else None}
