"""``pecan migrate``: which migrations a database has had, and when; and the way to another one, forth or back."""

from collections.abc import Mapping
from typing import Any, ClassVar

from paddles.commands.command import DONE, Command, connected
from paddles.commands.populate import direct
from paddles.db import migrations
from paddles.db.migrations import Step
from paddles.db.work import read
from paddles.settings import Settings


class Migrate(Command):
    """List the migrations with the moment at which each ran; or bring the database to the schema of one of them.

    The target is a number from the list, head or base. On the way back what came later is lost, with its data: that
    has to be said with --down.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "target", "nargs": "?", "default": None, "help": "where to go: a number, head or base"},
        {"name": "--down", "action": "store_true", "help": "it is further back, and what came later may be lost"},
    )

    def execute(self, settings: Settings) -> int:
        """List, or move."""
        with connected(direct(settings)) as database:
            if self.args.target:
                migrations.move(database.url, self.args.target, down=self.args.down)
            for step in read(database, migrations.listed):
                print(shown(step))
        return DONE


def shown(step: Step) -> str:
    """Return a migration as a line: its number, when it ran, what it is for."""
    when = step.applied.isoformat(sep=" ", timespec="seconds") if step.applied else "done" if step.done else "not done"
    return f"{step.revision}  {when:25}  {step.about}"
