"""``pecan regroup``: find again which failures are of one kind."""

from collections.abc import Callable

from paddles.archive import failures
from paddles.archive.upkeep import Stretch
from paddles.commands.command import DONE, DatabaseCommand, over, stretches
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.settings import Settings


class Regroup(DatabaseCommand):
    """Read the reasons of all failures again and put those of one kind together.

    For jobs that were there before the service knew groups, and when its rules are others. Can be stopped and begun
    again at any time.
    """

    def work(self, database: Database, settings: Settings) -> int:
        """Read them all."""
        seen = changed = 0
        with over(database, "jobs", "Reading reasons") as progress:
            for stretch in stretches(database, "jobs", progress):
                changed += transact(database, _regroup(stretch))
                seen += stretch.count
        print(f"{seen} jobs read, {changed} changed")
        return DONE


def _regroup(stretch: Stretch) -> Callable[[Session], int]:
    return lambda session: failures.regroup(session, stretch.after, stretch.until)
