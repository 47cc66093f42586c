"""Finding runs and tests whose counters are wrong and setting them right: what ``recount`` and ``set_status`` share."""

import datetime
import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row

from paddles.analysis import recount as analysis_recount
from paddles.analysis.recount import Kept, Marked
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


def results(database: Database, stretch: Stretch, progress: Progress, *, check: bool) -> int:
    """Judge those of a stretch of jobs again whose results were not, or only look; print each and return how many."""
    found = read(database, lambda session: analysis_recount.unjudged(session, stretch.after, stretch.until))
    done = found if check else [job for job in found if transact(database, _judged(job))]
    for job in done:
        progress.say(f"{job.run}/{job.key}: its results are not those that were compared with others")
    return len(done)


def regressions(database: Database, progress: Progress, *, check: bool) -> int:
    """Set flips and regressions right by the marks that there are, or only look; print each path and return how many.

    They are looked at page by page; what seems to be wrong is looked at again when nobody can change it.
    """
    rows = heapq.merge(
        _paged(database, analysis_recount.marks), _paged(database, analysis_recount.regressions), key=_pair
    )
    n_wrong = 0
    for pair, of_one in itertools.groupby(rows, key=_pair):
        wrong = transact(database, _compared(*pair, check)) if analysis_recount.doubtful(of_one) else None
        if wrong:
            progress.say(f"{wrong.path} of lineage {pair[0]}: {wrong.regressions} regressions, {wrong.flips} flips")
            n_wrong += 1
    return n_wrong


def _pair(row: Marked | Kept) -> tuple[int, int]:
    return row.lineage_id, row.path_id


def _paged(
    database: Database, page: Callable[[Session, analysis_recount.Place], Sequence[Marked | Kept]]
) -> Iterator[Marked | Kept]:
    behind = analysis_recount.BEGIN
    while rows := read(database, _page(page, behind)):
        yield from rows
        behind = rows[-1][:4]


def _page(
    page: Callable[[Session, analysis_recount.Place], Sequence[Marked | Kept]], behind: analysis_recount.Place
) -> Callable[[Session], Sequence[Marked | Kept]]:
    return lambda session: page(session, behind)


def _judged(job: Row[Any]) -> Callable[[Session], bool]:
    return lambda session: analysis_recount.judge(session, job.run, job.key)


def _compared(lineage_id: int, path_id: int, check: bool) -> Callable[[Session], analysis_recount.Repair | None]:
    return lambda session: analysis_recount.repair(session, lineage_id, path_id, check=check)


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
