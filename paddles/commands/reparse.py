"""``pecan reparse``: read the names of runs again."""

from collections.abc import Callable
from typing import Any

from paddles.archive import upkeep
from paddles.archive.names import Scheme
from paddles.archive.upkeep import Stretch
from paddles.commands.command import DONE, DatabaseCommand, over, stretches
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.settings import Settings

Changes = list[tuple[str, dict[str, Any]]]


class Reparse(DatabaseCommand):
    """Read user, time, suite, branch and machine type from the names of all runs again.

    Fills what is blank and leaves what is known as it is, whether a job or an earlier reading said it. Prints each
    run that changes.
    """

    def work(self, database: Database, settings: Settings) -> int:
        """Reparse all runs."""
        scheme = Scheme(settings.zone, settings.known_suites)
        seen = changed = 0
        with over(database, "runs", "Reading names") as progress:
            for stretch in stretches(database, "runs", progress):
                changes = transact(database, _reparse(stretch, scheme))
                for name, fills in changes:
                    progress.say(f"{name}: {', '.join(f'{_word(field)} {value}' for field, value in fills.items())}")
                seen += stretch.count
                changed += len(changes)
        print(f"{seen} runs read, {changed} changed")
        return DONE


def _reparse(stretch: Stretch, scheme: Scheme) -> Callable[[Session], Changes]:
    return lambda session: upkeep.reparse(session, stretch.after, stretch.until, scheme)


def _word(field: str) -> str:
    return "user" if field == "username" else field
