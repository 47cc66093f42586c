"""Jobs that begin when others have come so far: held back, let go, given up; and whoever waits to be told."""

import datetime
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row

from paddles.archive import jobs
from paddles.archive.status import FINISHED
from paddles.boot import conditions
from paddles.boot.conditions import State
from paddles.boot.privacy import private
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.lab import waits

# What becomes of a job that waits for what can no longer be.
GIVEN_UP = "abort_wait"


class Pair(NamedTuple):
    """Who waits, for whom, and whether that is over: by being so, or by never going to be."""

    job_id: int
    for_id: int
    met: bool
    hopeless: bool


def hold(session: Session, document: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the jobs that a new one waits for, held as they are until its transaction ends.

    Raises:
        Invalid: ``wait_on`` or ``wait_options`` says nothing that can be waited for.
        NotFound: it names a job that does not exist.
    """
    wanted = document.get("wait_on")
    conditions.fields(document.get("wait_options"))
    if wanted is None:
        return []
    ids = sorted(conditions.parsed(wanted))
    missing = set(ids) - waits.hold(session, ids)
    if missing:
        raise NotFound(f"wait_on: there is no job {min(missing)}")
    return ids


def lock(session: Session, job: Row[Any]) -> list[int]:
    """Lock the jobs that wait for one whose row the caller has locked, for :func:`wake`; before anything is written.

    Nobody waits for a job that has ended but until the sweep comes by.
    """
    return [] if job.status in FINISHED else lock_all(session, [job.id])


def lock_all(session: Session, ids: Collection[int]) -> list[int]:
    """Do what :func:`lock` does for several jobs, none of which has ended."""
    return waits.lock(session, ids)


def hold_back(session: Session, job_id: int, ids: Collection[int], now: datetime.datetime) -> None:
    """Have a new job, whose status is waiting, wait for those that it holds; what is so already lets it go at once."""
    waits.add(session, job_id, ids)
    _settle(session, [job_id], now)


def wake(session: Session, waiting: Collection[int], now: datetime.datetime) -> None:
    """Let go the jobs ``waiting``, of :func:`lock`, whose conditions are met; give up those that wait in vain.

    One that somebody holds waits on for that alone.
    """
    if waiting:
        _settle(session, waiting, now)


def wake_due(session: Session, now: datetime.datetime, limit: int) -> int:
    """Do what :func:`wake` does for up to ``limit`` jobs that nobody woke, and return how many they were."""
    found = waits.due(session, limit)
    wake(session, found, now)
    return len(found)


def ask(session: Session, said: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a question of what jobs have come to, with those that have moved to ``waited_jobs``, and whether any has.

    A job that has ended has come as far as it ever will. With ``fail_fast`` one that ended, and not well, is an answer
    however far the others are; so it is without, as it has ended.

    Raises:
        Invalid: it asks for what nobody can be asked.
        NotFound: there is no such job.
    """
    asked = said.get("wait_on")
    wanted = conditions.parsed({} if asked is None else asked)
    fields = conditions.fields(said.get("wait_options"))
    names = ["job_stage", "job_health", "job_data_readiness", *(name for name in fields if not private(name))]
    known = _states(session, wanted)
    missing = set(wanted) - set(known)
    if missing:
        raise NotFound(f"there is no job {min(missing)}")
    over = [job_id for job_id, each in wanted.items() if known[job_id].finished or conditions.met(each, known[job_id])]
    told = said.get("waited_jobs")
    if not isinstance(told, Mapping | None):
        raise Invalid("waited_jobs must be an object")
    answer = {
        **said,
        "wait_on": {job_id: each for job_id, each in (asked or {}).items() if int(job_id) not in over},
        "waited_jobs": {
            **(told or {}),
            **{str(job_id): {name: known[job_id].says(name) for name in names} for job_id in over},
        },
    }
    return answer, bool(over) or not wanted


def _settle(session: Session, ids: Collection[int], now: datetime.datetime) -> None:
    pairs = list(_pairs(session, ids))
    waits.end(session, [(pair.job_id, pair.for_id) for pair in pairs if pair.met and not pair.hopeless])
    in_vain = sorted({pair.job_id for pair in pairs if pair.hopeless})
    if in_vain:
        jobs.move(session, in_vain, "dead", now, reason=GIVEN_UP, before=("waiting",))
        waits.end(session, [(pair.job_id, pair.for_id) for pair in pairs if pair.job_id in in_vain])
    free = waits.free(session, ids)
    if free:
        jobs.move(session, free, "queued", now, before=("waiting",))


def _pairs(session: Session, ids: Collection[int]) -> Iterator[Pair]:
    rows = waits.still(session, ids)
    known = _states(session, {row.for_id for row in rows})
    yield from (_judged(row, known[row.for_id]) for row in rows if row.for_id in known)


def _judged(row: Row[Any], state: State) -> Pair:
    """Return what becomes of a wait. One who has ended changes no more: what is not so then will never be."""
    condition = conditions.parsed(orjson.loads(row.wait_on)).get(row.for_id)
    met = conditions.met(condition, state)
    options = orjson.loads(row.wait_options) if row.wait_options else None
    failed = conditions.fails_fast(options) and state.failed
    return Pair(row.job_id, row.for_id, met, failed or (state.finished and not met))


def _states(session: Session, ids: Collection[int]) -> dict[int, State]:
    rows = waits.states(session, ids)
    return {row.id: State(row.status, row.reason, orjson.loads(row.document)) for row in rows}
