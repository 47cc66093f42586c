"""``pecan project``: projects made and looked after on the machine itself."""

import datetime
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from paddles.commands.command import DONE, LONGEST_DAYS, DatabaseCommand, words
from paddles.commands.configuring import Misuse
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.projects import projects, pruning, triggers
from paddles.settings import Settings

BATCH = 100


class Project(DatabaseCommand):
    """Make projects, list them, and look after them.

    `create NAME`, with `--synchronous` one whose builds go one after the other, with `--host-tag TAG` one whose runs
    may ask for such machines alone; `list`; `delete NAME` with all of its builds; `prune-builds NAME DAYS` deletes what
    was built longer ago, but what was promoted. `add-trigger NAME TYPE` makes a trigger, with `--secret NAME=VALUE`, or
    `--secret NAME` and the value on a line of the standard input; it prints the trigger's number.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "action", "nargs": "?", "type": words, "help": "one of those above"},
        {"name": "project", "nargs": "?", "type": words, "help": "which project"},
        {"name": "more", "nargs": "?", "type": words, "help": "the type of a trigger, a number of days"},
        {"name": "--synchronous", "action": "store_true", "help": "builds go one after the other"},
        {"name": "--host-tag", "action": "append", "default": [], "type": words, "help": "a machine for its runs"},
        {"name": "--secret", "action": "append", "default": [], "type": words, "help": "a secret of a trigger"},
        {"name": "--repo", "type": words, "default": "", "help": "where the definition lies"},
        {"name": "--file", "type": words, "default": "", "help": "what it is called there"},
    )

    def run(self, args: Namespace) -> None:
        """Take the first word for the configuration unless it says what to do."""
        if args.config_file in ACTIONS:
            args.config_file, args.action, args.project, args.more = None, args.config_file, args.action, args.project
        super().run(args)

    def execute(self, settings: Settings) -> int:
        """Check what is asked for before the database is touched."""
        if self.args.action not in ACTIONS:
            raise Misuse(f"say what to do: {', '.join(ACTIONS)}")
        if self.args.action != "list" and not self.args.project:
            raise Misuse(f"{self.args.action}: say which project")
        return super().execute(settings)

    def work(self, database: Database, settings: Settings) -> int:
        """Do it."""
        ACTIONS[self.args.action](database, settings, self.args, self.now)
        return DONE


def _list(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    for row in read(database, projects.listed):
        print(row.name, "synchronous" if row.synchronous else "-", ",".join(row.allowed_tags or ()) or "-", sep="\t")


def _create(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    how = {"synchronous": args.synchronous, "allowed_tags": args.host_tag}
    transact(database, lambda session: projects.create(session, args.project, now, **how))


def _delete(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    transact(database, lambda session: projects.delete(session, args.project))


def _add_trigger(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    if not args.more:
        raise Misuse("add-trigger: say of which type")
    said = {
        "type": args.more,
        "owner": "",
        "definition_repo": args.repo,
        "definition_file": args.file,
        "priority": 0,
    }
    secrets = dict(map(_secret, args.secret))
    print(transact(database, lambda session: triggers.create(session, args.project, said, secrets, settings, now)))


def _secret(said: str) -> tuple[str, str]:
    name, there, value = said.partition("=")
    return triggers.check_name(name), value if there else sys.stdin.readline().rstrip("\n")


def _prune(database: Database, settings: Settings, args: Namespace, now: datetime.datetime) -> None:
    days = args.more or ""
    if not (days.isascii() and days.isdigit() and int(days) <= LONGEST_DAYS):
        raise Misuse("prune-builds: say how many days of builds to keep")
    before = now - datetime.timedelta(days=int(days))
    project_id = read(database, lambda session: projects.one(session, args.project)).id
    pruned = 0
    while done := transact(database, lambda session: pruning.prune(session, project_id, before, BATCH)):
        pruned += done
    print(f"{pruned} builds pruned")


ACTIONS: Mapping[str, Callable[[Database, Settings, Namespace, datetime.datetime], None]] = {
    "list": _list,
    "create": _create,
    "delete": _delete,
    "add-trigger": _add_trigger,
    "prune-builds": _prune,
}
