"""``paddles setup``: all that the service needs in its database before it serves."""

import datetime

from paddles.commands.command import DONE, Command, connected
from paddles.commands.populate import direct
from paddles.db import migrations
from paddles.db.work import read
from paddles.settings import Settings
from paddles.sweep import administrator


class Setup(Command):
    """Bring the database to this version's schema, and make what is there from the start.

    Harmless when repeated: what is there stays as it is. Several at once wait for each other.
    """

    def execute(self, settings: Settings) -> int:
        """Migrate, then make."""
        with connected(direct(settings)) as database:
            before = read(database, migrations.current)
            migrations.upgrade(database.url)
            print(f"schema\t{before or 'none'}\t{migrations.head()}", flush=True)
            made = administrator.ensure(database, settings, datetime.datetime.now(datetime.UTC))
            print(f"administrator\t{'made' if made else 'as it was'}", flush=True)
        return DONE
