"""``pecan dedupe``: make sure that no run and no job is there twice."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sqlalchemy import Row

from paddles.archive import upkeep
from paddles.archive.upkeep import Stretch
from paddles.commands.command import DONE, DatabaseCommand, over, stretches, words
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read
from paddles.errors import Conflict
from paddles.settings import Settings


def pattern(text: str) -> str:
    """Return a pattern that LIKE takes."""
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise argparse.ArgumentTypeError(f"{text!r} ends with an escape that escapes nothing")
    return words(text)


class Dedupe(DatabaseCommand):
    """Make sure that no run, and no job in a run, is there twice.

    The database keeps names of runs, and ids of jobs in a run, unique, so that there is nothing to merge. This looks
    whether that is so, and exits with 1 when it is not: a unique key was then taken away by hand.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "name": "pattern",
            "type": pattern,
            "help": "which runs: what LIKE in SQL takes; %% stands for any characters and alone for all runs",
        },
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Count what is there and what is there twice."""
        wanted = self.args.pattern
        runs = read(database, lambda session: upkeep.runs_twice(session, wanted))
        jobs = jobs_twice = 0
        with over(database, "runs", "Looking at jobs") as progress:
            for stretch in stretches(database, "runs", progress):
                found = read(database, _jobs(stretch, wanted))
                jobs += found.n
                jobs_twice += found.twice
        print(f"{runs.n} runs and {jobs} jobs looked at", flush=True)
        if runs.twice or jobs_twice:
            raise Conflict(f"{runs.twice} runs and {jobs_twice} jobs are there twice: the unique keys are missing")
        print("None is there twice; there is nothing to merge")
        return DONE


def _jobs(stretch: Stretch, wanted: str) -> Callable[[Session], Row[Any]]:
    return lambda session: upkeep.jobs_twice(session, stretch.after, stretch.until, wanted)
