"""Who reads which documents of kernels: each is parsed, and then loaded in one unit of work."""

import datetime
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Row

from paddles.analysis import judging
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.ingest import boot, build, junit, kernel_load, lava, lava_boot, lava_log, load, ltp, tap
from paddles.ingest.kernel_load import At
from paddles.ingest.recognition import Parse

# What loads a document, and returns the number of the job that it is of.
Load = Callable[[Session, datetime.datetime], int]


def reading(taken: Row[Any], content: bytes, scheme: Scheme) -> Load:
    """Return what loads a document that was taken; nothing is asked of the database before. Raises Invalid."""
    return READERS[taken.source](taken, content, scheme)


def _build(taken: Row[Any], content: bytes, scheme: Scheme) -> Load:
    document = build.parse(content)
    return lambda session, now: kernel_load.build(session, document, _at(taken, now, scheme))


def _boot(taken: Row[Any], content: bytes, scheme: Scheme) -> Load:
    said = boot.read(content)
    return lambda session, now: kernel_load.boot(session, said, _at(taken, now, scheme))


def _lava(taken: Row[Any], content: bytes, scheme: Scheme) -> Load:
    said = lava.read(content)
    lines = list(lava_log.lines(said.log))
    found, suites = lava_boot.boot(said, said.lab or taken.origin), lava_boot.suites(said, lines)
    return lambda session, now: kernel_load.callback(session, said, found, suites, _at(taken, now, scheme))


def _printed(taken: Row[Any], content: bytes, scheme: Scheme, *, parse: Parse) -> Load:
    suites = parse(content, name=taken.source)

    def store(session: Session, now: datetime.datetime) -> int:
        if taken.job_id is None:
            raise NotFound("the job that it tells of is gone")
        load.store(session, taken.job_id, suites, now)
        judging.judge(session, taken.job_id)
        return int(taken.job_id)

    return store


def _at(taken: Row[Any], now: datetime.datetime, scheme: Scheme) -> At:
    return At(now, taken.received, scheme, bytes(taken.digest))


READERS: Mapping[str, Callable[[Row[Any], bytes, Scheme], Load]] = {
    "build": _build,
    "boot": _boot,
    "lava": _lava,
    "junit": partial(_printed, parse=junit.parse),
    "tap": partial(_printed, parse=tap.parse),
    "ltp": partial(_printed, parse=ltp.parse),
}
