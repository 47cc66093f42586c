"""``pecan queue_stats``: how many jobs each day brought."""

from collections.abc import Mapping
from typing import Any, ClassVar

from paddles.archive import upkeep
from paddles.commands.command import DONE, LONGEST_DAYS, DatabaseCommand, first_day, number
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.settings import Settings


class QueueStats(DatabaseCommand):
    """Print how many jobs were scheduled on each of the last days, and how many of them passed or failed.

    A line each day, today last; a day is one of the time zone that the configuration names.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "days", "type": number(1, LONGEST_DAYS), "help": "how many days, today included"},
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Print a line for each day."""
        now = self.now
        first, today = (first_day(now, days, settings.zone) for days in (self.args.days, 1))
        for day in read(database, lambda session: upkeep.per_day(session, first, today, settings.zone)):
            percent = 100 * day.completed / day.scheduled if day.scheduled else 0
            print(f"{day.day}: {day.scheduled} scheduled, {day.completed} completed ({percent:.0f}%)")
        return DONE
