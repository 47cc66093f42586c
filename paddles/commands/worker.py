"""``pecan worker``: machines that pull their work, looked after on the service's own machine."""

import datetime
import getpass
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from paddles.commands.command import DONE, DatabaseCommand, words
from paddles.commands.configuring import Misuse
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.lab import pullers
from paddles.settings import Settings

ALL = Page()


class Worker(DatabaseCommand):
    """Look after the machines that pull their work.

    `list` shows them; `enlist NAME` lets one be given work, `delist NAME` none any more; `delete NAME` forgets it.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "action", "nargs": "?", "type": words, "help": "one of those above"},
        {"name": "machine", "nargs": "?", "type": words, "help": "which one"},
    )

    def run(self, args: Namespace) -> None:
        """Take the first word for the configuration unless it says what to do."""
        if args.config_file in ACTIONS:
            args.config_file, args.action, args.machine = None, args.config_file, args.action
        super().run(args)

    def execute(self, settings: Settings) -> int:
        """Check what is asked for before the database is touched."""
        if self.args.action not in ACTIONS:
            raise Misuse(f"say what to do: {', '.join(ACTIONS)}")
        if self.args.action != "list" and not self.args.machine:
            raise Misuse(f"{self.args.action}: say which worker")
        return super().execute(settings)

    def work(self, database: Database, settings: Settings) -> int:
        """Do it."""
        ACTIONS[self.args.action](database, self.args.machine, self.now)
        return DONE


def _list(database: Database, name: str, now: datetime.datetime) -> None:
    found, _ = read(database, lambda session: pullers.listed(session, ALL))
    for each in found:
        enlisted, online = "enlisted" if each.enlisted else "-", "online" if pullers.online(each, now) else "-"
        print(each.name, enlisted, online, ",".join(each.tags) or "-", sep="\t")


def _enlist(database: Database, name: str, now: datetime.datetime) -> None:
    transact(database, lambda session: _set(session, name, enlisted=True))


def _delist(database: Database, name: str, now: datetime.datetime) -> None:
    transact(database, lambda session: _set(session, name, enlisted=False))


def _set(session: Session, name: str, *, enlisted: bool) -> None:
    pullers.enlist(session, pullers.find(session, name), enlisted, getpass.getuser())


def _delete(database: Database, name: str, now: datetime.datetime) -> None:
    transact(database, lambda session: pullers.remove(session, pullers.find(session, name), now))


ACTIONS: Mapping[str, Callable[[Database, str, datetime.datetime], None]] = {
    "list": _list,
    "enlist": _enlist,
    "delist": _delist,
    "delete": _delete,
}
