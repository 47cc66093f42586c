"""``pecan restored``: after a restore on another server, let the event log go on."""

from paddles.commands.command import DONE, DatabaseCommand
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.events import log
from paddles.nodes import upkeep
from paddles.settings import Settings


class Restored(DatabaseCommand):
    """Put all events of a restored database before those to come.

    Run it once after a dump was restored on a server other than its own, before anything is served from it. Events are
    in the order of the transactions that wrote them, which every server counts anew.
    """

    def work(self, database: Database, settings: Settings) -> int:
        """Reset the order."""
        transact(database, upkeep.start_over)
        print(f"{transact(database, log.start_over)} events put before those to come")
        return DONE
