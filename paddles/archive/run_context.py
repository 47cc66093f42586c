"""What stands around a run: those of its suite and branch before and after it, and how long runs of its suite take."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session

# Of so many of the last runs of a suite that have ended the middle one says how long one takes.
LAST = 20
CONTEXT = hot(
    f"""
    SELECT
        (SELECT name FROM runs
            WHERE suite = :suite AND branch = :branch AND suite <> '' AND (scheduled, id) < (:scheduled, :id)
            ORDER BY scheduled DESC, id DESC LIMIT 1) AS before,
        (SELECT name FROM runs
            WHERE suite = :suite AND branch = :branch AND suite <> '' AND (scheduled, id) > (:scheduled, :id)
            ORDER BY scheduled, id LIMIT 1) AS after,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished - started)) FROM (
            SELECT started, finished FROM runs
            WHERE suite = :suite AND suite <> '' AND id <> :id AND finished IS NOT NULL AND started IS NOT NULL
            ORDER BY scheduled DESC LIMIT {LAST}) AS ended) AS usual_s""",
    "before after usual_s",
)

HEAD = hot(
    """
    SELECT name FROM runs WHERE suite = :suite AND branch = :branch AND suite <> ''
    ORDER BY scheduled DESC, id DESC LIMIT 1""",
    "name",
)
USUAL = text(f"""
    SELECT suites.name, (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished - started)) FROM (
            SELECT started, finished FROM runs
            WHERE suite = suites.name AND finished IS NOT NULL AND started IS NOT NULL
            ORDER BY scheduled DESC LIMIT {LAST}) AS ended) AS usual_s
    FROM unnest(CAST(:suites AS text[])) AS suites (name)
""")


class Context(NamedTuple):
    """The names of the runs ``before`` and ``after``, None where there is none; in seconds how long one usually takes.

    That is None where none of the suite has ended.
    """

    before: str | None
    after: str | None
    usual_s: float | None


def usual(session: Session, suites: Sequence[str]) -> dict[str, float]:
    """Return how many seconds runs of each suite usually take, of those suites of which one has ended."""
    found = session.execute(USUAL, {"suites": list(suites)})
    return {row.name: float(row.usual_s) for row in found if row.usual_s is not None}


def head(session: Session, run: Row[Any]) -> str | None:
    """Return the name of the newest run of the suite and the branch of a run; None where it has none."""
    found: str | None = session.scalar(HEAD, {"suite": run.suite, "branch": run.branch})
    return found


def of(session: Session, run: Row[Any]) -> Context:
    """Return what stands around a run, a row of ``run_search``; a run without a suite has nothing around it."""
    values = {"id": run.id, "suite": run.suite, "branch": run.branch, "scheduled": run.scheduled}
    found = session.execute(CONTEXT, values).one()
    return Context(found.before, found.after, None if found.usual_s is None else float(found.usual_s))
