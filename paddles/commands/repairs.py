"""Finding runs and tests whose counters are wrong and setting them right: what ``recount`` and ``set_status`` share."""

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row

from paddles.archive import upkeep
from paddles.archive.upkeep import Repair, Stretch
from paddles.commands.command import Progress
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.nodes import recount
from paddles.projects import recount as project_recount


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


def nodes(database: Database, progress: Progress, *, check: bool) -> int:
    """Set the counters of all nodes right, or only look, print each that differs, and return how many."""
    found, before = 0, recount.END
    while (first := read(database, _begin(before))) is not None:
        # Again after repairs: what was counted with what is wrong below it may be wrong only now.
        while wrong := read(database, _miscounted(first, before)):
            for node in wrong:
                progress.say(f"node {node.id}: {node.kept} open children, counted {node.counted}")
            found += len(wrong) if check else sum(transact(database, _recounted(node.id)) for node in wrong)
            if check:
                break
        before = first
    return found


def builds(database: Database, stretch: Stretch, progress: Progress, now: datetime.datetime, *, check: bool) -> int:
    """Give the builds of a stretch the status that their jobs make, or only look; print each and return how many."""
    found = read(database, lambda session: project_recount.wrong(session, stretch.after, stretch.until))
    done = found if check else [build for build in found if transact(database, _restated(build, now))]
    for build in done:
        progress.say(f"{build.project}/builds/{build.number}: {build.kept}, by its jobs {build.counted}")
    return len(done)


def _restated(build: project_recount.Wrong, now: datetime.datetime) -> Callable[[Session], bool]:
    return lambda session: project_recount.repair(session, build, now)


def _begin(before: str) -> Callable[[Session], str | None]:
    return lambda session: recount.first(session, before)


def _miscounted(first: str, before: str) -> Callable[[Session], Sequence[Row[Any]]]:
    return lambda session: recount.miscounted(session, first, before)


def _recounted(node_id: str) -> Callable[[Session], bool]:
    return lambda session: recount.repair(session, node_id)


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
