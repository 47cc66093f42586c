"""Create jobs, take reports of them, move and delete them: the only module that writes a job's status."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row

from paddles.archive import descriptions, documents, failures, names, reasons, runs, status, times
from paddles.archive import job_statements as statements
from paddles.archive.names import Scheme
from paddles.db import statsd
from paddles.db.session import Session
from paddles.errors import Conflict, NotFound

# Columns that repeat what the document says, under the document's names.
SEARCHED = {
    "username": "user",
    "branch": "branch",
    "sha1": "sha1",
    "suite": "suite",
    "flavor": "flavor",
    "machine_type": "machine_type",
}
PRIORITIES = 2**31
# By the kind of a job the statuses in which it is under way, and those in which nobody has begun it. A job of a test
# waits in the middle of its work, one that machines boot for until others have ended; a task is kept for ever.
UNDER_WAY = {"test": ("running", "waiting", "unknown"), "boot": ("running", "unknown")}
NOT_BEGUN = {"test": ("queued",), "boot": ("queued", "waiting")}


class Waits(NamedTuple):
    """Where a new job waits, if anywhere, and the kind of what takes it (``status.KINDS``)."""

    queue_id: int | None = None
    kind: str = "test"


class Told(NamedTuple):
    """What a document said before of what is kept once for many jobs, and the ids of that."""

    description: str | None = None
    description_id: int | None = None
    reason: str = ""
    failure_id: int | None = None


class Left(NamedTuple):
    """How a report leaves a job, besides what it says: its queue, whether somebody holds it, why it ended dead."""

    queue_id: int | None
    leased: bool
    reason: str | None = None


NOWHERE = Waits()
NOTHING = Told()


def create(
    session: Session,
    run_name: str,
    key: str | None,
    report: Mapping[str, Any],
    now: datetime.datetime,
    scheme: Scheme,
    *,
    waits: Waits = NOWHERE,
    updated: datetime.datetime | None = None,
) -> Row[Any]:
    """Create the job ``key`` of a run, and the run when there is none, and return its ``id`` and ``key``.

    Without a key the job is called by a number that was given to no job before and that is free in the run; such
    numbers grow. Its times are ``times.new``. Raises Conflict where a job of that key is, Invalid for what will not do.
    """
    after, document = status.reported(None, report), documents.merge({}, report)
    described = descriptions.described(document)
    known = _known(session, run_name, key, described)
    # A description may be another's that is not committed yet: it is waited for before the run's row is taken.
    columns = _columns(session, document, Told(described if known else None, known))
    moments = times.new(after, document, updated, now)
    run = runs.ensure(session, run_name, report, moments["posted"], scheme)
    runs.correct(session, run.run_id, run, report)
    values = {
        **columns,
        "run": run_name,
        "run_id": run.run_id,
        "key": key,
        "leased": False,
        "status": after,
        **waits._asdict(),
        **moments,
        "updated": updated or now,
    }
    while (row := session.execute(statements.INSERT[after], values).first()) is None:
        # A number that was made up as a key may be somebody's own: the next one will do.
        _known(session, run_name, key, None)
    _count(session, None, after)
    return row


def create_many(
    session: Session,
    run_id: int,
    new: Sequence[Mapping[str, Any]],
    now: datetime.datetime,
    *,
    suite: str,
    priority: int,
) -> list[int]:
    """Create jobs of a build in its run, by one statement, and return their ids in the order given.

    Each of ``new`` has what ``job_statements.GIVEN`` names. Raises Conflict when the run has a job of such a key.
    """
    values = {"run_id": run_id, "kind": "build", "suite": suite, "priority": priority, "now": now}
    columns = {column: [job[column] for job in new] for column in statements.GIVEN}
    made = session.execute(statements.INSERT_MANY, {**values, **columns, "answer": documents.answer({"suite": suite})})
    ids = {job.key: int(job.id) for job in made}
    if len(ids) == len(new):
        return [ids[job["key"]] for job in new]
    raise Conflict("there is a job of such a key already")


def lock(session: Session, run_name: str, key: str) -> Row[Any] | None:
    """Return the job ``key`` of a run, or None; its row is locked, so that reports of one job wait for each other."""
    return session.execute(statements.LOCK, {"run": run_name, "key": key}).first()


def lock_numbered(session: Session, job_id: int, kind: str) -> Row[Any] | None:
    """Do what :func:`lock` does for the job of this number among those of a kind."""
    return session.execute(statements.LOCK_NUMBERED, {"id": job_id, "kind": kind}).first()


def report(
    session: Session,
    job: Row[Any],
    old: Mapping[str, Any],
    said: Mapping[str, Any],
    now: datetime.datetime,
    *,
    left: Left,
    updated: datetime.datetime | None = None,
) -> None:
    """Store what a runner says of ``job``, a row of :func:`lock` whose document is ``old``.

    The run's counters move in the statement that changes the job; a change of status is one event. A status that the
    job does not take any more is left out, and the ``success`` that came with it; so is a new ``priority`` of a job
    that is neither queued nor held. Another status than waiting ends a hold. Raises Invalid when ``said`` names no
    status that exists, or cannot be stored.
    """
    after = status.reported(job.status, said)
    said = _taken(job, said)
    document = documents.merge(old, said)
    # Compared as text: to Python true equals 1, and objects are equal in whatever order their keys stand.
    same = documents.dumps(document).encode() == job.document
    if same and after == job.status and (job.queue_id, job.leased) == (left.queue_id, left.leased):
        session.later(statements.BEAT, {"id": job.id, "updated": updated or now})
        return
    before = Told(descriptions.described(old), job.description_id, reasons.of(old), job.failure_id)
    columns = _columns(session, document, before)
    runs.correct(session, job.run_id, job, said)
    _write(session, job, {**columns, **left._asdict(), "status": after, "updated": updated or now}, now)


def restate(session: Session, job: Row[Any], document: Mapping[str, Any], after: str, now: datetime.datetime) -> None:
    """Say anew what is known of a job that is executed outside, a row of :func:`lock`: its document and its status.

    Nothing of before stays, and any status may follow on any other. Nothing is written where nothing is new. Raises
    Invalid when the document cannot be stored.
    """
    whole = documents.merge({}, document)
    if documents.dumps(whole).encode() == job.document and after == job.status:
        return
    columns = _columns(session, whole, NOTHING)
    runs.correct(session, job.run_id, job, whole)
    left = Left(queue_id=None, leased=False)
    _write(session, job, {**columns, **left._asdict(), "status": after, "updated": now}, now)


def move(
    session: Session,
    ids: Sequence[int],
    after: str,
    now: datetime.datetime,
    *,
    reason: str | None = None,
    before: Sequence[str] = status.OPEN,
) -> int:
    """Set the status of those of the jobs ``ids`` that are in one of ``before`` and return how many they were.

    One statement for any number of jobs of any number of runs; their leases, if any, are the caller's to end. Another
    status than waiting ends a hold.
    """
    values = {
        "ids": list(ids),
        "status": after,
        "from": list(before),
        "now": now,
        "reason": reason,
        "finished": after in status.FINISHED,
    }
    moved = session.execute(statements.MOVE, values).all()
    for job in moved:
        _count(session, job.before, after)
    return len(moved)


def expire(
    session: Session,
    which: Mapping[str, Sequence[str]],
    silent_since: datetime.datetime,
    now: datetime.datetime,
    limit: int,
) -> int:
    """End as dead up to ``limit`` jobs without news since then and return how many; ``which`` are, by kind, statuses.

    A live lease keeps a job: its own end comes first; so does who holds it.
    """
    wanted = [f"{kind} {status}" for kind, statuses in which.items() for status in statuses]
    ids = list(session.scalars(statements.SILENT, {"which": wanted, "since": silent_since, "limit": limit}))
    return move(session, ids, "dead", now, reason="expired") if ids else 0


def delete(session: Session, run_name: str, key: str, now: datetime.datetime) -> None:
    """Delete a job. Raises NotFound, and Forbidden where it belongs to a build."""
    job = lock(session, run_name, key)
    if job is None:
        raise NotFound("attempted to delete a non-existent job")
    status.refuse_built(job.kind)
    session.later(statements.DELETE[job.status], {"id": job.id, "run": run_name, "now": now})


def _write(session: Session, job: Row[Any], columns: Mapping[str, Any], now: datetime.datetime) -> None:
    """Write what a job is now; the run's counters move in the same statement, a change of status is one event."""
    after = columns["status"]
    moments = times.moved((job.status, job.started, job.finished), after, now)
    session.later(statements.UPDATE[job.status, after], {"id": job.id, "run": job.run, **columns, **moments})
    _count(session, job.status, after)


def _count(session: Session, before: str | None, after: str) -> None:
    if after in status.FINISHED and after != before:
        statsd.count(session, f"jobs.status.{after}")


def _taken(job: Row[Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a report that a job still takes."""
    dropped = {"success"} if status.refused(job.status, said) else set()
    if job.status != "queued" and not (job.status == "waiting" and job.held_by):
        dropped.add("priority")
    return {name: value for name, value in said.items() if name not in dropped}


def _known(session: Session, run_name: str, key: str | None, described: str | None) -> int | None:
    """Return the id of a description that is there already. Raises Conflict when the run has a job of that key."""
    if key is None and described is None:
        return None
    sought = {
        "run": run_name,
        "key": None if key is None else names.check_key(key),
        "digest": None if described is None else descriptions.digest(described),
    }
    known = session.execute(statements.KNOWN, sought).one()
    if known.taken:
        raise Conflict(f"job with job_id {key} already exists")
    found: int | None = known.description_id
    return found


def _columns(session: Session, document: Mapping[str, Any], before: Told) -> dict[str, Any]:
    described, reason = descriptions.described(document), reasons.of(document)
    same_kind, same_failure = described == before.description, reason == before.reason
    return {
        **{column: documents.word(document, name) for column, name in SEARCHED.items()},
        "priority": _priority(document),
        "description_id": before.description_id if same_kind else descriptions.ensure(session, described),
        "failure_id": before.failure_id if same_failure else failures.ensure(session, reason),
        "document": documents.dumps(document),
        "answer": documents.answer(document),
    }


def _priority(document: Mapping[str, Any]) -> int | None:
    """Return what a document says under the name, if that is a number to order by; true and false are none."""
    said = document.get("priority")
    return said if type(said) is int and abs(said) < PRIORITIES else None
