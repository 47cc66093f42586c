"""``pecan populate``: make the tables, or bring them up to date."""

import datetime

from paddles.commands.command import DONE, Command, connected
from paddles.db import migrations
from paddles.db.work import read
from paddles.settings import Settings
from paddles.sweep import administrator


class Populate(Command):
    """Create the tables of the database, or bring them up to date.

    Harmless when repeated: what is up to date stays as it is. Several at once wait for each other.
    """

    def execute(self, settings: Settings) -> int:
        """Migrate the database."""
        with connected(direct(settings)) as database:
            before, wanted = read(database, migrations.current), migrations.head()
            print(f"==> THE DATABASE IS AT {before}" if before else "==> THE DATABASE IS EMPTY", flush=True)
            print(f"==> BRINGING IT TO {wanted}", flush=True)
            migrations.upgrade(database.url)
            administrator.ensure(database, settings, datetime.datetime.now(datetime.UTC))
            print("==> DONE")
        return DONE


def direct(settings: Settings) -> Settings:
    """Return the settings with the way to the database that migrations take: past a pooler where there is one."""
    pooled = settings.database_pooler and not settings.database_direct_url
    return settings.model_copy(update={"database_url": settings.migrations_url, "database_pooler": pooled})
