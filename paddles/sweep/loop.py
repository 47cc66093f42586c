"""The loop that does periodic work: any number of processes may run it, one of them works at a time."""

import datetime
import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy import TextClause, text

from paddles.db import embedded, engine
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Unavailable
from paddles.lab import sweeps
from paddles.settings import Settings
from paddles.sweep.tasks import ALL, BATCH, Errand, Periodic

log = logging.getLogger(__name__)

# Held for one batch at a time, so that it works behind a transaction pooler and is never left behind.
TURN = text("SELECT pg_try_advisory_xact_lock(7233464)")
TURN_AWAITED = text("SELECT pg_advisory_xact_lock(7233464) IS NOT NULL")
STEP_S = 1.0
END_S = 5.0
# Waits so many seconds, or until it is time to end, and says whether it is.
Ended = Callable[[float], bool]
ENDS = (signal.SIGTERM, signal.SIGINT)


def run(settings: Settings, *, stop: threading.Event | None = None, tasks: Sequence[Periodic | Errand] = ALL) -> None:
    """Do what is due, again and again, until SIGTERM or SIGINT comes (or ``stop`` is set). Outlives the database."""
    ended = stop.wait if stop else signalled()
    database = engine.connect(settings)
    log.info("sweeping: %s", ", ".join(task.name for task in tasks))
    errands, over = [task for task in tasks if isinstance(task, Errand)], threading.Event()
    # An errand may wait for somebody else's server, or read for long. Nothing else waits with it, nor does the end for
    # longer than this.
    beyond = [
        threading.Thread(target=_keep, args=(database, settings, [errand], over.wait), daemon=True)
        for errand in errands
    ]
    for thread in beyond:
        thread.start()
    _keep(database, settings, [task for task in tasks if isinstance(task, Periodic)], ended)
    over.set()
    until = time.monotonic() + END_S
    for thread in beyond:
        thread.join(max(0.0, until - time.monotonic()))
    database.dispose()


def _keep(database: Database, settings: Settings, tasks: Sequence[Periodic | Errand], ended: Ended) -> None:
    """Do what is due of some tasks, one after the other, until told to end."""
    due = {task.name: time.monotonic() for task in tasks}
    while not ended(STEP_S):
        for task in tasks:
            if time.monotonic() >= due[task.name] and not ended(0):
                _safely(database, settings, task, ended)
                due[task.name] = time.monotonic() + task.every_s


def once(
    database: Database, settings: Settings, now: datetime.datetime, tasks: Sequence[Periodic | Errand] = ALL
) -> int:
    """Do everything that is due at ``now``, all batches of it, and return the number of rows handled.

    A sweep that is at work is waited for: whoever asks for one round is not told that there was nothing to do.
    """
    return sum(_all_batches(database, settings, task, now, turn=TURN_AWAITED) for task in tasks)


def _safely(database: Database, settings: Settings, task: Periodic | Errand, ended: Ended) -> None:
    try:
        handled = _all_batches(database, settings, task, datetime.datetime.now(datetime.UTC), ended)
    except Unavailable as error:
        log.warning("%s: not swept, %s", task.name, error)
        if not settings.database_url:
            embedded.revive(settings.home or embedded.default_home())
    except Exception:
        log.exception("%s: not swept", task.name)
    else:
        if handled:
            log.info("%s: %d swept", task.name, handled)


def _all_batches(
    database: Database,
    settings: Settings,
    task: Periodic | Errand,
    now: datetime.datetime,
    ended: Ended = lambda seconds: False,
    turn: TextClause = TURN,
) -> int:
    if isinstance(task, Errand):
        return task.run(database, settings, now)
    total = 0
    while True:
        handled = transact(database, _batch(settings, task, now, turn))
        total += handled
        if handled < BATCH or ended(0):
            return total


def _batch(settings: Settings, task: Periodic, now: datetime.datetime, turn: TextClause) -> Callable[[Session], int]:
    def batch(session: Session) -> int:
        if not session.scalar(turn):  # another process is at work
            return 0
        handled = task.task(session, now, BATCH, settings)
        sweeps.record(session, task.name, now, handled)
        return handled

    return batch


def signalled() -> Ended:
    """Return a function that waits so many seconds, less when told to end, and says whether it was told.

    The signals are blocked and asked for: a handler could interrupt the very wait that it wants to end.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    told = threading.Event()

    def ended(seconds: float) -> bool:
        # A signal is heard once, and asked for more often.
        if not told.is_set() and signal.sigtimedwait(ENDS, seconds) is not None:
            told.set()
        return told.is_set()

    return ended
