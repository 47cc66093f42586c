"""How machines fared beside others of their type, over a stretch of time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from paddles.db import limits
from paddles.db.session import Session
from paddles.lab import suspects
from paddles.listing.stretches import Stretch

LIMIT_S = 10.0
COUNTS = text("""
    SELECT machines.name, COALESCE(machines.machine_type, '') AS machine_type, counts.pass, counts.fail, counts.dead
    FROM (
        SELECT job_machines.machine_id, count(*) FILTER (WHERE jobs.status = 'pass') AS pass,
            count(*) FILTER (WHERE jobs.status = 'fail') AS fail, count(*) FILTER (WHERE jobs.status = 'dead') AS dead
        FROM jobs JOIN job_machines ON job_machines.job_id = jobs.id
        WHERE jobs.finished >= CAST(:since AS timestamptz) AND jobs.finished < CAST(:until AS timestamptz)
        GROUP BY 1) AS counts
    JOIN machines ON machines.id = counts.machine_id
    WHERE cardinality(CAST(:machine_types AS text[])) = 0 OR machines.machine_type = ANY (:machine_types)
    ORDER BY 2, 1
""")


@dataclass(frozen=True)
class Record:
    """A machine: how its jobs ended, which part passed of those that passed or failed, and which of its type's.

    It is ``bad`` where ``suspects.suspicious`` says so of what failed of what passed or failed, or of what died of
    all. A job on several machines is one of each.
    """

    name: str
    machine_type: str
    passed: int
    failed: int
    dead: int
    rate: float | None
    type_rate: float | None
    bad: bool


def records(session: Session, stretch: Stretch, machine_types: Sequence[str] = ()) -> list[Record]:
    """Return how the machines fared whose jobs finished in a stretch, by type and name; of no types: all."""
    values = {"since": stretch.since, "until": stretch.until, "machine_types": list(machine_types)}
    rows = limits.within(session, COUNTS.bindparams(**values), LIMIT_S, sorts=True).all()
    passed, failed, dead = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        passed[row.machine_type] += row._mapping["pass"]
        failed[row.machine_type] += row.fail
        dead[row.machine_type] += row.dead
    return [_record(row, *(of[row.machine_type] for of in (passed, failed, dead))) for row in rows]


def _record(row: Any, passed: int, failed: int, dead: int) -> Record:
    own = row._mapping["pass"]
    fails = suspects.suspicious(own, row.fail, passed - own, failed - row.fail)
    lived, others = own + row.fail, passed + failed
    bad = fails or suspects.suspicious(lived, row.dead, others - lived, dead - row.dead)
    rates = _rate(own, row.fail), _rate(passed, failed)
    return Record(row.name, row.machine_type, own, row.fail, row.dead, *rates, bad)


def _rate(passed: int, failed: int) -> float | None:
    return round(passed / (passed + failed), 4) if passed + failed else None
