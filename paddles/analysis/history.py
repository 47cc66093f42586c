"""The life of one test: when it passed and failed, and how often it turned."""

import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, func, select, text

from paddles.analysis.models import FACETS
from paddles.analysis.sources import LINEAGE, MARK, RESULTS
from paddles.analysis.statements import NUMBERED
from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.listing import search
from paddles.listing.filters import Wanted
from paddles.listing.search import LIMIT_S, Asked, Part

DAYS = (7, 30, 90)
MOST_PLACES = 100
# What is shown of the first and the last result of a kind.
SHOWN = ("@timestamp", "kernel", "tree", "branch", "lab", "board", "href")
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

    Each has its facets, ``n_pass``, ``n_fail``, ``flips``, the moments ``last_pass`` and ``last_fail``, and ``result``,
    the last one. Raises Invalid as ``search.page``.
    """
    at, passed, failed = MARK.c.happened, MARK.c.status == "pass", MARK.c.status == "fail"
    query = (
        select(*(LINEAGE.c[name] for name in FACETS))
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
