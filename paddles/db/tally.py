"""Exact summaries: the one kind of statement that changes children and the counters of their parent with them.

A parent row counts its children by status in columns ``n_<status>``. Whatever inserts, moves or deletes children does
it through a statement made here, so that child and counters change together or not at all, for one child or for ten
thousand. No trigger does it behind anybody's back: an engine that spreads tables over machines refuses triggers.
"""

from collections.abc import Mapping, Sequence


def many(
    moved: str,
    *,
    parent: str,
    statuses: Sequence[str],
    also: Mapping[str, str] | None = None,
    then: str = "",
    told: str = "",
) -> str:
    """Return SQL that executes ``moved`` and brings the counters of every parent touched up to date with it.

    Args:
        moved: a data-changing statement on the children that returns at least ``parent_id``, ``at``, ``before`` and
            ``after``: a status, or NULL for "was not there" and "is gone".
        parent: the table that counts.
        statuses: the values of ``before`` and ``after``; each has a column ``n_<status>`` in the parent.
        also: further columns of the parent and their new values. They may use ``old.n_<status>``, the counter
            before, ``delta.d_<status>``, its change, and ``delta.at``, the newest ``at`` that ``moved`` returned.
        then: another common table expression that reads ``moved``, or ``counted``, the parents that were touched.
        told: what ``counted`` has of each, as a list of columns: of the parent ``old``, as it is now, and of ``delta``.

    The result rows are those of ``moved``. A child whose status stays as it is touches no parent.
    """
    differences = ", ".join(
        f"count(*) FILTER (WHERE after = '{s}') - count(*) FILTER (WHERE before = '{s}') AS d_{s}" for s in statuses
    )
    delta = f"""
        SELECT parent_id, max(at) AS at, {differences}
        FROM moved WHERE before IS DISTINCT FROM after GROUP BY parent_id"""
    return _statement(moved, delta, _counting(parent, statuses, also or {}, told), then)


def one(
    moved: str,
    before: str | None,
    after: str | None,
    *,
    parent: str,
    statuses: Sequence[str],
    also: Mapping[str, str] | None = None,
    then: str = "",
    told: str = "",
) -> str:
    """Return what :func:`many` does for one child whose move is known beforehand: nothing is left to be counted.

    ``moved`` returns ``parent_id`` and ``at``, and no row where the child turns out not to be moved.
    """
    if before == after:
        return moved
    differences = ", ".join(f"{int(s == after) - int(s == before)} AS d_{s}" for s in statuses)
    delta = f"SELECT parent_id, at, {differences} FROM moved"
    return _statement(moved, delta, _counting(parent, statuses, also or {}, told), then)


def _counting(parent: str, statuses: Sequence[str], also: Mapping[str, str], told: str) -> str:
    counters = {f"n_{s}": f"old.n_{s} + delta.d_{s}" for s in statuses}
    assignments = ", ".join(f"{column} = {value}" for column, value in {**counters, **also}.items())
    returning = f"RETURNING {told}" if told else ""
    return f"UPDATE {parent} AS old SET {assignments} FROM delta WHERE old.id = delta.parent_id {returning}"


def _statement(moved: str, delta: str, counted: str, then: str) -> str:
    return f"""
    WITH moved AS ({moved}),
    delta AS ({delta}),
    counted AS ({counted})
    {"," if then else ""} {then}
    SELECT * FROM moved"""


def recount(*, parent: str, child: str, key: str, statuses: Sequence[str], only: str = "true") -> str:
    """Return SQL that finds parents whose counters differ from a count of their children.

    Takes ``:after`` and ``:until``, a range of the parents' ids; ``only`` is a condition on the parent ``p``. Rows:
    ``id`` and, for each status, ``n_<status>`` as counted. Empty when every summary is exact.
    """
    counts = ", ".join(f"count(c.id) FILTER (WHERE c.status = '{s}') AS n_{s}" for s in statuses)
    kept = ", ".join(f"p.n_{s}" for s in statuses)
    counted = ", ".join(f"counts.n_{s}" for s in statuses)
    return f"""
    SELECT counts.* FROM {parent} AS p
    JOIN (SELECT p.id, {counts} FROM {parent} AS p LEFT JOIN {child} AS c ON c.{key} = p.id
          WHERE p.id > :after AND p.id <= :until AND {only} GROUP BY p.id) AS counts ON counts.id = p.id
    WHERE ({kept}) IS DISTINCT FROM ({counted})
    ORDER BY p.id"""


def repair(*, parent: str, statuses: Sequence[str], also: Mapping[str, str] | None = None) -> str:
    """Return SQL that sets the counters of the parent ``:id`` to ``:n_<status>``, as ``recount`` counted them.

    Exact only for a caller who locked the parent's row before counting: whoever moves a child then has either been
    counted, or waits for the row and adds its change to what is set here. ``also`` are further columns of the parent
    ``p`` and their new values, which may use ``:n_<status>``.
    """
    counters = ", ".join(f"n_{s} = :n_{s}" for s in statuses)
    others = "".join(f", {column} = {value}" for column, value in (also or {}).items())
    return f"UPDATE {parent} AS p SET {counters}{others} WHERE p.id = :id"
