"""``pecan set_status``: make sure that runs marked running are."""

from paddles.commands import repairs
from paddles.commands.command import DONE, DatabaseCommand, over, stretches
from paddles.db.engine import Database
from paddles.settings import Settings


class SetStatus(DatabaseCommand):
    """Work out again the status of runs marked running.

    A status follows from the counters of its run, so these are compared with a count of the jobs, and repaired where
    they differ. Prints each run that changes. `pecan recount` does the same for all runs.
    """

    def work(self, database: Database, settings: Settings) -> int:
        """Recount the running runs."""
        changed = 0
        with over(database, "runs", "Counting") as progress:
            for stretch in stretches(database, "runs", progress):
                changed += repairs.counters(database, stretch, progress, running=True)
        print(f"{changed} runs changed")
        return DONE
