"""``pecan node_stats``: what ran how long on how many machines."""

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Row

from paddles.commands.command import DONE, LONGEST_DAYS, DatabaseCommand, first_day, number, words
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read
from paddles.lab import upkeep
from paddles.settings import Settings


class NodeStats(DatabaseCommand):
    """Print the finished jobs of the last days, and how long they took on how many nodes, as a JSON list.

    Jobs posted in these days, the oldest first. Times are in seconds: `duration` is what the runner reported (0 when
    it did not), `runtime` lasts from the start to the end, `waited` from the posting to the start.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "days", "type": number(1, LONGEST_DAYS), "help": "how many days, today included"},
        {
            "name": ["-m", "--machine-type"],
            "type": words,
            "help": "only jobs for exactly this machine type",
        },
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Print them as they are read, so that any number will do."""
        first = first_day(self.now, self.args.days, settings.zone)
        since = datetime.datetime.combine(first, datetime.time(), settings.zone).astimezone(datetime.UTC)
        between = ""
        print("[", end="")
        for job in _jobs(database, since, self.args.machine_type):
            print(between + "\n" + json.dumps(stats(job), indent=2), end="")
            between = ","
        print("\n]")
        return DONE


def stats(job: Row[Any]) -> dict[str, Any]:
    """Return what is printed of a job, a row of ``upkeep.finished_jobs``."""
    return {
        "job": f"{job.run}/{job.key}",
        "status": job.status,
        "suite": job.suite,
        "nodes": job.machines,
        "duration": round(float(job.duration or 0)),
        "runtime": (job.finished - job.started).total_seconds(),
        "waited": (job.started - job.posted).total_seconds(),
        "description": job.description,
    }


def _jobs(database: Database, since: datetime.datetime, machine_type: str | None) -> Iterator[Row[Any]]:
    after = (since, 0)
    while found := read(database, _batch(after, machine_type)):
        yield from found
        after = (found[-1].posted, found[-1].id)


def _batch(after: tuple[datetime.datetime, int], machine_type: str | None) -> Callable[[Session], Sequence[Row[Any]]]:
    return lambda session: upkeep.finished_jobs(session, after, machine_type)
