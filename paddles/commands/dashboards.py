"""``pecan dashboards``: the set of dashboards into a file, and out of one."""

import datetime
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from paddles.commands.command import DONE, MISUSED, DatabaseCommand, words
from paddles.commands.configuring import Misuse
from paddles.dashboards import definitions, sets
from paddles.dashboards.definitions import Set
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Invalid
from paddles.settings import Settings

ACTIONS = ("export", "import")


class Dashboards(DatabaseCommand):
    """Write the dashboards to a file, or take them from one.

    `export [FILE]` writes all of them, without a file to the standard output. `import FILE` adds what is in a file and
    changes what is called alike; with `--replace` there is nothing but that afterwards, and what was is kept beside the
    file; with `--dry-run` it is only said what would become of it: `+` added, `~` changed, `-` taken away. A file with
    a fault changes nothing; each fault is a line with its path, and the exit code is 2.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "action", "nargs": "?", "type": words, "help": "export or import"},
        {"name": "file", "nargs": "?", "type": words, "help": "to which file, or from which"},
        {"name": "--replace", "action": "store_true", "help": "what is not in the file goes"},
        {"name": "--dry-run", "action": "store_true", "help": "change nothing"},
    )

    def run(self, args: Namespace) -> None:
        """Take the first word for the configuration unless it says what to do."""
        if args.config_file in ACTIONS:
            args.config_file, args.action, args.file = None, args.config_file, args.action
        super().run(args)

    def execute(self, settings: Settings) -> int:
        """Check what is asked for before the database is touched."""
        if self.args.action not in ACTIONS:
            raise Misuse(f"say what to do: {', '.join(ACTIONS)}")
        if self.args.action == "import" and not self.args.file:
            raise Misuse("import: say from which file")
        return super().execute(settings)

    def work(self, database: Database, settings: Settings) -> int:
        """Do it."""
        if self.args.action == "export":
            return self._export(database)
        try:
            return self._import(database)
        except Invalid as error:
            print(error, file=sys.stderr)
            return MISUSED

    def _export(self, database: Database) -> int:
        text = definitions.written(read(database, sets.current))
        if self.args.file:
            _write(Path(self.args.file), text, "w")
        else:
            sys.stdout.write(text)
        return DONE

    def _import(self, database: Database) -> int:
        given = definitions.read(_read(Path(self.args.file)))
        replace = self.args.replace
        if self.args.dry_run:
            plan = read(database, lambda session: sets.planned(session, given, replace=replace))
        else:
            was = self._kept(database, given) if replace else None
            plan = transact(database, lambda s: sets.bring(s, given, self.now, replace=replace, was=was))
        for line in plan.lines:
            print(line)
        return DONE

    def _kept(self, database: Database, given: Set) -> Set:
        """Write what there is beside the file that replaces it, once that is known to be sound, and return it."""
        was = read(database, sets.current)
        read(database, lambda session: sets.planned(session, given, replace=True))
        file = Path(self.args.file)
        _write(file.with_name(f"{file.name}.{_stamp(self.now)}.backup"), definitions.written(was), "x")
        return was


def _stamp(now: datetime.datetime) -> str:
    return now.strftime("%Y%m%dT%H%M%S.%fZ")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misuse(f"{file}: {error.strerror}") from None


def _write(file: Path, text: str, mode: str) -> None:
    try:
        with file.open(mode, encoding="utf-8", newline="\n") as out:
            out.write(text)
    except OSError as error:
        raise Misuse(f"{file}: {error.strerror}") from None
