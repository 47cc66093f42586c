"""``pecan delete``: delete a run."""

from collections.abc import Mapping
from typing import Any, ClassVar

from paddles.archive import runs
from paddles.commands.command import DONE, DatabaseCommand, words
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.errors import NotFound
from paddles.settings import Settings


class Delete(DatabaseCommand):
    """Delete a run with its jobs; exits with 1 when there is no such run."""

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "name", "type": words, "help": "the name of the run"},
    )

    def work(self, database: Database, settings: Settings) -> int:
        """Delete it."""
        name = self.args.name
        try:
            transact(database, lambda session: runs.delete(session, name))
        except NotFound:
            raise NotFound(f"no run is called {name}") from None
        print(f"Deleted {name}")
        return DONE
