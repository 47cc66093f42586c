"""``pecan recount``: compare every summary with a count, and repair what differs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Row

from paddles.archive.upkeep import Stretch
from paddles.commands import repairs
from paddles.commands.command import DONE, FAILED, DatabaseCommand, Progress, over, stretches
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.lab import upkeep
from paddles.settings import Settings


class Recount(DatabaseCommand):
    """Compare the counters of runs with a count of their jobs, those of tests with their cases; repair what differs.

    Also counts the open children of nodes, and compares whether each job is said to be leased with the leases there
    are, the status of builds with their jobs, and flips and regressions with the results of tests that are stored.
    Prints each repair and a last line.
    Exit code 0: everything was right. 1: something had to be repaired, or with --check would have to be.
    The service may go on working meanwhile.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "--check", "action": "store_true", "help": "only look and repair nothing; exit code 1: it is needed"},
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Recount all runs, then all tests, then compare results."""
        check = self.args.check
        seen = wrong_runs = wrong_jobs = wrong_tests = wrong_builds = 0
        with over(database, "runs", "Counting") as progress:
            for stretch in stretches(database, "runs", progress):
                wrong_runs += repairs.counters(database, stretch, progress, check=check)
                wrong_jobs += _leases(database, stretch, progress, check=check)
                wrong_builds += repairs.builds(database, stretch, progress, self.now, check=check)
                seen += stretch.count
        with over(database, "tests", "Counting") as progress:
            for stretch in stretches(database, "tests", progress):
                wrong_tests += repairs.tests(database, stretch, progress, check=check)
            wrong_nodes = repairs.nodes(database, progress, check=check)
        with over(database, "jobs", "Comparing") as progress:
            wrong_results = _results(database, progress, check=check)
        verdict = "would be repaired" if check else "repaired"
        print(f"{seen} runs counted: {wrong_runs} runs, {wrong_jobs} leased jobs and {wrong_tests} tests {verdict}")
        wrong = wrong_runs + wrong_jobs + wrong_tests + wrong_nodes + wrong_builds + wrong_results
        return FAILED if wrong else DONE


def _results(database: Database, progress: Progress, *, check: bool) -> int:
    n_jobs = sum(
        repairs.results(database, stretch, progress, check=check) for stretch in stretches(database, "jobs", progress)
    )
    return n_jobs + repairs.regressions(database, progress, check=check)


def _leases(database: Database, stretch: Stretch, progress: Progress, *, check: bool) -> int:
    found = read(database, _misleased(stretch))
    wrong = [job for job in found if check or transact(database, _repair(job.id))]
    for job in wrong:
        progress.say(f"{job.run}/{job.key}: " + ("leased without a lease" if job.leased else "not leased with a lease"))
    return len(wrong)


def _misleased(stretch: Stretch) -> Callable[[Session], Sequence[Row[Any]]]:
    return lambda session: upkeep.misleased(session, stretch.after, stretch.until)


def _repair(job_id: int) -> Callable[[Session], bool]:
    return lambda session: upkeep.repair_leased(session, job_id)
