"""How results go over time, added up in SQL: what passed, how long it took, how much ended, what broke.

What passed comes of the counters of runs, which are by the moment a run was scheduled; whatever is of single jobs comes
of the index ``ix_jobs_finished``, by the moment they finished. Tasks, which test nothing, are not looked at. A dead job
is trouble of the lab: it is counted, is part of no rate, and how long it took says nothing.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text

from paddles.db import limits
from paddles.db.session import Session
from paddles.listing import stretches
from paddles.listing.stretches import ORIGIN, Chart, Stretch

# What results can be told apart by: columns of runs.
KEYS = ("suite", "branch", "machine_type")
LIMIT_S = 10.0

# Binds the moments of a stretch; ``{at}`` is put into one of its steps.
_STEP = "date_bin(CAST(:step AS interval), {at}, CAST(:origin AS timestamptz))"
_WITHIN = "{at} >= CAST(:since AS timestamptz) AND {at} < CAST(:until AS timestamptz)"
WHICH = " AND ".join(
    f"(cardinality(CAST(:{name} AS text[])) = 0 OR runs.{column} = ANY (:{name}))"
    for name, column in zip(("suites", "branches", "machine_types"), KEYS, strict=True)
)
FINISHED = f"{_WITHIN.format(at='jobs.finished')} AND jobs.kind <> 'task' AND {WHICH}"
# The tasks of a service are a run, and that has nothing that a suite has.
_PASSES = f"""
    SELECT {{key}} AS key, {_STEP.format(at="runs.scheduled")} AS at, sum(n_pass) AS pass, sum(n_fail) AS fail,
        sum(n_dead) AS dead, sum(n_queued + n_waiting + n_running + n_unknown) AS open
    FROM runs WHERE {_WITHIN.format(at="runs.scheduled")} AND {WHICH}
        AND NOT (suite = '' AND COALESCE((SELECT kind FROM jobs WHERE run_id = runs.id LIMIT 1), '') = 'task')
    GROUP BY 1, 2"""
_DURATIONS = f"""
    SELECT key, at, n, shares[1] AS p50, shares[2] AS p95 FROM (
        SELECT {{key}} AS key, {_STEP.format(at="jobs.finished")} AS at, count(*) AS n,
            percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
                ORDER BY CAST(EXTRACT(epoch FROM jobs.finished - jobs.started) AS double precision)) AS shares
        FROM jobs JOIN runs ON runs.id = jobs.run_id
        WHERE {FINISHED} AND jobs.started IS NOT NULL AND jobs.status <> 'dead'
            AND (CAST(:description AS text) IS NULL OR jobs.description_id = (
                SELECT id FROM descriptions WHERE digest = sha256(convert_to(:description, 'UTF8'))))
        GROUP BY 1, 2) AS told"""
_ENDED = ", ".join(f"count(*) FILTER (WHERE jobs.status = '{each}') AS {each}" for each in ("pass", "fail", "dead"))
_THROUGHPUT = f"""
    SELECT {{key}} AS key, {_STEP.format(at="jobs.finished")} AS at, {_ENDED}
    FROM jobs JOIN runs ON runs.id = jobs.run_id WHERE {FINISHED} GROUP BY 1, 2"""


def _by(query: str) -> Mapping[str, TextClause]:
    """Return a query by what its series are of; with a blank word all are one series."""
    return {key: text(query.format(key=f"runs.{key}" if key else "CAST('' AS text)")) for key in ("", *KEYS)}


PASSES, DURATIONS, THROUGHPUT = _by(_PASSES), _by(_DURATIONS), _by(_THROUGHPUT)
REGRESSIONS = text(f"""
    SELECT '' AS key, at, CAST(sum(new) AS bigint) AS new, CAST(sum(fixed) AS bigint) AS fixed FROM (
        SELECT {_STEP.format(at="bad_at")} AS at, 1 AS new, 0 AS fixed FROM regressions
        WHERE {_WITHIN.format(at="bad_at")}
        UNION ALL
        SELECT {_STEP.format(at="fixed_at")}, 0, 1 FROM regressions WHERE {_WITHIN.format(at="fixed_at")}
    ) AS moved GROUP BY 2
""")


@dataclass(frozen=True)
class Which:
    """Of which runs: those of any of some suites, branches and machine types; empty is of all."""

    suites: Sequence[str] = ()
    branches: Sequence[str] = ()
    machine_types: Sequence[str] = ()

    @property
    def values(self) -> dict[str, list[str]]:
        """What statements are given."""
        return {name: list(said) for name, said in asdict(self).items()}


ALL = Which()


def bounds(stretch: Stretch) -> dict[str, Any]:
    """Return what statements are given of a stretch."""
    return {"since": stretch.since, "until": stretch.until, "step": stretch.length, "origin": ORIGIN}


def passes(session: Session, stretch: Stretch, which: Which = ALL, by: str = "") -> Chart:
    """Return how many jobs of runs ``pass``, ``fail``, ``dead`` and ``open``, and ``rate``: 0 to 1, None for neither.

    ``by``, one of ``KEYS``, is what series are of; blank: there is one.
    """
    rows = _rows(session, PASSES[by], stretch, which.values)
    counts = dict.fromkeys(("pass", "fail", "dead", "open"), 0)
    told = [(row.key, row.at, _rated({name: int(row._mapping[name]) for name in counts})) for row in rows]
    return _chart(stretch, told, _rated(counts), by)


def durations(
    session: Session, stretch: Stretch, which: Which = ALL, by: str = "suite", description: str | None = None
) -> Chart:
    """Return ``n``, how many jobs passed or failed, and ``p50`` and ``p95`` of the seconds they took, None for no job.

    With a description only of jobs that are called exactly so.
    """
    rows = _rows(session, DURATIONS[by], stretch, {**which.values, "description": description})
    return _chart(stretch, _told(rows, "n", "p50", "p95"), {"n": 0, "p50": None, "p95": None}, by)


def throughput(session: Session, stretch: Stretch, which: Which = ALL, by: str = "") -> Chart:
    """Return how many jobs finished with ``pass``, ``fail`` and ``dead``."""
    names = ("pass", "fail", "dead")
    rows = _rows(session, THROUGHPUT[by], stretch, which.values)
    return _chart(stretch, _told(rows, *names), dict.fromkeys(names, 0), by)


def regressions(session: Session, stretch: Stretch) -> Chart:
    """Return how many regressions are ``new`` and how many were ``fixed``, as one series."""
    rows = _rows(session, REGRESSIONS, stretch, {})
    return _chart(stretch, _told(rows, "new", "fixed"), {"new": 0, "fixed": 0}, "")


def _rows(session: Session, statement: TextClause, stretch: Stretch, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    bound = statement.bindparams(**bounds(stretch), **values)
    found: Sequence[Row[Any]] = limits.within(session, bound, LIMIT_S, sorts=True).all()
    return found


def _told(rows: Sequence[Row[Any]], *names: str) -> list[tuple[str, datetime.datetime, Mapping[str, Any]]]:
    return [(row.key or "", row.at, {name: row._mapping[name] for name in names}) for row in rows]


def _rated(counts: Mapping[str, int]) -> Mapping[str, Any]:
    decided = counts["pass"] + counts["fail"]
    return {**counts, "rate": round(counts["pass"] / decided, 4) if decided else None}


def _chart(stretch: Stretch, rows: Any, empty: Mapping[str, Any], by: str) -> Chart:
    return stretches.chart(stretch, rows, empty, keys=() if by else ("",))
