"""Exact summaries: the one kind of statement that changes children and the counters of their parent with them.

A parent row counts its children by status in columns ``n_<status>``. Whatever inserts, moves or deletes children does
it through a statement made here, so that child and counters change together or not at all, for one child or for ten
thousand. No trigger does it behind anybody's back: an engine that spreads tables over machines refuses triggers.
"""

from collections.abc import Mapping, Sequence


def statement(
    moved: str, *, parent: str, statuses: Sequence[str], also: Mapping[str, str] | None = None, then: str = ""
) -> str:
    """Return SQL that executes ``moved`` and brings the counters of every parent touched up to date with it.

    Args:
        moved: a data-changing statement on the children that returns at least ``parent_id``, ``before`` and ``after``:
            a status or NULL for "was not there" and "is gone".
        parent: the table that counts.
        statuses: the values of ``before`` and ``after``; each has a column ``n_<status>`` in the parent.
        also: further columns of the parent and their new values. They may use ``old.n_<status>``, the counter
            before, ``delta.d_<status>``, its change, and ``delta.at``, the newest ``at`` that ``moved`` returned.
        then: more common table expressions that read ``moved``, beginning with a comma.

    The result rows are those of ``moved``. A child whose status stays as it is touches no parent.
    """
    differences = ",\n".join(
        f"        count(*) FILTER (WHERE after = '{s}') - count(*) FILTER (WHERE before = '{s}') AS d_{s}"
        for s in statuses
    )
    counters = ",\n".join(f"        n_{s} = old.n_{s} + delta.d_{s}" for s in statuses)
    others = "".join(f",\n        {column} = {value}" for column, value in (also or {}).items())
    return f"""
    WITH moved AS ({moved}),
    delta AS (
        SELECT parent_id, max(at) AS at,
{differences}
        FROM moved WHERE before IS DISTINCT FROM after GROUP BY parent_id),
    counted AS (
        UPDATE {parent} AS old SET
{counters}{others}
        FROM delta WHERE old.id = delta.parent_id)
    {then}
    SELECT * FROM moved"""  # noqa: S608 - built from constants of this package only


def recount(*, parent: str, child: str, key: str, statuses: Sequence[str]) -> str:
    """Return SQL that finds parents whose counters differ from a count of their children.

    Rows: ``id`` and, for each status, ``n_<status>`` as counted. Empty when every summary is exact.
    """
    counts = ", ".join(f"count(c.id) FILTER (WHERE c.status = '{s}') AS n_{s}" for s in statuses)
    kept = ", ".join(f"p.n_{s}" for s in statuses)
    counted = ", ".join(f"counts.n_{s}" for s in statuses)
    return f"""
    SELECT counts.* FROM {parent} AS p
    JOIN (SELECT p.id, {counts} FROM {parent} AS p LEFT JOIN {child} AS c ON c.{key} = p.id
          WHERE p.id > :after AND p.id <= :until GROUP BY p.id) AS counts ON counts.id = p.id
    WHERE ({kept}) IS DISTINCT FROM ({counted})
    ORDER BY p.id"""  # noqa: S608 - built from constants of this package only
