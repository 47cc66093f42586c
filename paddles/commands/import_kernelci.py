"""``pecan import_kernelci``: take users and nodes over from dumps of KernelCI's API."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from paddles.accounts import dumped as dumped_users
from paddles.accounts import imports as user_imports
from paddles.accounts import passwords
from paddles.accounts.dumped import Dumped
from paddles.accounts.users import Taken
from paddles.commands import dumps
from paddles.commands.command import DONE, FAILED, DatabaseCommand, Progress, words
from paddles.commands.configuring import Misuse
from paddles.commands.dumps import Later, Line
from paddles.db import extended_json
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Invalid
from paddles.nodes import dumped as dumped_nodes
from paddles.nodes import imports as node_imports
from paddles.settings import Settings

T = TypeVar("T")
# Nodes that are stored in one transaction.
BATCH = 2000
COUNTED = ("imported", "here already", "left out")


@dataclass(frozen=True)
class Import:
    """An import of one file under way. ``counts`` are by the words of ``COUNTED``."""

    database: Database
    settings: Settings
    now: datetime.datetime
    path: str
    progress: Progress
    counts: Counter[str] = field(default_factory=Counter)

    def leave_out(self, line: Line, reason: str) -> None:
        """Say why a line is not taken."""
        self.counts["left out"] += 1
        # What the dump says may be in it, for a terminal to obey.
        shown = "".join(letter if letter.isprintable() else "?" for letter in reason)
        self.progress.say(f"{self.path}:{line.number}: {shown}")

    def read(self, line: Line, made: Callable[[Mapping[str, Any]], T]) -> T | None:
        """Return what is ``made`` of the document on a line; None, said why, where there is none to be made."""
        try:
            if not line.text:
                raise Invalid("is longer than any document")
            return made(extended_json.read(line.text))
        except Invalid as error:
            self.leave_out(line, str(error))
            return None


class ImportKernelci(DatabaseCommand):
    """Take users and nodes over from dumps of KernelCI's API, with their ids.

    A dump has a JSON document on each line, as mongoexport writes it or as that API answers; it may be compressed with
    gzip. What is here already stays as it is: start an import that was interrupted again, and it goes on. No events
    tell of what is imported. Prints each line that is left out, with its number and the reason; exit code 1 then.
    """

    arguments: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"name": "--users", "type": words, "help": "a dump of users"},
        {"name": "--nodes", "type": words, "help": "a dump of nodes, in any order"},
    )

    def execute(self, settings: Settings) -> int:
        """Make sure that there is something to read before anything is done."""
        paths = [path for path in (self.args.users, self.args.nodes) if path]
        if not paths:
            raise Misuse("name a dump: --users, --nodes or both")
        for path in paths:
            dumps.size(Path(path))
        return super().execute(settings)

    def work(self, database: Database, settings: Settings) -> int:
        """Import the users, then the nodes."""
        left_out = 0
        for what, take in (("users", take_users), ("nodes", take_nodes)):
            path: str | None = getattr(self.args, what)
            if path:
                with Progress(f"Importing {what}", dumps.size(Path(path))) as progress:
                    under_way = Import(database, settings, self.now, path, progress)
                    take(under_way, dumps.lines(Path(path), progress))
                print(f"{what}: " + ", ".join(f"{under_way.counts[name]} {name}" for name in COUNTED), flush=True)
                left_out += under_way.counts["left out"]
        return FAILED if left_out else DONE


def take_users(under_way: Import, found: Iterator[Line]) -> None:
    """Store users, each in a transaction of its own."""
    decoy = passwords.decoy(under_way.settings.password_memory_kib)
    for line in found:
        user = under_way.read(line, dumped_users.user)
        if user is None:
            continue
        try:
            added = transact(under_way.database, _user(user, decoy, under_way.now))
        except Taken as error:
            under_way.leave_out(line, str(error))
            continue
        under_way.counts["imported" if added else "here already"] += 1
        if added and not passwords.comparable(user.password):
            under_way.progress.say(
                f"{user.username} has to ask for a new password: the old one's hash is of no use here"
            )


def take_nodes(under_way: Import, found: Iterator[Line]) -> None:
    """Store nodes; those whose parents stand behind them in a further round, as long as one finds any of these."""
    with ExitStack() as files:
        later = _round(under_way, found, Later(files))
        while later.ids:
            before, later = later, _round(under_way, later.lines(), Later(files))
            if len(later.ids) == len(before.ids):
                break
        for line in later.lines():
            node = under_way.read(line, dumped_nodes.node) or {}
            missing = "is left out" if node["parent_id"] in later else "is not here"
            under_way.leave_out(line, f"its parent {node['parent_id']} {missing}")


def _round(under_way: Import, found: Iterator[Line], later: Later) -> Later:
    """Store those of the nodes whose parent is here or comes before them, and return ``later`` with the others."""
    for batch in dumps.batches(found, BATCH):
        nodes: dict[str, Any] = {}
        lines: dict[str, Line] = {}
        for line in batch:
            node = under_way.read(line, dumped_nodes.node)
            if node is None:
                continue
            # Of several with one id the first counts, also where that waits for its parent.
            if node["id"] in nodes or node["id"] in later:
                under_way.counts["here already"] += 1
                continue
            nodes[node["id"]], lines[node["id"]] = node, line
        taken = transact(under_way.database, _nodes(nodes, under_way.now))
        under_way.counts["imported"] += taken.added
        under_way.counts["here already"] += len(nodes) - taken.added - len(taken.waiting)
        for node_id, line in lines.items():
            if node_id in taken.waiting:
                later.add(line, node_id)
    return later


def _user(user: Dumped, decoy: str, now: datetime.datetime) -> Callable[[Session], bool]:
    return lambda session: user_imports.take(session, user, decoy, now)


def _nodes(nodes: Mapping[str, Any], now: datetime.datetime) -> Callable[[Session], node_imports.Taken]:
    return lambda session: node_imports.take(session, nodes, now)
