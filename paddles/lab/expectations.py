"""Why a job is not running yet, and when it will be, by what is known of its queue. Pure."""

import datetime
from dataclasses import dataclass

# Nothing is foretold for a time beyond this.
LONGEST = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Standing:
    """How a job stands: what it waits for, who holds it, and how many jobs of its queue come before it."""

    status: str
    queue: str | None
    leased: bool
    ahead: int
    waits_for: int
    held_by: str | None = None


@dataclass(frozen=True)
class Machines:
    """The machines that ask a queue for work: those that are up are free, locked or busy; and when it is open again."""

    number: int = 0
    up: int = 0
    free: int = 0
    locked: int = 0
    paused_until: datetime.datetime | None = None


def reasons(job: Standing, machines: Machines) -> list[str]:
    """Return all that keeps a job from running, the most telling first; nothing for one that runs, or has ended.

    ``held`` by somebody, ``waits_for`` others, in ``no_queue``, ``handed_out`` and not begun, ``paused``,
    ``no_machine``, ``all_down``, ``all_locked``, ``all_busy``, ``behind`` others; ``next`` if nothing of these.
    """
    if job.status == "waiting":
        held = ["held"] if job.held_by or not job.waits_for else []
        return held + (["waits_for"] if job.waits_for else [])
    if job.status != "queued":
        return []
    if job.queue is None:
        return ["no_queue"]
    if job.leased:
        return ["handed_out"]
    found = ["paused"] if machines.paused_until else []
    found += _without_machine(machines)
    found += ["behind"] if job.ahead else []
    return found or ["next"]


def _without_machine(machines: Machines) -> list[str]:
    if not machines.number:
        return ["no_machine"]
    if not machines.up:
        return ["all_down"]
    if machines.free:
        return []
    return ["all_locked" if machines.locked == machines.up else "all_busy"]


def expected(now: datetime.datetime, ahead: int, machines: Machines, per_hour: float) -> datetime.datetime | None:
    """Return when a job is to start that so many come before, where so many an hour have ended; None: nobody knows.

    At once where there are more free machines than jobs before it; never before a paused queue is open again.
    """
    begin = max(now, machines.paused_until or now)
    missing = ahead + 1 - machines.free
    if missing <= 0:
        return begin
    if per_hour <= 0 or missing / per_hour > LONGEST / datetime.timedelta(hours=1):
        return None
    return begin + datetime.timedelta(hours=missing / per_hour)
