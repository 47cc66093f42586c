"""Who reads which documents of kernels: each is parsed, and then loaded in one unit of work."""

import datetime
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Row

from paddles.analysis import judging
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.ingest import boot, build, junit, kernel_load, lava, lava_boot, lava_log, load, ltp, tap
from paddles.ingest.kernel_load import At, Told
from paddles.ingest.kernel_logs import Log
from paddles.ingest.recognition import Parse
from paddles.kernels import logs
from paddles.kernels.log_lines import Index

# What loads a document, and returns the number of the job that it is of.
Load = Callable[[Session, datetime.datetime], int]


class How(NamedTuple):
    """How documents are read: how names of runs are, and which lines of logs are looked for."""

    scheme: Scheme
    wanted: Index


class Reading(NamedTuple):
    """What loads a document; ``kept`` are contents that have to be in the file store before."""

    load: Load
    kept: Mapping[bytes, bytes] = MappingProxyType({})


def reading(taken: Row[Any], content: bytes, how: How) -> Reading:
    """Return what loads a document that was taken; nothing is asked of the database before. Raises Invalid."""
    return READERS[taken.source](taken, content, how)


def _build(taken: Row[Any], content: bytes, how: How) -> Reading:
    document = build.parse(content)
    return Reading(lambda session, now: kernel_load.build(session, document, _at(taken, now, how)))


def _boot(taken: Row[Any], content: bytes, how: How) -> Reading:
    said = boot.read(content)
    return Reading(lambda session, now: kernel_load.boot(session, said, _at(taken, now, how)))


def _lava(taken: Row[Any], content: bytes, how: How) -> Reading:
    said = lava.read(content)
    lines = list(lava_log.lines(said.log))
    packed = logs.pack(said.log)
    log = Log(packed, lines, how.wanted) if packed else None
    told = Told(said, lava_boot.boot(said, said.lab or taken.origin), lava_boot.suites(said, lines), log)
    kept = {packed.digest: packed.content} if packed else {}
    return Reading(lambda session, now: kernel_load.callback(session, told, _at(taken, now, how)), kept)


def _printed(taken: Row[Any], content: bytes, how: How, *, parse: Parse) -> Reading:
    suites = parse(content, name=taken.source)

    def store(session: Session, now: datetime.datetime) -> int:
        if taken.job_id is None:
            raise NotFound("the job that it tells of is gone")
        load.store(session, taken.job_id, suites, now)
        judging.judge(session, taken.job_id)
        return int(taken.job_id)

    return Reading(store)


def _at(taken: Row[Any], now: datetime.datetime, how: How) -> At:
    return At(now, taken.received, how.scheme, bytes(taken.digest))


READERS: Mapping[str, Callable[[Row[Any], bytes, How], Reading]] = {
    "build": _build,
    "boot": _boot,
    "lava": _lava,
    "junit": partial(_printed, parse=junit.parse),
    "tap": partial(_printed, parse=tap.parse),
    "ltp": partial(_printed, parse=ltp.parse),
}
