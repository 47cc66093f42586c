"""What machines did with their time, by type and step: run, stand locked, stand free, or be down.

What is said comes of what is recorded. A machine was running while a job that is linked to it was: from its start until
it finished; attempts before the last one are not known. It was locked between the events ``machine.locked`` and
``machine.unlocked``, and down from an event that says that it is not ``up`` until one that says that it is. What was
before the first such event is the contrary of what it says; of a machine without one it is as it is now. Events are
kept for a while only (``events_keep_days``); before that it is as at their beginning. A machine is there from its
event ``machine.created`` on. One that was deleted is not looked at.

Of what is so at one moment the first counts: running, down, locked; all else is free, and so the four add
up to all.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from paddles.db import limits
from paddles.db.session import Session
from paddles.listing import stretches
from paddles.listing.stretches import ORIGIN, Chart, Stretch

STATES = ("running", "locked", "free", "down")
LIMIT_S = 10.0
# An event begins what it says, which lasts until the next one; the first also says what was before it.
_TOLD = """
    SELECT id, CASE WHEN so THEN tstzrange(at, COALESCE(next, CAST(:until AS timestamptz)))
        WHEN first THEN tstzrange(CAST(:since AS timestamptz), at) END AS span
    FROM (
        SELECT id, at, {is} AS so, lead(at) OVER later AS next, lag(at) OVER later IS NULL AS first
        FROM happened WHERE {is} IS NOT NULL WINDOW later AS (PARTITION BY id ORDER BY at, event)) AS moved
    UNION ALL
    SELECT id, tstzrange(CAST(:since AS timestamptz), CAST(:until AS timestamptz)) FROM shown
    WHERE {now} AND id NOT IN (SELECT id FROM happened WHERE {is} IS NOT NULL)"""
SPENT = text(f"""
    WITH shown AS MATERIALIZED (
        SELECT id, name, COALESCE(machine_type, '') AS machine_type, locked, up IS NOT DISTINCT FROM false AS down
        FROM machines
        WHERE cardinality(CAST(:machine_types AS text[])) = 0 OR machine_type = ANY (:machine_types)),
    happened AS MATERIALIZED (
        SELECT shown.id, events.id AS event, events.at, events.type = 'machine.created' AS made,
            CASE events.type WHEN 'machine.locked' THEN true WHEN 'machine.unlocked' THEN false END AS locks,
            CASE events.data -> 'up' WHEN 'false' THEN true WHEN 'true' THEN false END AS falls
        FROM events JOIN shown ON shown.name = substr(events.subject, 7)
        WHERE events.at >= :since AND events.at < :until AND events.owner IS NULL AND events.channel = 'machine'
            AND events.type IN ('machine.locked', 'machine.unlocked', 'machine.created', 'machine.updated')),
    lasted AS (
        SELECT shown.id, machine_type, tstzmultirange(tstzrange(
            COALESCE(max(at) FILTER (WHERE made), CAST(:since AS timestamptz)), CAST(:until AS timestamptz))) AS spans
        FROM shown LEFT JOIN happened ON happened.id = shown.id AND made GROUP BY shown.id, machine_type),
    ran AS (
        SELECT job_machines.machine_id AS id, range_agg(tstzrange(held.started, held.finished)) AS spans FROM (
            SELECT id, started, finished FROM jobs WHERE finished >= :since AND started < finished
            UNION ALL
            SELECT id, started, CAST(:until AS timestamptz) FROM jobs
            WHERE finished IS NULL AND status = 'running' AND started < :until) AS held
        JOIN job_machines ON job_machines.job_id = held.id GROUP BY 1),
    locked AS (
        SELECT id, range_agg(span) AS spans FROM ({_TOLD.format(**{"is": "locks", "now": "locked"})}) AS told
        WHERE span IS NOT NULL GROUP BY 1),
    fell AS (
        SELECT id, range_agg(span) AS spans FROM ({_TOLD.format(**{"is": "falls", "now": "down"})}) AS told
        WHERE span IS NOT NULL GROUP BY 1),
    spent AS (
        SELECT machine_type, lasted.spans, lasted.spans * COALESCE(ran.spans, '{{}}') AS running,
            COALESCE(fell.spans, '{{}}') AS fallen, COALESCE(locked.spans, '{{}}') AS locked
        FROM lasted LEFT JOIN ran USING (id) LEFT JOIN fell USING (id) LEFT JOIN locked USING (id)),
    parts AS (
        SELECT machine_type, 'all' AS state, unnest(spans) AS span FROM spent
        UNION ALL SELECT machine_type, 'running', unnest(running) FROM spent
        UNION ALL SELECT machine_type, 'down', unnest(spans * fallen - running) FROM spent
        UNION ALL SELECT machine_type, 'locked', unnest(spans * locked - running - fallen) FROM spent),
    stepped AS (
        SELECT machine_type, state, span, generate_series(
            date_bin(CAST(:step AS interval), lower(span), CAST(:origin AS timestamptz)), upper(span),
            CAST(:step AS interval)) AS at
        FROM parts),
    cut AS (
        SELECT machine_type, state, at,
            LEAST(upper(span), at + CAST(:step AS interval)) - GREATEST(lower(span), at) AS length
        FROM stepped)
    SELECT machine_type, at, state, CAST(EXTRACT(epoch FROM sum(length)) AS double precision) AS seconds
    FROM cut WHERE length > interval '0' GROUP BY 1, 2, 3
""")


def utilisation(session: Session, stretch: Stretch, now: datetime.datetime, machine_types: Sequence[str] = ()) -> Chart:
    """Return how many seconds machines were in each of ``STATES``, and ``all`` that they were there: a series a type.

    ``machine_types``: of which; empty is of all. The four add up to the fifth. What is still to come is in none.

    Raises:
        Invalid: it would take longer than ``LIMIT_S``: with the machines and the events of the stretch.
    """
    until = max(min(stretch.until, now), stretch.since)
    values = {"since": stretch.since, "until": until, "step": stretch.length, "origin": ORIGIN}
    bound = SPENT.bindparams(**values, machine_types=list(machine_types))
    told: dict[tuple[str, Any], dict[str, float]] = {}
    for row in limits.within(session, bound, LIMIT_S, sorts=True):
        told.setdefault((row.machine_type, row.at), {})[row.state] = row.seconds
    rows = [(key, at, _summed(seconds)) for (key, at), seconds in told.items()]
    return stretches.chart(stretch, rows, _summed({}))


def _summed(seconds: Mapping[str, float]) -> Mapping[str, float]:
    whole = seconds.get("all", 0.0)
    busy = {state: seconds.get(state, 0.0) for state in STATES if state != "free"}
    return {**busy, "free": max(whole - sum(busy.values()), 0.0), "all": whole}
