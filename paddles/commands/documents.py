"""``pecan documents``: what was submitted and how far it was read; and what failed read once more."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from paddles.archive import receipts
from paddles.archive.status import RECEIPTS
from paddles.commands.command import DONE, DatabaseCommand, words
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.settings import Settings

MOST = 1000
SOURCE = "kcidb"


class Documents(DatabaseCommand):
    """List documents that were submitted, those that failed unless told otherwise; or have one read once more.

    Each line is the source, the id, the moment, who sent it, and why it failed. The sweep reads what is to be read.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "--state", "choices": RECEIPTS, "default": "failed", "help": "which documents (default: failed)"},
        {"name": "--again", "type": words, "default": None, "help": "the id of one that failed, to be read once more"},
    )

    def work(self, database: Database, settings: Settings) -> int:
        """List, or have one read again."""
        if self.args.again:
            transact(database, _again(self.args.again, self.now))
            print(f"{self.args.again} will be read again")
            return DONE
        state = self.args.state
        for row in read(database, lambda session: receipts.listed(session, state, MOST)):
            moment = row.received.isoformat(timespec="seconds")
            print("\t".join((row.source, row.external_id, moment, row.username, row.reason)))
        return DONE


def _again(name: str, now: datetime) -> Callable[[Session], None]:
    return lambda session: receipts.again(session, SOURCE, name, now)
