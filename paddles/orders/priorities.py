"""Jobs that are queued come sooner, or later."""

from typing import Any

from sqlalchemy import Row

from paddles.archive import job_search, priorities
from paddles.db.session import Session
from paddles.errors import Conflict
from paddles.events import actions


def prospect(session: Session, run: str, key: str | None) -> Row[Any]:
    """Return what is known of the queued jobs of a run, or of one, as ``archive.priorities.known``. Raises NotFound."""
    run_id = job_search.run_id(session, run) if key is None else _run_of(session, run, key)
    return priorities.known(session, run_id, key)


def change(session: Session, run: str, key: str | None, priority: int, by: str) -> int:
    """Give the queued jobs of a run, or one, another priority, for who is called so; return how many they are.

    Raises:
        NotFound: there is no such run, or no such job in it.
        Conflict: none of them is queued, and not handed out yet.
        Invalid: as ``archive.priorities.change``.
    """
    run_id = job_search.run_id(session, run) if key is None else _run_of(session, run, key)
    changed = priorities.change(session, run_id, key, priority)
    if not changed:
        raise Conflict(f"nothing of {f'job {key} of ' if key else ''}run {run} is queued any more")
    what, thing = ("job.priority", f"runs/{run}/jobs/{key}") if key else ("run.priority", f"runs/{run}")
    named = {"run": run, "job": key} if key else {"run": run}
    actions.note(session, what, thing, by, **named, priority=priority, jobs=changed)
    return changed


def _run_of(session: Session, run: str, key: str) -> int:
    job_search.one(session, run, key, "bare")
    return job_search.run_id(session, run)
