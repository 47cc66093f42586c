"""What newer clients say of jobs: how far they have come, how much longer they need, and that they are not wanted."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from paddles.archive.status import FINISHED
from paddles.boot import conditions, jobs, limits, stages, waits
from paddles.boot.defaults import given
from paddles.db.session import Session
from paddles.errors import Closed, Conflict, Invalid, NotFound
from paddles.lab import leases, reports

MOST_MILESTONES = 100
LONGEST_WORD = 256
PORTS = range(1, 65536)
MOST_IDS = 1000
# By which a job names the person that it belongs to.
OWNERS = ("my_account", "my_email")


class Cancelled(NamedTuple):
    """What became of a wish to cancel a job: ``success``, ``failed`` or ``forbidden``, and why not."""

    job_id: str
    result: str
    message: str


def update(session: Session, job_id: int, said: Mapping[str, str], now: datetime.datetime) -> None:
    """Store how far a job has come; a stage that is the last one ends it, with the health said now or before.

    Raises:
        NotFound: there is no such job.
        Invalid: a stage, a health or a readiness that nobody knows, or what is no number or no word.
        Closed: it has ended.
    """
    found = {name: CHECKS[name](value) for name, value in said.items() if value != ""}
    job = reports.lock_boot(session, job_id)
    if job.status in FINISHED:
        raise Closed(f"job {job_id} has ended")
    document = orjson.loads(job.document)
    waiting = waits.lock(session, job)
    variables: dict[str, Any] = {name: value for name, value in found.items() if name != "renew_seconds"}
    if "milestones" in found:
        variables["milestones"] = _milestones(document.get("milestones"), found["milestones"])
    stage = found.get("job_stage")
    if stage in stages.ENDS:
        _end(session, job, document, variables, stage, now)
    else:
        limit = limits.stage_limit(stage, jobs.machine_kind(document), document) if stage else None
        expires = now + datetime.timedelta(seconds=limit) if limit else None
        reports.hear(session, job, document, variables, now, expires=expires)
        _extend(session, job_id, found.get("renew_seconds", 0), now)
    waits.wake(session, waiting, now)


def renew(session: Session, job_id: int, seconds: str, now: datetime.datetime) -> datetime.datetime:
    """Give the machine that holds a job so many seconds more for it, and return its new deadline.

    Raises:
        NotFound: there is no such job.
        Invalid: that is no time.
        Conflict: no machine holds it.
    """
    more = limits.duration("time", seconds)
    job = reports.lock_boot(session, job_id)
    deadline = _extend(session, job.id, more, now)
    if deadline is None:
        raise Conflict(f"no machine has job {job_id}")
    return deadline


def cancel(session: Session, ids: Sequence[Any], owner: Mapping[str, Any], now: datetime.datetime) -> list[Cancelled]:
    """Give up those of some jobs that are the owner's and that nobody has begun, and say of each what became of it.

    A job is the owner's when both name the same account and the same address, where the job names them.

    Raises:
        Invalid: these are no numbers of jobs, or more than ``MOST_IDS``.
    """
    numbers = [_number(each) for each in ids]
    if len(numbers) > MOST_IDS:
        raise Invalid(f"at most {MOST_IDS} jobs are cancelled at once")
    # All are locked before one is changed, the older job first: whoever holds a run waits for no job.
    theirs = {number: _refusal(session, number, owner) for number in sorted(set(numbers))}
    done = {number: refusal or _cancel(session, number, now) for number, refusal in theirs.items()}
    return [done[number] for number in numbers]


def _refusal(session: Session, job_id: int, owner: Mapping[str, Any]) -> Cancelled | None:
    """Lock a job, and return why it is not the owner's to cancel, None when it is."""
    try:
        document = orjson.loads(reports.lock_boot(session, job_id).document)
    except NotFound as error:
        return Cancelled(str(job_id), "failed", str(error))
    if any(document.get(name) not in (None, "", owner.get(name)) for name in OWNERS):
        return Cancelled(str(job_id), "forbidden", "the job is somebody else's")
    return None


def _cancel(session: Session, job_id: int, now: datetime.datetime) -> Cancelled:
    if jobs.cancel(session, job_id, now):
        return Cancelled(str(job_id), "success", "")
    return Cancelled(str(job_id), "failed", "the job is not waiting any more")


def _end(
    session: Session,
    job: Any,
    document: Mapping[str, Any],
    variables: dict[str, Any],
    stage: str,
    now: datetime.datetime,
) -> None:
    said = variables.get("job_health") or (given(document, "job_health", "success") if stage == "finish" else stage)
    health = stages.health(str(said))
    status, reason = stages.outcome(health)
    ended = {"job_state": "finished" if health == "success" else health, "job_health": health, "status": status}
    reports.conclude(session, job, document, {**variables, **ended}, now, reason=reason)


def _extend(session: Session, job_id: int, seconds: float, now: datetime.datetime) -> datetime.datetime | None:
    latest = now + datetime.timedelta(seconds=limits.LONGEST)
    return leases.extend(session, job_id, datetime.timedelta(seconds=seconds), latest)


def _milestones(known: Any, said: Sequence[str]) -> list[str]:
    before = known if isinstance(known, list) else []
    reached = list(dict.fromkeys([*map(str, before), *said]))
    if len(reached) > MOST_MILESTONES:
        raise Invalid(f"a job has at most {MOST_MILESTONES} milestones")
    return reached


def _one_of(name: str, known: Sequence[str] | Mapping[str, int]) -> Callable[[str], str]:
    def check(said: str) -> str:
        if said not in known:
            raise Invalid(f"{name} must be one of: {', '.join(known)}")
        return said

    return check


def _health(said: str) -> str:
    return _one_of("job_health", stages.HEALTHS)(stages.health(said))


def _word(said: str) -> str:
    if len(said) > LONGEST_WORD or not said.isprintable():
        raise Invalid(f"job_step must be a word of at most {LONGEST_WORD} characters")
    return said


def _words(said: str) -> list[str]:
    return [_word(each) for each in said.replace(",", " ").split()]


def _port(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) < 6 and int(said) in PORTS):
        raise Invalid("ssh_port must be a port")
    return int(said)


def _number(said: Any) -> int:
    text = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid("job_ids must be numbers of jobs")
    return int(text)


CHECKS: dict[str, Callable[[str], Any]] = {
    "job_stage": _one_of("job_stage", stages.STAGES),
    "job_health": _health,
    "job_data_readiness": _one_of("job_data_readiness", conditions.READINESS),
    "milestones": _words,
    "renew_seconds": lambda said: limits.duration("renew_seconds", said),
    "ssh_port": _port,
    "job_step": _word,
}
