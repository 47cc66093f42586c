"""``pecan extract_stats``: what jobs left behind becomes tests and cases."""

import datetime
import logging
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from paddles import sentry
from paddles.archive import contents
from paddles.commands.command import DONE, DatabaseCommand
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Unavailable
from paddles.ingest import extraction
from paddles.ingest.extraction import Found
from paddles.lab import statistics
from paddles.lab.statistics import Taken
from paddles.settings import Settings
from paddles.sweep.loop import Ended, signalled

log = logging.getLogger(__name__)

# Between two looks into an empty queue.
STEP_S = 1.0


class ExtractStats(DatabaseCommand):
    """Read the results that jobs have uploaded, and store the tests and cases that they speak of.

    Takes the jobs that wait in the queue extract_stats after their end. Goes on until SIGTERM or Ctrl-C; any number may
    run, each takes other jobs. It reads the files where the service has put them (files_dir).
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "--once", "action": "store_true", "help": "do what waits now, and end"},
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Extract once, or until told to end."""
        if self.args.once:
            print(f"{_all(database, settings, lambda seconds: False)} extracted")
            return DONE
        sentry.watch(settings)
        ended = signalled()
        while not ended(STEP_S):
            try:
                _all(database, settings, ended)
            except Unavailable as error:
                log.warning("nothing extracted, %s", error)
        return DONE


def _all(database: Database, settings: Settings, ended: Ended) -> int:
    """Work until nothing waits and return how many jobs it were."""
    done = 0
    while not ended(0) and (taken := transact(database, _take(_now()))):
        too_often = taken.attempt > settings.max_attempts
        found = extraction.given_up(taken) if too_often else extraction.read(taken, contents.store(settings))
        status = transact(database, _settle(taken, found, _now()))
        log.info("statistics of job %s: %s, %d suites", taken.job_id, status, len(found.suites))
        done += 1
    return done


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _take(now: datetime.datetime) -> Callable[[Session], Taken | None]:
    return lambda session: statistics.take(session, now)


def _settle(taken: Taken, found: Found, now: datetime.datetime) -> Callable[[Session], str]:
    return lambda session: extraction.settle(session, taken, found, now)
