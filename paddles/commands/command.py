"""What the commands of paddles share: configuration in, the database connected, errors and exit codes out.

Exit codes: 0 done, 1 refused, failed or (where a command says so) something found, 2 bad arguments or configuration,
3 the database, or what else a command asks, cannot be reached, 130 interrupted.
"""

import argparse
import datetime
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import click
import psycopg2
from pecan.commands.base import BaseCommand

from paddles.archive import upkeep
from paddles.archive.upkeep import Stretch
from paddles.commands.configuring import Misuse, configure
from paddles.db import embedded, engine, migrations
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.errors import PaddlesError, Unavailable
from paddles.settings import Settings

log = logging.getLogger(__name__)

DONE, FAILED, MISUSED, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
LONGEST_DAYS = 36_500
LONGEST_MINUTES = LONGEST_DAYS * 24 * 60


class Configured(argparse.Action):
    """The argument ``config_file``, which also shows what the command is for: Pecan gives ``--help`` no other place."""

    def __init__(self, about: str, **options: Any) -> None:
        self.about = " ".join(about.split())
        super().__init__(**options)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        # argparse tells an argument which group of the help it went into.
        if name == "container":
            value.description = self.about

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        """Store the value."""
        setattr(namespace, self.dest, values)


CODES = ((Misuse, MISUSED), (Unavailable, UNREACHABLE), (embedded.EmbeddedError, UNREACHABLE))
CONFIG_FILE: Mapping[str, Any] = {
    "name": "config_file",
    "nargs": "?",
    "default": None,
    "action": Configured,
    "help": "a Pecan configuration file (default: the one that PECAN_CONFIG names)",
}


class Command(BaseCommand):  # type: ignore[misc]
    """A command that works on settings; subclasses say what it does in ``execute``."""

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Put the configuration file in front of the arguments that the class declares itself."""
        super().__init_subclass__(**options)
        own = tuple(argument for argument in cls.arguments if argument["name"] != "config_file")
        cls.arguments = ({**CONFIG_FILE, "about": cls.__doc__ or ""}, *own)

    def run(self, args: argparse.Namespace) -> None:
        """Do what the arguments say; ends the process with its exit code unless that is 0."""
        super().run(args)
        end_with(lambda: self.execute(configure(args)))

    def execute(self, settings: Settings) -> int:
        """Do the work and return the exit code."""
        raise NotImplementedError


class DatabaseCommand(Command):
    """A command that works on a migrated database; subclasses say what it does in ``work``."""

    def execute(self, settings: Settings) -> int:
        """Connect, make sure of the schema, work, disconnect."""
        with connected(settings) as database:
            if read(database, migrations.current) != migrations.head():
                raise PaddlesError("the database is not at this version's schema; run `pecan populate` first")
            return self.work(database, settings)

    def work(self, database: Database, settings: Settings) -> int:
        """Do the work and return the exit code."""
        raise NotImplementedError

    @property
    def now(self) -> datetime.datetime:
        """The moment at which the command is asked."""
        return datetime.datetime.now(datetime.UTC)


def end_with(work: Callable[[], int]) -> None:
    """Do ``work`` and end the process with the exit code that it returns, or that its error stands for; 0 goes on.

    Errors of the domain and of the database are one line on stderr; anything else is a bug and shows its traceback.
    """
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough. What is left of it must not fail again when Python ends.
        _forget_output()
        code = FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (Misuse, PaddlesError, embedded.EmbeddedError) as error:
        code = next((code for kind, code in CODES if isinstance(error, kind)), FAILED)
        complain(str(error))
    except Exception as error:
        refusal = getattr(error, "orig", None)
        if not isinstance(refusal, psycopg2.Error):
            raise
        log.debug("refused", exc_info=True)
        complain(f"the database refuses: {str(refusal).strip().splitlines()[0]}")
        code = FAILED
    if code:
        sys.exit(code)


def complain(line: str) -> None:
    """Say what is wrong, in one line on stderr."""
    print("paddles:", " ".join(line.split()), file=sys.stderr)


@contextmanager
def connected(settings: Settings) -> Iterator[Database]:
    """Give the database of ``settings``; afterwards its connections are closed and an embedded server is let go."""
    try:
        database = engine.connect(settings)
    except embedded.EmbeddedError:
        raise
    except Exception as error:
        raise PaddlesError(f"database_url names no database that can be used: {error}") from None
    try:
        yield database
    finally:
        database.dispose()
        if not settings.database_url:
            embedded.release(settings.home or embedded.default_home())


class Progress(AbstractContextManager["Progress"]):
    """A progress bar on stderr when that is a terminal, nothing otherwise."""

    def __init__(self, label: str, length: int) -> None:
        # Lines go around the bar only where both are seen in one place.
        shown = sys.stderr.isatty() and length > 0
        self.bar: Any = click.progressbar(length=length, label=label, file=sys.stderr) if shown else None

    def __enter__(self) -> "Progress":
        """Show the bar."""
        if self.bar:
            self.bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar's line."""
        if self.bar:
            self.bar.__exit__(kind, error, trace)

    def advance(self, steps: int) -> None:
        """Move the bar on."""
        if self.bar:
            self.bar.update(steps)

    def say(self, line: str) -> None:
        """Print a line on stdout; the bar moves out of its way."""
        if not self.bar:
            print(line)
            return
        click.echo("\r\033[K", nl=False, file=sys.stderr)
        print(line, flush=True)
        self.bar.render_progress()


def stretches(database: Database, table: str, progress: Progress) -> Iterator[Stretch]:
    """Yield the rows of a table, stretch by stretch, and move the bar behind each."""
    after = 0
    while found := _next(database, table, after):
        yield found
        progress.advance(found.until - after)
        after = found.until


def over(database: Database, table: str, label: str) -> Progress:
    """Return the progress bar for all of a table."""
    return Progress(label, read(database, lambda session: upkeep.last(session, table)))


def first_day(now: datetime.datetime, days: int, zone: ZoneInfo) -> datetime.date:
    """Return the first of the last ``days`` days of ``zone``; the day of ``now`` is the last."""
    return now.astimezone(zone).date() - datetime.timedelta(days=days - 1)


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """Return what argparse reads a whole number of these bounds with."""

    def parse(text: str) -> int:
        if text.isascii() and text.isdigit() and lowest <= int(text) <= highest:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {lowest} to {highest}")

    return parse


def words(text: str) -> str:
    """Return an argument that the database can hold; what argparse reads a name with."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("is not UTF-8") from None
    return text


def _next(database: Database, table: str, after: int) -> Stretch | None:
    return read(database, lambda session: upkeep.stretch(session, table, after))


def _forget_output() -> None:
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
