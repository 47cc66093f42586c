"""What an order is about: a run, or one job of it."""

from typing import Any

from sqlalchemy import text

from paddles.archive import job_search
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.events import actions

KIND = text("SELECT kind FROM jobs WHERE run_id = :run_id AND key = :key")


def which(session: Session, run: str, key: str | None) -> dict[str, Any]:
    """Return ``run_id`` and ``key`` of a run, or of its job ``key``, for statements. Raises NotFound."""
    found = {"run_id": job_search.run_id(session, run), "key": key}
    if key is not None and session.scalar(KIND, found) is None:
        raise NotFound(f"no job {key} in run {run}")
    return found


def called(run: str, key: str | None) -> str:
    """Return what a sentence calls a run, or its job ``key``."""
    return f"job {key} of run {run}" if key else f"run {run}"


def note(session: Session, what: str, run: str, key: str | None, by: str, **more: Any) -> None:
    """Record that somebody did ``what``, such as ``killed``, to a run, or to its job ``key``."""
    kind, thing = ("job", f"runs/{run}/jobs/{key}") if key else ("run", f"runs/{run}")
    named = {"run": run, "job": key} if key else {"run": run}
    actions.note(session, f"{kind}.{what}", thing, by, **named, **more)
