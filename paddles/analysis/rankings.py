"""What fails most and what takes longest: descriptions of jobs, and tests, of a stretch of time."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, TextClause, text

from paddles.analysis.trends import ALL, FINISHED, LIMIT_S, Which
from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.listing.stretches import Stretch

# What a ranking is by, the most first; what has none of that is not told of.
OF_DESCRIPTIONS = {"failing": "fail", "slowest": "p95"}
OF_TESTS = {"failing": "fail", "slowest": "mean"}
MOST = 100
_ENDED = """count(*) AS n, count(*) FILTER (WHERE status = 'pass') AS pass,
            count(*) FILTER (WHERE status IN ('fail', 'error')) AS fail,
            count(*) FILTER (WHERE status = 'dead') AS dead"""
_RANKED = """
    SELECT {name} AS name, n, pass, fail, dead, {times}, CASE WHEN pass + fail > 0 THEN
        CAST(round(CAST(pass AS numeric) / (pass + fail), 4) AS double precision) END AS rate
    FROM ({found}) AS told {more} WHERE {by} > 0 ORDER BY {by} DESC, 1 LIMIT :limit"""
_JOBS = f"""
        SELECT description_id, n, pass, fail, dead, shares[1] AS p50, shares[2] AS p95 FROM (
            SELECT description_id, {_ENDED}, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY took) AS shares
            FROM (
                SELECT jobs.description_id, jobs.status, CASE WHEN jobs.status <> 'dead' THEN
                    CAST(EXTRACT(epoch FROM jobs.finished - jobs.started) AS double precision) END AS took
                FROM jobs JOIN runs ON runs.id = jobs.run_id WHERE {FINISHED} AND jobs.description_id IS NOT NULL
            ) AS ended GROUP BY 1) AS counted"""
# Percentiles would sort all tests, of which there are far more than of jobs.
_TESTS = f"""
        SELECT name, {_ENDED}, avg(duration_s) AS mean, max(duration_s) AS longest FROM tests
        WHERE stored >= :since AND stored < :until GROUP BY 1"""
_NAMED = "JOIN descriptions ON descriptions.id = told.description_id"
DESCRIPTIONS = {
    order: text(_RANKED.format(name="descriptions.text", times="p50, p95", found=_JOBS, more=_NAMED, by=by))
    for order, by in OF_DESCRIPTIONS.items()
}
TESTS = {
    order: text(_RANKED.format(name="told.name", times="mean, longest", found=_TESTS, more="", by=by))
    for order, by in OF_TESTS.items()
}


def descriptions(
    session: Session, stretch: Stretch, order: str = "failing", which: Which = ALL, limit: int = 20
) -> Sequence[Row[Any]]:
    """Return which descriptions, of the jobs that finished, are the first in an order of ``OF_DESCRIPTIONS``.

    Rows have ``name``, the description; ``n``, how many jobs, of which ``pass``, ``fail`` and ``dead``; ``p50`` and
    ``p95`` of the seconds that those took which are not dead; ``rate``, 0 to 1, None where none passed or failed.

    Raises:
        Invalid: there is no such order.
    """
    return _ranked(session, DESCRIPTIONS, order, {**_bounds(stretch), **which.values, "limit": limit})


def suites(session: Session, stretch: Stretch, order: str = "failing", limit: int = 20) -> Sequence[Row[Any]]:
    """Return which tests, of those that were stored, are the first in an order of ``OF_TESTS``, by their names.

    Rows are as of :func:`descriptions`, but for ``mean`` and ``longest`` instead of the percentiles.
    """
    return _ranked(session, TESTS, order, {**_bounds(stretch), "limit": limit})


def _bounds(stretch: Stretch) -> dict[str, Any]:
    return {"since": stretch.since, "until": stretch.until}


def _ranked(
    session: Session, statements: Mapping[str, TextClause], order: str, values: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    if order not in statements:
        raise Invalid(f"order must be one of {', '.join(statements)}")
    found: Sequence[Row[Any]] = limits.within(
        session, statements[order].bindparams(**values), LIMIT_S, sorts=True
    ).all()
    return found
