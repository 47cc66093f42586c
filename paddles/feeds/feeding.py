"""A feed: what a source has and nobody brought yet is fetched, kept and noted, each document with its id at once."""

import datetime
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple, Protocol

from paddles.archive import contents, files
from paddles.archive.contents import Store
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid
from paddles.feeds import records
from paddles.feeds.fetching import AT_ONCE
from paddles.feeds.models import KINDS
from paddles.feeds.records import Outcome
from paddles.feeds.sources import Found, Missing, Source, Unreached
from paddles.ingest import intake
from paddles.ingest.intake import CREATED, Prepared

log = logging.getLogger(__name__)

LOOKED_UP = 1000
LONGEST_ID = 500
# So many in a row that a source does not give, or that nobody takes, and no more of their kind are tried.
IN_A_ROW = 3

Clock = Callable[[], datetime.datetime]


class Busy(Conflict):
    """Another feed is at work."""


class Fetched(NamedTuple):
    """A document as it was fetched, or why it was not; ``passing`` says that it may be another time."""

    found: Found
    content: bytes = b""
    fault: str = ""
    passing: bool = False


class Taker(Protocol):
    """Takes documents that were fetched."""

    def __call__(self, batch: Sequence[Fetched], note: "Note", in_a_row: int) -> tuple[Outcome, list[Fetched]]:
        """Take them in order, and return what became of them, each with why it was not taken, blank where it was.

        So many in a row have failed before them; with ``IN_A_ROW`` the rest need not be tried.
        """


class Note(NamedTuple):
    """What is noted with a document: of which feed it is, and of which source."""

    feed_id: int
    source: str
    clock: Clock


class Total(NamedTuple):
    """What a feed has done, and why it ended early, blank where it did not."""

    found: int
    known: int
    outcome: Outcome
    fault: str


def alone(database: Database, work: Callable[[], Total]) -> Total:
    """Return ``work()``, during which no other feed works.

    It is no part of the unit of work around it, which holds a lock and nothing else. Raises Busy.
    """

    def locked(session: Session) -> Total:
        if not records.alone(session):
            raise Busy("another feed is at work")
        return work()

    return transact(database, locked)


def unknown(database: Database, source: Source) -> tuple[int, list[Found]]:
    """Return how many documents a source has, and those that were not brought yet, in the order of their kinds."""
    try:
        found = sorted(dict.fromkeys(source.found()), key=lambda each: KINDS.index(each.kind))
    except Missing as error:
        raise Unreached(str(error)) from None
    known: set[tuple[str, str]] = set()
    for start in range(0, len(found), LOOKED_UP):
        ids = [each.id for each in found[start : start + LOOKED_UP] if fit(each.id)]
        known |= read(database, _known(source.name, ids))
    return len(found), [each for each in found if (each.kind, each.id) not in known]


def feed(
    database: Database, source: Source, take: Taker, clock: Clock, told: Callable[[int, int], Callable[[int], None]]
) -> Total:
    """Bring what a source has and nobody brought yet.

    ``told`` hears how many there are and how many of them are new, and returns what hears how many were handled.

    Raises:
        Unreached: nobody knows what it has; that is noted, too.
    """
    try:
        n_found, new = unknown(database, source)
    except Unreached as error:
        _unreached(database, source.name, str(error), clock)
        raise
    handled = told(n_found, len(new))
    n_known = n_found - len(new)
    feed_id = transact(database, lambda s: records.start(s, source.name, n_found, n_known, clock()))
    note = Note(feed_id, source.name, clock)
    total, faults = Outcome(), []
    for kind, of_kind in groupby(new, key=lambda each: each.kind):
        outcome, fault = _feed_kind(source, list(of_kind), take, note, handled)
        total = total.plus(outcome)
        faults += [f"{kind}: {fault}"] if fault else []
    transact(database, lambda s: records.end(s, feed_id, "; ".join(faults), clock()))
    return Total(n_found, n_known, total, "; ".join(faults))


def _unreached(database: Database, source: str, fault: str, clock: Clock) -> None:
    feed_id = transact(database, lambda session: records.start(session, source, 0, 0, clock()))
    transact(database, lambda session: records.end(session, feed_id, fault, clock()))


def _feed_kind(
    source: Source, found: Sequence[Found], take: Taker, note: Note, handled: Callable[[int], None]
) -> tuple[Outcome, str]:
    """Bring documents of one kind; return what became of them, and why there are more that were not tried."""
    total, in_a_row = Outcome(), 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetching") as pool:
        for start in range(0, len(found), AT_ONCE):
            batch = list(pool.map(lambda each: fetched(source, each), found[start : start + AT_ONCE]))
            outcome, results = take(batch, note, in_a_row)
            total = total.plus(outcome)
            in_a_row = _failing(results, in_a_row)
            handled(len(results))
            if in_a_row >= IN_A_ROW:
                return total, f"{in_a_row} in a row failed, the last one: {results[-1].fault}"
    return total, ""


def _failing(results: Sequence[Fetched], in_a_row: int) -> int:
    """Log what was not brought; return how many have now failed in a row."""
    for each in results:
        in_a_row = in_a_row + 1 if each.passing else 0
        if each.fault:
            log.warning("%s %s was not brought: %s", each.found.kind, each.found.id, each.fault)
    return in_a_row


def fetched(source: Source, found: Found) -> Fetched:
    """Fetch a document, or say why it cannot be."""
    if not (found.where and fit(found.id)):
        return Fetched(found, fault="its source does not say what it is called and where it lies")
    try:
        return Fetched(found, source.fetch(found))
    except Missing as error:
        return Fetched(found, fault=str(error))
    except Unreached as error:
        return Fetched(found, fault=str(error), passing=True)


def fit(name: str) -> bool:
    """Say whether that is a name that can be noted."""
    return 0 < len(name) <= LONGEST_ID and name.isprintable()


class Keeping:
    """Takes documents into this service."""

    def __init__(self, database: Database, store: Store) -> None:
        """Keep contents in a store, and all else in the database."""
        self._database, self._store = database, store

    def __call__(self, batch: Sequence[Fetched], note: Note, in_a_row: int) -> tuple[Outcome, list[Fetched]]:
        """Keep the documents, then note them with their ids in one unit of work."""
        results = list(batch)
        prepared: dict[int, Prepared] = {}
        for number, each in enumerate(batch):
            try:
                if not each.fault:
                    prepared[number] = intake.prepare(each.found.kind, each.content, otherwise=each.found.lab)
            except Invalid as error:
                results[number] = each._replace(fault=str(error))
        self._keep(list(prepared.values()), note.clock())
        pairs = [(batch[number].found, document) for number, document in prepared.items()]
        return transact(self._database, _receive(pairs, note, len(batch) - len(pairs))), results

    def _keep(self, prepared: Sequence[Prepared], now: datetime.datetime) -> None:
        sizes = {each.digest: len(each.content) for each in prepared}
        transact(self._database, lambda session: files.expect(session, sizes, now))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda each: contents.keep(self._store, each.content), prepared))


def _receive(pairs: Sequence[tuple[Found, Prepared]], note: Note, failed: int) -> Callable[[Session], Outcome]:
    def receive(session: Session) -> Outcome:
        now, states = note.clock(), []
        # In one order wherever documents are noted: two that do it wait for each other, not both.
        for found, prepared in sorted(pairs, key=lambda pair: pair[1].digest):
            states.append(intake.receive(session, prepared, now).state)
            records.note(session, note.source, found.kind, found.id, prepared.digest, now)
        created = states.count(CREATED)
        outcome = Outcome(created, len(states) - created, failed)
        records.count(session, note.feed_id, outcome)
        return outcome

    return receive


def _known(source: str, ids: list[str]) -> Callable[[Session], set[tuple[str, str]]]:
    return lambda session: records.known(session, source, ids)
