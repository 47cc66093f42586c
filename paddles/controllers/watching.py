"""Where the watches of a process look: the log of events."""

from collections.abc import Collection
from dataclasses import dataclass

from paddles.db.engine import Database
from paddles.db.work import read
from paddles.events import changes, feed
from paddles.events.feed import Seen
from paddles.events.log import Position


@dataclass(frozen=True)
class Log:
    """The log of a database; events name ``source`` as theirs."""

    database: Database
    source: str

    def look(self, after: Position | None, topics: Collection[str], keys: Collection[str]) -> Seen:
        """Return what is new: as ``feed.look``, in a unit of its own."""
        return read(self.database, lambda session: feed.look(session, after, topics, keys, self.source))

    def since(self, after: Position, topics: Collection[str]) -> Seen:
        """Return what somebody has not had yet: as ``feed.since``, in a unit of its own."""
        return read(self.database, lambda session: feed.since(session, after, topics, self.source))


@dataclass(frozen=True)
class Changes:
    """What the log of a database says of the topics that pages follow."""

    database: Database

    def look(self, after: Position | None, topics: Collection[str], keys: Collection[str]) -> Seen:
        """Return what has changed: as ``changes.look``, in a unit of its own; nobody waits for ``keys`` here."""
        return read(self.database, lambda session: changes.look(session, after, topics))

    def since(self, after: Position, topics: Collection[str]) -> Seen:
        """Return what has changed since somebody was told."""
        return self.look(after, topics, ())
