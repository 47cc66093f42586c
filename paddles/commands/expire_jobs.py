"""``pecan expire_jobs``: end jobs of which nothing was heard."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from paddles.archive import jobs
from paddles.commands.command import DONE, LONGEST_DAYS, LONGEST_MINUTES, DatabaseCommand, number
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.settings import Settings

BATCH = 500


class ExpireJobs(DatabaseCommand):
    """End as dead the jobs of which nothing was heard for long.

    The sweep does the same by itself, again and again, with the times that the configuration names.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "name": ["-r", "--running"],
            "type": number(0, LONGEST_MINUTES),
            "metavar": "MINUTES",
            "help": "end running, waiting and unknown jobs without news for so long (default: what the configuration "
            "calls expire_running_minutes, 30 unless set; 0: end none)",
        },
        {
            "name": ["-q", "--queued"],
            "type": number(0, LONGEST_DAYS),
            "metavar": "DAYS",
            "help": "end queued jobs without news for so long (default: what the configuration calls "
            "expire_queued_days, 14 unless set; 0: end none)",
        },
    )

    def work(self, database: Database, settings: Settings) -> int:
        """End the running ones, then the queued ones."""
        running, queued = self.args.running, self.args.queued
        minutes = settings.expire_running_minutes if running is None else running
        days = settings.expire_queued_days if queued is None else queued
        now = self.now
        print(f"Expiring {_expire(database, jobs.UNDER_WAY, datetime.timedelta(minutes=minutes), now)} running jobs")
        print(f"Expiring {_expire(database, jobs.NOT_BEGUN, datetime.timedelta(days=days), now)} queued jobs")
        return DONE


def _expire(
    database: Database, which: Mapping[str, Sequence[str]], silence: datetime.timedelta, now: datetime.datetime
) -> int:
    """End jobs that were silent so long, a batch a transaction; return how many."""
    if not silence:
        return 0
    total = 0
    while True:
        ended = transact(database, _batch(which, now - silence, now))
        total += ended
        if ended < BATCH:
            return total


def _batch(
    which: Mapping[str, Sequence[str]], since: datetime.datetime, now: datetime.datetime
) -> Callable[[Session], int]:
    return lambda session: jobs.expire(session, which, since, now, BATCH)
