"""``paddles retain``: what is old of kernels is forgotten."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import click
from sqlalchemy import Row

from paddles.commands.command import DONE, LONGEST_DAYS, DatabaseCommand, Progress, number
from paddles.commands.configuring import Misuse
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.feeds import retention
from paddles.feeds.retention import Age, Counts
from paddles.settings import Settings

# Between two batches, so that what comes meanwhile is not held up.
PAUSE_S = 1.0
Handle = Callable[[Database, Row[Any], Age, bool], Counts]


class Retain(DatabaseCommand):
    """Delete runs of kernels that ended long ago, and before them their logs and documents as they came.

    Only runs that somebody elsewhere ran; never one that is running, or that has the tag pinned. Prints for each table
    how many rows went.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "name": ["--days", "--drp-days"],
            "type": number(0, LONGEST_DAYS),
            "metavar": "N",
            "dest": "days",
            "help": "keep results of so many days (default: retain_days, 3 unless set; 0: none of them)",
        },
        {
            "name": "--raw-days",
            "type": number(0, LONGEST_DAYS),
            "metavar": "N",
            "help": "keep logs and documents of so many days (default: retain_raw_days, 3 unless set)",
        },
        {"name": "--dry-run", "action": "store_true", "help": "only count, and delete nothing"},
        {"name": "--yes", "action": "store_true", "help": "do not ask, even where all will go"},
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Forget, or count."""
        days = settings.retain_days if self.args.days is None else self.args.days
        raw_days = settings.retain_raw_days if self.args.raw_days is None else self.args.raw_days
        if not (days or self.args.yes or self.args.dry_run):
            _confirm()
        age = retention.age(self.now, days, raw_days, settings.feed_days)
        handle: Handle = _count if self.args.dry_run else _forget
        counts: Counter[str] = Counter(dict.fromkeys(retention.TABLES, 0))
        for raw in (False, True):
            for run in _old(database, age, raw=raw):
                counts.update(handle(database, run, age, raw))
        counts["fed"] += _fed(database, age, dry_run=self.args.dry_run)
        for table, n in counts.items():
            print(table, n, sep="\t")
        if not self.args.dry_run:
            transact(database, lambda session: retention.note(session, days, raw_days, counts))
        return DONE


def _old(database: Database, age: Age, *, raw: bool) -> Iterator[Row[Any]]:
    """Yield what is old, batch by batch, with a pause between them."""
    after = 0
    while found := read(database, _due(age, after, raw)):
        with Progress("Looking at logs" if raw else "Looking at runs", len(found)) as progress:
            for run in found:
                yield run
                progress.advance(1)
        after = found[-1].id
        if len(found) == retention.BATCH:
            time.sleep(PAUSE_S)


def _confirm() -> None:
    """Ask whether all is to go. Raises Misuse when it is not, or nobody is there to be asked."""
    if not sys.stdin.isatty():
        raise Misuse("--days 0 deletes all runs of kernels: say --yes")
    if not click.confirm("Delete all runs of kernels?", err=True):
        raise Misuse("nothing was deleted")


def _fed(database: Database, age: Age, *, dry_run: bool) -> int:
    if dry_run:
        return read(database, lambda session: retention.count_fed(session, age.fed))
    total, gone = 0, retention.BATCH
    while gone == retention.BATCH:
        gone = transact(database, lambda session: retention.forget_fed(session, age.fed))
        total += gone
    return total


def _forget(database: Database, run: Row[Any], age: Age, raw: bool) -> Counts:
    return transact(database, lambda session: retention.forget(session, run, age, raw=raw))


def _count(database: Database, run: Row[Any], _age: Age, raw: bool) -> Counts:
    return read(database, lambda session: retention.count(session, run.id, raw=raw))


def _due(age: Age, after: int, raw: bool) -> Callable[[Session], Sequence[Row[Any]]]:
    return lambda session: retention.due(session, age, after, raw=raw)
