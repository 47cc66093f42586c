"""Jobs are held, so that nobody is handed them, and let go again.

A held job is one that waits: whoever hands jobs out does not see it. It may wait for other jobs besides, and is queued
when it is let go and none of these is left.
"""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import text

from paddles.archive import jobs
from paddles.archive.status import refuse_built
from paddles.boot import waits
from paddles.db.session import Session
from paddles.errors import Conflict
from paddles.orders import naming

_WHICH = "finished IS NULL AND run_id = :run_id AND (CAST(:key AS text) IS NULL OR key = :key)"
# What is in a queue of ours, and nobody has begun, by kinds of jobs.
_NOT_BEGUN = tuple(f"{kind} {status}" for kind, statuses in jobs.NOT_BEGUN.items() for status in statuses)
# The release before this one moves what is held and leaves the name.
_HELD = "(held_by IS NOT NULL AND status = 'waiting')"
_ABLE = f"NOT {_HELD} AND queue_id IS NOT NULL AND NOT leased AND kind || ' ' || status IN {_NOT_BEGUN}"
COUNT = text(f"""
    SELECT CASE WHEN {_HELD} THEN held_by END AS held_by, {_ABLE} AS able, kind = 'build' AS built, count(*) AS number
    FROM jobs WHERE {_WHICH} GROUP BY 1, 2, 3 ORDER BY 1
""")
LOCK = text(f"SELECT id, status FROM jobs WHERE {_WHICH} AND {_ABLE} ORDER BY id FOR NO KEY UPDATE")
LOCK_HELD = text(f"SELECT id FROM jobs WHERE {_WHICH} AND {_HELD} ORDER BY id FOR NO KEY UPDATE")
HOLD = text("UPDATE jobs SET held_by = :by WHERE id = ANY (:ids)")
# Whoever was held for long has not been silent.
LET_GO = text("UPDATE jobs SET held_by = NULL, updated = GREATEST(updated, :now) WHERE id = ANY (:ids)")


class Prospect(NamedTuple):
    """How many open jobs can be held, and how many are, by who holds them.

    ``built`` are those of builds, ``others`` those that somebody has begun, or has elsewhere: they are left alone.
    """

    able: int
    held: Mapping[str, int]
    built: int
    others: int


def able(kind: str, status: str) -> bool:
    """Say whether a job of a kind can be held in a status, where it is in a queue and nobody has it."""
    return status in jobs.NOT_BEGUN.get(kind, ())


def prospect(session: Session, run: str, key: str | None = None) -> Prospect:
    """Return what of a run, or of its job ``key``, can be held or let go. Raises NotFound."""
    return _prospect(session, naming.which(session, run, key))


def of_run(session: Session, run_id: int) -> Prospect:
    """Return what of a run that is known can be held or let go."""
    return _prospect(session, {"run_id": run_id, "key": None})


def hold(session: Session, run: str, key: str | None, by: str, now: datetime.datetime) -> int:
    """Keep the jobs of a run that nobody has begun, or the one job ``key``, from being handed out; return how many.

    They wait from then on for who is called so, and for whoever else lets them go.

    Raises:
        NotFound: there is no such run, or no such job in it.
        Forbidden: the job is one of a build.
        Conflict: none of them can be held, or all are.
    """
    which = naming.which(session, run, key)
    rows = session.execute(LOCK, which).all()
    if not rows:
        _refuse(session, which, naming.called(run, key))
    queued = [row.id for row in rows if row.status == "queued"]
    if queued:
        jobs.move(session, queued, "waiting", now, before=("queued",))
    session.execute(HOLD, {"ids": [row.id for row in rows], "by": by})
    naming.note(session, "held", run, key, by, jobs=len(rows))
    return len(rows)


def let_go(session: Session, run: str, key: str | None, by: str, now: datetime.datetime) -> int:
    """Let the held jobs of a run go, or the one job ``key``, whoever holds them; return how many they were.

    Those that wait for no other job are queued, as urgent as they were.

    Raises:
        NotFound: as :func:`hold`.
        Conflict: none is held.
    """
    ids = list(session.scalars(LOCK_HELD, naming.which(session, run, key)))
    if not ids:
        raise Conflict(f"nothing of {naming.called(run, key)} is held any more")
    session.execute(LET_GO, {"ids": ids, "now": now})
    waits.wake(session, ids, now)
    naming.note(session, "let-go", run, key, by, jobs=len(ids))
    return len(ids)


def _prospect(session: Session, which: Mapping[str, Any]) -> Prospect:
    rows = session.execute(COUNT, which).all()
    free = [row for row in rows if row.held_by is None]
    able = sum(row.number for row in free if row.able)
    built = sum(row.number for row in free if row.built)
    holders = {row.held_by: row.number for row in rows if row.held_by is not None}
    return Prospect(able, holders, built, sum(row.number for row in free) - able - built)


def _refuse(session: Session, which: Mapping[str, Any], called: str) -> None:
    found = _prospect(session, which)
    if found.built:
        refuse_built("build")
    if found.held:
        raise Conflict(f"{called} is held already, by {', '.join(found.held)}")
    raise Conflict(f"nothing of {called} is to be held: it was handed out, is executed elsewhere, or has ended")
