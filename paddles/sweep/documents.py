"""Documents that were submitted, read one after the other and loaded into the archive in small units of work."""

import contextlib
import datetime
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Row

from paddles.archive import contents, files, receipts
from paddles.archive.names import Scheme
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Conflict, Invalid, NotFound, Unavailable
from paddles.ingest import entries, kcidb, kcidb_load
from paddles.ingest.kcidb import Entry
from paddles.lab import sweeps
from paddles.settings import Settings
from paddles.sweep import readers
from paddles.sweep.readers import How, Load

log = logging.getLogger(__name__)

NAME = "documents"
# What documents of KCIDB are received under.
KCIDB = "kcidb"
# A part of receipts.PATIENCE.
BEAT_S = 10.0
# So many small documents are taken together.
MANY = 16


def read(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Read what was submitted and not read yet, the oldest first; return how many documents.

    Several sweeps may ask: one reads, and whoever is killed is followed by another one. A document that three could
    not read to its end has failed.
    """
    done = 0
    while some := transact(database, lambda session: receipts.take_some(session, _now(), MANY, (KCIDB,))):
        # While one is loaded the next is parsed: the database works then, and nobody else does.
        with _heard(database, some), ThreadPoolExecutor(max_workers=1) as ahead:
            found = [ahead.submit(_found, database, settings, taken) for taken in some]
            for taken, parsed in zip(some, found, strict=True):
                state = _settled(database, taken, parsed.result())
                log.info("document %s of %s: %s", taken.external_id, taken.source, state)
        done += len(some)
    transact(database, lambda session: sweeps.record(session, NAME, now, done))
    return done


@contextlib.contextmanager
def _heard(database: Database, some: Sequence[Row[Any]]) -> Iterator[None]:
    """Say again and again, while documents are read, that somebody does."""
    ids = [taken.id for taken in some]
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT_S):
            with contextlib.suppress(Unavailable):
                transact(database, lambda session: receipts.beat(session, ids, _now()))

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _settled(database: Database, taken: Row[Any], work: Callable[[Session], str]) -> str:
    try:
        return transact(database, work)
    except (Invalid, Conflict, NotFound) as error:
        return transact(database, _end(taken, str(error)))


def _found(database: Database, settings: Settings, taken: Row[Any]) -> Callable[[Session], str]:
    """Parse a document, and return the work that loads it and ends its reading, and says in which state."""
    scheme = Scheme(settings.zone, settings.known_suites)
    if taken.attempt > settings.max_attempts:
        return _end(taken, f"given up after {taken.attempt - 1} attempts")
    try:
        content = contents.read(contents.store(settings), bytes(taken.digest))
        if taken.source == KCIDB:
            return _end(taken, _entries(database, scheme, taken, content))
        found = readers.reading(taken, content, How(scheme, settings.log_index))
    except OSError as error:
        return _end(taken, f"the file store does not have it: {error.strerror or error}")
    except Invalid as error:
        return _end(taken, str(error))
    _keep_contents(database, settings, found.kept)
    return _loaded(taken, found.load)


def _keep_contents(database: Database, settings: Settings, kept: Mapping[bytes, bytes]) -> None:
    """Have contents be in the file store that a document is to be loaded with."""
    if kept:
        sizes = {digest: len(content) for digest, content in kept.items()}
        transact(database, lambda session: files.expect(session, sizes, _now()))
    for content in kept.values():
        contents.keep(contents.store(settings), content)


def _entries(database: Database, scheme: Scheme, taken: Row[Any], content: bytes) -> str:
    """Load what a document of KCIDB says; return why some of it cannot be."""
    for some in entries.batches(kcidb.parse(content, taken.origin)):
        transact(database, _keep(some, taken))
    return _load_all(database, scheme, taken)


def _load_all(database: Database, scheme: Scheme, taken: Row[Any]) -> str:
    """Load whatever is to be loaded; return why some of it cannot be."""
    faults: list[str] = []
    handled = 1
    while handled:
        try:
            handled = transact(database, _load(scheme, taken))
        except Invalid as error:
            faults.append(str(error))
            transact(database, kcidb_load.give_up)
    return "; ".join(dict.fromkeys(faults))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _keep(some: list[Entry], taken: Row[Any]) -> Callable[[Session], None]:
    def keep(session: Session) -> None:
        entries.keep(session, some, _now())
        receipts.beat(session, [taken.id], _now())

    return keep


def _load(scheme: Scheme, taken: Row[Any]) -> Callable[[Session], int]:
    def load(session: Session) -> int:
        receipts.beat(session, [taken.id], _now())
        return kcidb_load.some(session, _now(), scheme)

    return load


def _loaded(taken: Row[Any], load: Load) -> Callable[[Session], str]:
    """Return what loads a document and ends its reading: both or neither."""

    def work(session: Session) -> str:
        now = _now()
        return receipts.end(session, taken.id, "", now, job_id=load(session, now))

    return work


def _end(taken: Row[Any], reason: str) -> Callable[[Session], str]:
    return lambda session: receipts.end(session, taken.id, reason, _now())
