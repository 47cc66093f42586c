"""``pecan set_targets``: link jobs to the machines that they name."""

from collections.abc import Callable

from paddles.archive.upkeep import Stretch
from paddles.commands.command import DONE, FAILED, DatabaseCommand, complain, over, stretches
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.lab import upkeep
from paddles.settings import Settings


class SetTargets(DatabaseCommand):
    """Link nodes to jobs that have targets but no node, and guess the types of nodes that have none.

    Nodes that nobody knows are registered. A type is guessed from the beginning of the name. Exits with 1 when a
    target could not be linked.
    """

    def work(self, database: Database, settings: Settings) -> int:
        """Link, then guess."""
        linked, refused = 0, []
        with over(database, "jobs", "Linking") as progress:
            for stretch in stretches(database, "jobs", progress):
                more, wrong = transact(database, _link(stretch))
                linked += more
                refused += wrong
        typed = transact(database, upkeep.fill_types)
        for name, machine_type in typed:
            print(f"{name}: {machine_type}")
        print(f"{linked} jobs linked, {len(typed)} machine types guessed", flush=True)
        for line in refused:
            complain(line)
        return FAILED if refused else DONE


def _link(stretch: Stretch) -> Callable[[Session], tuple[int, list[str]]]:
    return lambda session: upkeep.link_targets(session, stretch.after, stretch.until)
