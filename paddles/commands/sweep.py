"""``pecan sweep``: do the periodic work."""

from collections.abc import Mapping
from typing import Any, ClassVar

from paddles import sentry
from paddles.commands.command import DONE, DatabaseCommand, connected
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import loop


class Sweep(DatabaseCommand):
    """Do the periodic work: expire leases and silent jobs, forget old events.

    Goes on until SIGTERM or Ctrl-C, and waits for a database that is away. Any number may run: they take turns.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "--once", "action": "store_true", "help": "do everything that is due now, and end"},
    )

    def execute(self, settings: Settings) -> int:
        """Sweep once, or until told to end."""
        if self.args.once:
            return super().execute(settings)
        # Held here as well, an embedded server ends with the sweep, and a URL that is none is refused at once.
        with connected(settings):
            sentry.watch(settings)
            loop.run(settings)
        return DONE

    def work(self, database: Database, settings: Settings) -> int:
        """Sweep once."""
        print(f"{loop.once(database, settings, self.now)} swept")
        return DONE
