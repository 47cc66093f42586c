"""``paddles feed``: kernel builds and boots brought from where they are, since nobody sends them."""

import argparse
import datetime
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from paddles.archive import contents
from paddles.commands import show_config
from paddles.commands.command import (
    DONE,
    FAILED,
    DatabaseCommand,
    Progress,
    complain,
    number,
    words,
)
from paddles.commands.configuring import Misuse
from paddles.db.engine import Database
from paddles.errors import Invalid, PaddlesError
from paddles.feeds import choice, feeding
from paddles.feeds.choice import Asked
from paddles.feeds.feeding import Busy, Keeping, Taker
from paddles.feeds.fetching import Site
from paddles.feeds.posting import Posting
from paddles.feeds.sources import Files, Source, Wanted
from paddles.settings import Settings

BUSY = 4
LONGEST_DAYS, MOST = 3650, 10_000_000
FILES: Mapping[str, Any] = {"nargs": "+", "default": [], "type": words, "metavar": "F"}

SOURCE_OPTIONS: tuple[Mapping[str, Any], ...] = (
    {"name": "--days", "type": number(1, LONGEST_DAYS), "help": "of how many days (default: feed_days, 2 unless set)"},
    {
        "name": "--source",
        "type": words,
        "help": "kernelci-legacy, kernelci-api, the address of another paddles, a directory, or - for one document on "
        "the standard input (default: feed_source, kernelci-legacy unless set)",
    },
)


class Feed(DatabaseCommand):
    """Fetch documents of kernel builds and boots from a source, and keep those that are not there yet.

    Exit codes: 0 all done; 1 some failed, of which the last line counts how many; 2 bad arguments or configuration; 3
    the source or the database cannot be reached; 4 another feed is at work. What was cut short goes on where it was.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "--how-many", "type": number(1, MOST), "metavar": "N", "help": "at most so many of each kind"},
        *SOURCE_OPTIONS,
        {"name": "--builds", **FILES, "help": "only these files, which hold builds"},
        {"name": "--lavas", **FILES, "help": "only these, what LAVA said of jobs"},
        {"name": "--boots", **FILES, "help": "only these, boots of labs without LAVA"},
        {"name": "--lab", "type": words, "default": "", "help": "the lab of files that name none"},
        {"name": "--dry-run", "action": "store_true", "help": "list what would be fetched, and fetch nothing"},
        {"name": "--check", "action": "store_true", "help": "see whether source, storage and database can be used"},
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Check, list or feed."""
        show_config.warn()
        source = chosen(settings, self.args, self.now, time.sleep)
        if self.args.check:
            return self._check(source, database, settings)
        if self.args.dry_run:
            return self._list(source, database)
        take = taker(database, settings, time.sleep)
        if isinstance(take, Posting):
            take.check()
        try:
            total = feeding.alone(database, lambda: self._feed(source, database, take))
        except Busy as error:
            complain(str(error))
            return BUSY
        print(f"{total.found} found, {total.known} known, {total.outcome.created} new, "
              f"{total.outcome.duplicates} duplicates, {total.outcome.failed} failed", flush=True)  # fmt: skip
        if total.fault:
            complain(total.fault)
        return FAILED if total.outcome.failed or total.fault else DONE

    def _feed(self, source: Source, database: Database, take: Taker) -> feeding.Total:
        bars: list[Progress] = []

        def told(n_found: int, n_new: int) -> Callable[[int], None]:
            bars.append(Progress("Feeding", n_new).__enter__())
            return bars[0].advance

        try:
            return feeding.feed(database, source, take, now, told)
        finally:
            for bar in bars:
                bar.__exit__(None, None, None)

    def _list(self, source: Source, database: Database) -> int:
        n_found, new = feeding.unknown(database, source)
        for each in new:
            print(each.kind, each.id, each.lab, each.where, sep="\t")
        print(f"{n_found} found, {n_found - len(new)} known, {len(new)} new", flush=True)
        return DONE

    def _check(self, source: Source, database: Database, settings: Settings) -> int:
        """Say of each part that it can be used; the first that cannot ends it with its error."""
        take = taker(database, settings, time.sleep)
        print("the database is at this version's schema", flush=True)
        for line in (take.check() if isinstance(take, Posting) else kept_in(settings)) + source.check():
            print(line, flush=True)
        return DONE


def now() -> datetime.datetime:
    """Return this moment."""
    return datetime.datetime.now(datetime.UTC)


def chosen(
    settings: Settings, args: argparse.Namespace, at: datetime.datetime, wait: Callable[[float], None]
) -> Source:
    """Return the source that the arguments ask for. Raises Misuse."""
    files = Files(*(getattr(args, name, []) for name in Files._fields))
    wanted = Wanted(args.days or settings.feed_days, args.how_many or 0)
    asked = Asked(args.source or settings.feed_source, files, getattr(args, "lab", ""), wanted)
    try:
        return choice.source(settings, asked, at, wait)
    except Invalid as error:
        raise Misuse(str(error)) from None


def taker(database: Database, settings: Settings, wait: Callable[[float], None]) -> Taker:
    """Return what takes documents: this service, or the one whose addresses are configured."""
    if not settings.posted_to:
        return Keeping(database, contents.store(settings))
    site = Site(wait, settings.max_document_bytes)
    return Posting(database, site, settings.posted_to, settings.feed_token, choice.rhythm(settings), wait)


def kept_in(settings: Settings) -> list[str]:
    """Return that the directory of files can be written. Raises PaddlesError."""
    folder = contents.directory(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise PaddlesError(f"{folder} cannot be written: {os.strerror(error.errno or 0)}") from None
    return [f"{folder} can be written"]
