"""The statuses of a job and the moves between them. Pure: no session, no HTTP."""

from collections.abc import Mapping
from typing import Any

from paddles.errors import Forbidden, Invalid

OPEN = ("queued", "waiting", "running", "unknown")
FINISHED = ("pass", "fail", "dead")
STATUSES = OPEN + FINISHED
FINAL = ("pass", "fail")
# Of a test in a job, and of a case in it. One that was begun and not ended, or only measured, is unknown.
OUTCOMES = ("pass", "fail", "error", "skip", "unknown")
# A test may be known before it has ended.
TEST_STATUSES = (*OUTCOMES, "queued", "running")
# What takes a job: a dispatcher of tests, a machine that boots for it, a program that asks a queue, a machine that
# pulls the work of builds.
KINDS = ("test", "boot", "task", "build")
RUN_STATUSES = (
    "empty", "queued", "running", "waiting", "finished dead", "finished fail", "finished pass", "unknown",
)  # fmt: skip

_TOTAL = " + ".join(f"n_{status}" for status in STATUSES)
RUN_STATUS = f"""CASE
    WHEN {_TOTAL} = 0 THEN 'empty'
    WHEN n_queued = {_TOTAL} THEN 'queued'
    WHEN n_running > 0 THEN 'running'
    WHEN n_waiting > 0 THEN 'waiting'
    WHEN n_dead = {_TOTAL} THEN 'finished dead'
    WHEN n_fail + n_dead > 0 THEN 'finished fail'
    WHEN n_pass = {_TOTAL} THEN 'finished pass'
    WHEN n_queued > 0 THEN 'queued'
    ELSE 'unknown' END"""


def reported(current: str | None, report: Mapping[str, Any]) -> str:
    """Return the status of a job after ``report``; ``current`` is None for a job that is new.

    An explicit ``status`` never reopens a job that passed or failed; ``success`` (true, false or null) alone settles
    it whatever it was. A job that was never told anything is ``unknown``.

    Raises:
        Invalid: ``status`` is none of ``STATUSES``.

    Source: ceph/paddles ``Job.set_or_update``; teuthology's watchdog reports every job dead at the end and relies on
    its being ignored.
    """
    if "status" in report:
        status = report["status"]
        if status not in STATUSES:
            raise Invalid(f"Job status must be one of: {', '.join(STATUSES)}")
        return str(current if current in FINAL else status)
    if "success" in report:
        return {True: "pass", False: "fail", None: "unknown"}[report["success"]]
    return current or "unknown"


def refused(current: str | None, report: Mapping[str, Any]) -> bool:
    """Say whether ``report`` names a status that a finished job does not take; its ``success`` then counts no more."""
    return current in FINAL and "status" in report and report["status"] != current


def refuse_built(kind: str) -> None:
    """Raise Forbidden for the kind of jobs that builds have: they and their run are their project's to change."""
    if kind == "build":
        raise Forbidden("this is part of a build, which its project alone changes")


def starts(before: str | None, after: str, *, started: bool) -> bool:
    """Say whether a move from ``before`` to ``after`` is a start: the moment when the job's clock is set."""
    if after != "running" or before == "running":
        return False
    return before in (None, "queued") or not started
