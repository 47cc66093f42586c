"""Runs and jobs are killed: what waits here is cancelled, what machines of ours have is ended, the rest is left."""

import datetime
from collections import Counter
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.archive.status import refuse_built
from paddles.boot import waits
from paddles.db.session import Session
from paddles.errors import Conflict
from paddles.lab import reports
from paddles.orders import naming

_OPEN = "finished IS NULL AND run_id = :run_id AND (CAST(:key AS text) IS NULL OR key = :key)"
_FATEFUL = "kind, status, leased, held_by IS NOT NULL AND status = 'waiting' AS held, queue_id IS NOT NULL AS queued"
COUNT = text(f"""
    SELECT {_FATEFUL}, count(*) AS number FROM jobs
    WHERE {_OPEN} GROUP BY 1, 2, 3, 4, 5
""")
LOCK = text(f"""
    SELECT id, {_FATEFUL} FROM jobs
    WHERE {_OPEN} ORDER BY id FOR NO KEY UPDATE
""")
CANCEL, TERMINATE = "cancel", "terminate"


class Fates(NamedTuple):
    """How many open jobs are cancelled, since nobody has begun them, and ended, since our machines have them.

    ``dispatched`` are those that a dispatcher of tests has, or is about to take from elsewhere; ``elsewhere`` those of
    others, and ``built`` those of builds: they are all left alone.
    """

    cancel: int = 0
    terminate: int = 0
    dispatched: int = 0
    elsewhere: int = 0
    built: int = 0


def prospect(session: Session, run: str, key: str | None = None) -> Fates:
    """Return what would become of the open jobs of a run, or of the one job ``key``. Raises NotFound."""
    rows = session.execute(COUNT, naming.which(session, run, key)).all()
    found: Counter[str] = Counter()
    for row in rows:
        found[_fate(row)] += row.number
    return Fates(**found)


def kill(session: Session, run: str, key: str | None, by: str, now: datetime.datetime) -> Fates:
    """End the open jobs of a run, or the one job ``key``, that are ours to end, for who is called so; say how many.

    Who waits for them is told.

    Raises:
        NotFound: there is no such run, or no such job in it.
        Forbidden: the job is one of a build.
        Conflict: none of them is to be ended here.
    """
    which = naming.which(session, run, key)
    rows = session.execute(LOCK, which).all()
    fates = Fates(**Counter(map(_fate, rows)))
    if not (fates.cancel or fates.terminate):
        if fates.built:
            refuse_built("build")
        raise Conflict(_nothing(run, key, fates))
    ended = [row.id for row in rows if _fate(row) in (CANCEL, TERMINATE)]
    waiting = sorted({*waits.lock_all(session, ended)} - {*ended})
    for word in (CANCEL, TERMINATE):
        ids = [row.id for row in rows if _fate(row) == word]
        if ids:
            reports.cancel(session, ids, word, now)
    waits.wake(session, waiting, now)
    naming.note(session, "killed", run, key, by, cancelled=fates.cancel, terminated=fates.terminate)
    return fates


def _fate(job: Row[Any]) -> str:
    if job.kind == "build":
        return "built"
    if job.kind == "boot":
        return CANCEL if job.status in ("queued", "waiting") else TERMINATE
    if job.kind != "test":
        return "elsewhere"
    return CANCEL if job.held or (job.status == "queued" and job.queued and not job.leased) else "dispatched"


def _nothing(run: str, key: str | None, fates: Fates) -> str:
    what = naming.called(run, key)
    if fates.dispatched or fates.elsewhere:
        return f"{what} is not executed by machines that this service hands work to: nothing was killed"
    return f"nothing of {what} is to be killed: it has ended"
