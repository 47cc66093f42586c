"""Finding runs and tests whose counters are wrong and setting them right: what ``recount`` and ``set_status`` share."""

from collections.abc import Callable, Sequence

from paddles.archive import upkeep
from paddles.archive.upkeep import Repair, Stretch
from paddles.commands.command import Progress
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact


def counters(
    database: Database, stretch: Stretch, progress: Progress, *, running: bool = False, check: bool = False
) -> int:
    """Set the counters of a stretch of runs right, or only look, print each run that differs, and return how many.

    A run is locked only when it differs, and each is a transaction of its own.
    """
    wrong = read(database, lambda session: upkeep.miscounted(session, stretch.after, stretch.until, running=running))
    done = wrong if check else [transact(database, _repair(upkeep.repair, found.id)) for found in wrong]
    return _told(done, progress)


def tests(database: Database, stretch: Stretch, progress: Progress, *, check: bool) -> int:
    """Do for a stretch of tests what :func:`counters` does for runs."""
    wrong = read(database, lambda session: upkeep.miscounted_tests(session, stretch.after, stretch.until))
    done = wrong if check else [transact(database, _repair(upkeep.repair_test, found.id)) for found in wrong]
    return _told(done, progress)


def said(repair: Repair) -> str:
    """Return what is said of a repair, or of what needs one."""
    changes = ", ".join(f"{status} {kept}, counted {counted}" for status, kept, counted in repair.differences)
    return f"{repair.name}: {changes}" + (f"; now {repair.status}" if repair.status else "")


def _told(done: Sequence[Repair | None], progress: Progress) -> int:
    # What another process repaired first is none of our repairs.
    repairs = [repair for repair in done if repair]
    for repair in repairs:
        progress.say(said(repair))
    return len(repairs)


def _repair(repair: Callable[[Session, int], Repair | None], wrong: int) -> Callable[[Session], Repair | None]:
    return lambda session: repair(session, wrong)
