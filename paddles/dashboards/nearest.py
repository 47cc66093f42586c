"""What stands beside a name that nothing is called: that which was perhaps meant."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row, TextClause, text

from paddles.archive import links
from paddles.dashboards.finding import SHORTEST, Hit
from paddles.db import limits
from paddles.db.pages import prefix
from paddles.db.session import Session
from paddles.errors import Invalid

# So many are offered; of so many on either side of a name, which an index finds.
SHOWN, BESIDE = 6, 20
# From which likeness on, and how much of a long name is compared.
ALIKE, LONGEST = 0.6, 300
LIMIT_S = 0.5


@dataclass(frozen=True)
class _Kind:
    statement: TextClause
    hit: Callable[[Row[Any]], Hit]


def _beside(table: str, columns: str, name: str, only: str = "true") -> str:
    """Rows whose indexed name stands before or behind what was looked for, as it is written and in small letters."""
    sides = (("<", "DESC"), (">", ""))
    parts = [
        f"(SELECT {columns} FROM {table} WHERE {name} {sign} {value} AND {only} ORDER BY {name} {order} LIMIT {BESIDE})"
        for sign, order in sides
        for value in (":name", "lower(:name)")
    ]
    return " UNION ".join(parts)


def _named(table: str, address: str) -> _Kind:
    return _Kind(
        text(f"SELECT name FROM ({_beside(table, 'name', 'name')}) AS found"),
        lambda row: Hit(row.name, f"{address}{quote(row.name, safe='')}/"),
    )


_OF_RUN = "run_id = (SELECT id FROM runs WHERE name = :within)"
KINDS: Mapping[str, _Kind] = {
    "run": _Kind(
        text(f"SELECT name, status FROM ({_beside('runs', 'name, status', 'name')}) AS found"),
        lambda row: Hit(row.name, links.run(row.name), row.status),
    ),
    # A job of another run that is called so is meant before one of this run that is called otherwise.
    "job": _Kind(
        text(f"""
            SELECT key AS name, CAST(:within AS text) AS run, status
            FROM ({_beside("jobs", "key, status", "key", _OF_RUN)}) AS found
            UNION ALL SELECT * FROM (
                SELECT jobs.key, runs.name, jobs.status FROM jobs JOIN runs ON runs.id = jobs.run_id
                WHERE jobs.key = :name ORDER BY jobs.id DESC LIMIT {SHOWN}) AS elsewhere"""),
        lambda row: Hit(row.name, links.job(row.run, row.name), f"{row.status}, {row.run}"),
    ),
    "machine": _named("machines", "/nodes/"),
    "project": _named("projects", "/projects/"),
    # Paths of tests have an index of their parts alone: those are compared that have the first half in them.
    "test": _Kind(
        text(f"""
            SELECT CASE suite WHEN '' THEN name ELSE suite || '/' || name END AS name FROM paths
            WHERE (suite || '/' || name) ILIKE '%' || :half LIMIT {10 * BESIDE}"""),
        lambda row: Hit(row.name, f"/tests/{quote(row.name)}"),
    ),
}


def near(session: Session, kind: str, name: str, within: str = "") -> Sequence[Hit]:
    """Return what of a kind is called much like ``name``, the most alike first; of kinds that there are not, nothing.

    Kinds are those of ``KINDS``; ``within`` names the run of a job. It takes one statement, and no longer than
    ``LIMIT_S`` of the server: what cannot be said in time is not said.
    """
    known, name = KINDS.get(kind), name[:LONGEST]
    if known is None or (kind == "test" and len(name) < SHORTEST):
        return []
    half = name[: max(len(name) // 2, SHORTEST)]
    values = {"name": name, "within": within, "half": prefix(half)}
    asked = known.statement.compile().params
    bound = known.statement.bindparams(**{each: values[each] for each in asked})
    try:
        rows = limits.within(session, bound, LIMIT_S).all()
    except Invalid:
        return []
    return [known.hit(row) for row in _alike(rows, name)]


def _alike(rows: Iterable[Row[Any]], name: str) -> Sequence[Row[Any]]:
    scored = [(_likeness(row.name[:LONGEST], name), row) for row in rows]
    kept = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: (-pair[0], pair[1].name))
    return [row for _, row in kept[:SHOWN]]


def _likeness(one: str, other: str) -> float:
    """Return how alike names are, 0 to 1; one that goes on where the other ends is much like it."""
    one, other = one.lower(), other.lower()
    ratio = difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    begins = min(len(one), len(other)) >= SHORTEST and (one.startswith(other) or other.startswith(one))
    return max(ratio, ALIKE) if begins else ratio
