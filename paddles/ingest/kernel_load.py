"""Documents of kernels into the archive: a job each, what is known of its kernel beside it, its tests, its machine."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from paddles.analysis import judging
from paddles.archive import jobs, tests
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid
from paddles.ingest import build as builders
from paddles.ingest import kernel_jobs, kernel_logs, lava_boot, load, outside
from paddles.ingest.facts import Suite
from paddles.ingest.kernel_logs import Log
from paddles.ingest.lava import Callback
from paddles.kernels import boots, builds, names
from paddles.kernels.facts import Boot
from paddles.lab import machines

# The document of a job, its status, and when it ended.
Said = tuple[Mapping[str, Any], str, datetime.datetime | None]


class At(NamedTuple):
    """When a document is read and when it came, how names of runs are read, and what its content is called."""

    now: datetime.datetime
    received: datetime.datetime
    scheme: Scheme
    digest: bytes


def build(session: Session, document: Mapping[str, Any], at: At) -> int:
    """Load what a builder says of a kernel, over what was said of it before, and return the number of its job.

    Raises:
        Conflict: the run has a job of that name which is somebody else's.
    """
    new = builders.read(document)
    run, key = kernel_jobs.run_of(new, names.BUILDS), names.of_build(new)
    job = jobs.lock(session, run, key)
    merged = builders.read({**builds.document(session, job.id), **document}) if job else new
    said, status = kernel_jobs.of_build(merged)
    made = builders.made(merged.document)
    job_id = _state(session, run, key, (said, status, made), at)
    builds.store(session, job_id, merged, at.now, created=min(made or at.received, at.received))
    return job_id


def boot(session: Session, said: Boot, at: At) -> int:
    """Load what a lab without LAVA says of a boot and return the number of its job; what came before is replaced.

    Raises:
        Conflict: the run has a job of that name which is somebody else's.
    """
    status = kernel_jobs.OF_BOOT[said.result]
    said = replace(said, ended=said.ended and min(said.ended, at.received))
    job_id = _boot(session, said, kernel_jobs.of_boot(said), status, at)
    judging.judge(session, job_id)
    return job_id


class Told(NamedTuple):
    """What LAVA says of a job: whole, and as the boot, the suites and the log that are made of it."""

    callback: Callback
    boot: Boot
    suites: Sequence[Suite]
    log: Log | None


def callback(session: Session, told: Told, at: At) -> int:
    """Load what LAVA says of a job and return the number of its job here.

    What was said before of the same job of the lab is replaced, unless that ended later. A health check is no boot.

    Raises:
        Conflict: the run has a job of that name which is somebody else's.
        Invalid: the job has more cases than a job may have.
    """
    said, found = told.callback, told.boot
    known = boots.known(session, found.lab, found.external_id)
    if known is not None and known.ended and (found.ended is None or found.ended < known.ended):
        return int(known.job_id)
    ending = lava_boot.ending(said)
    document = kernel_jobs.of_boot(found, ending, _duration(said))
    if said.checks_health:
        # The same day in whatever is told of it, though it may go on into the next.
        run = kernel_jobs.run_of_check(found.lab, said.submitted or said.started or found.ended or at.received)
        there = jobs.lock(session, run, names.of_boot(found))
        if there is not None and there.finished and found.ended is None:
            return int(there.id)
        job_id = _check(session, found, (run, document, ending[0]), at)
    else:
        job_id = _boot(session, found, document, ending[0], at)
    if known is not None or said.checks_health:
        tests.clear(session, job_id)
    load.store(session, job_id, told.suites, at.now)
    kernel_logs.store(session, job_id, told.log, found.ended or at.received, at.now)
    judging.judge(session, job_id)
    return job_id


def _boot(session: Session, said: Boot, document: Mapping[str, Any], status: str, at: At) -> int:
    run, key = kernel_jobs.run_of(said, said.plan), names.of_boot(said)
    known = boots.known(session, said.lab, said.external_id)
    revision = 1
    if known is not None and (known.run, known.key) != (run, key):
        # It says now that it is of another kernel: no job moves from run to run.
        judging.retract(session, known.job_id)
        jobs.delete(session, known.run, known.key, at.now)
        revision = known.revision + 1
    job_id = _state(session, run, key, (document, status, said.ended), at)
    boots.store(session, job_id, said, at.received, digest=at.digest, revision=revision)
    _link(session, job_id, said)
    return job_id


def _check(session: Session, said: Boot, told: tuple[str, Mapping[str, Any], str], at: At) -> int:
    """Load a health check: a job on its machine, beside which nothing stands of a kernel."""
    known = boots.known(session, said.lab, said.external_id)
    if known is not None:
        # It was told without these words before.
        judging.retract(session, known.job_id)
        jobs.delete(session, known.run, known.key, at.now)
    run, document, status = told
    job_id = _state(session, run, names.of_boot(said), (document, status, said.ended), at)
    _link(session, job_id, said)
    return job_id


def _state(session: Session, run: str, key: str, told: Said, at: At) -> int:
    document, status, ended = told
    job_id = outside.state(session, run, key, document, status, (at.now, at.scheme), ended)
    if job_id is None:
        raise Conflict(f"run {run} has a job {key} that is somebody else's")
    return job_id


def _link(session: Session, job_id: int, said: Boot) -> None:
    """Link a job to its machine, which is registered where nobody knows it; not every device has a name for one."""
    try:
        name = machines.check_name(said.device)
    except Invalid:
        return
    if "@" not in name:
        machines.link(session, job_id, {"targets": {name: ""}, "machine_type": said.board or None})


def _duration(said: Callback) -> float | None:
    if said.started is None or said.ended is None:
        return None
    return max(0.0, (said.ended - said.started).total_seconds())
