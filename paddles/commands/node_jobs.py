"""``pecan node_jobs``: which jobs ran last on a machine."""

from collections.abc import Mapping
from typing import Any, ClassVar

from paddles.commands.command import DONE, DatabaseCommand, number, words
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.lab import upkeep
from paddles.settings import Settings


class NodeJobs(DatabaseCommand):
    """Print the last updated jobs on a node, each as run/job_id/.

    Exits with 1 when there is no such node.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "name", "type": words, "help": "the node, or how the names of several nodes begin"},
        {
            "name": ["-c", "--job-count"],
            "type": number(0, 10**9),
            "default": 10,
            "metavar": "N",
            "help": "how many jobs (default: 10)",
        },
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Print them."""
        name, count = self.args.name, self.args.job_count
        for job in read(database, lambda session: upkeep.latest_on(session, name, count)):
            print(f"{job.run}/{job.key}/")
        return DONE
