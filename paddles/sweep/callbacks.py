"""What labs said of jobs, acted on: read from the file store, told to nodes and jobs, the log kept beside it."""

import datetime
import logging
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from paddles.archive import contents, files
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import PaddlesError, Unavailable
from paddles.ingest import lava, lava_log
from paddles.ingest.lava import Callback
from paddles.lab import sweeps
from paddles.nodes import callbacks, search
from paddles.nodes.callbacks import Kept, Taken, Word
from paddles.settings import Settings
from paddles.sweep import lava_words

log = logging.getLogger(__name__)

NAME = "callbacks"
# Of one sweep; the others wait for the next.
MOST = 100
LONGEST_REASON = 500


def act(database: Database, settings: Settings, now: datetime.datetime) -> int:
    """Act on callbacks that wait, and return how many. No transaction waits for the reading of a document.

    One that cannot be read ends its task as failed and leaves its node as it is; so does one over which this died
    ``max_attempts`` times.
    """
    done = 0
    while done < MOST and (taken := transact(database, _take(now))):
        reason = "given up" if taken.attempt > settings.max_attempts else _reason(database, settings, taken, now)
        transact(database, partial(callbacks.end, task_id=taken.task_id, reason=reason[:LONGEST_REASON], now=now))
        if reason:
            log.warning("callback of node %s not acted on: %s", taken.node_id, reason)
        done += 1
    return done


def _take(now: datetime.datetime) -> Callable[[Session], Taken | None]:
    def take(session: Session) -> Taken | None:
        taken = callbacks.take(session, now)
        sweeps.record(session, NAME, now, 1 if taken else 0)
        return taken

    return take


def _reason(database: Database, settings: Settings, taken: Taken, now: datetime.datetime) -> str:
    """Act on a callback; return why that was not possible, blank where it was."""
    try:
        job_id, suite = transact(database, lambda session: callbacks.place(session, taken))
        callback = lava.read(contents.read(contents.store(settings), taken.digest))
        base = f"{settings.base_url}/result/{quote(suite, safe='')}/{job_id}"
        _tell(database, settings, taken, callback, base, now)
    except Unavailable:
        raise
    except (PaddlesError, OSError) as error:
        return str(error)
    return ""


def _tell(
    database: Database, settings: Settings, taken: Taken, callback: Callback, base: str, now: datetime.datetime
) -> None:
    """Let the node be as a callback says; ``base`` is the address of what is kept of its job."""
    node = read(database, lambda session: search.one(session, taken.node_id))
    if node is None:
        return
    artifacts = {"callback_data": f"{base}/{callbacks.path_of(taken.digest)}"}
    kept = _log(database, settings, callback, now)
    if kept:
        artifacts["lava_log"] = f"{base}/{kept.path}"
    meaning = lava_words.meaning(callback, node.name)
    word = Word(meaning.result, meaning.said, artifacts, meaning.outcomes, kept)
    transact(database, lambda session: callbacks.act(session, taken.node_id, word, now))


def _log(database: Database, settings: Settings, callback: Callback, now: datetime.datetime) -> Kept | None:
    """Keep the log of a job as text, and return what is kept; None where there is none."""
    content = lava_log.plain(callback.log).encode(errors="replace")
    if not content:
        return None
    digest = contents.digest(content)
    transact(database, lambda session: files.expect(session, {digest: len(content)}, now))
    contents.keep(contents.store(settings), content)
    return Kept(f"lava-log-{digest.hex()[:12]}.txt", digest, len(content))
