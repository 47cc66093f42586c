"""Jobs that machines boot for: submitted, given to a machine, told about, ended."""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Row

from paddles.archive import names
from paddles.archive.names import Scheme
from paddles.archive.status import FINISHED
from paddles.boot import checks, limits, params, stages, uploads, waits
from paddles.boot.defaults import completed, given, group_of, kind_of
from paddles.boot.hosts import Hosts
from paddles.boot.values import FIELDS, PARAMETERS
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, TooLarge
from paddles.lab import asking, repeats, reports, statistics, turns
from paddles.settings import Settings

# What a job says of its own fate. People submit again what a job of theirs became; nothing of that is the new one's.
FATE = frozenset(
    """id job_id errid stats status success job_state job_stage job_health start_time end_time finish_time posted
    started updated log_href href last_success_stage job_data_readiness milestones job_step loadavg
    result_root""".split()
)
# What a report may not change: what says which job it is, whose, and where it waits; what its scripts and files are
# made from; how long it may take.
FIXED = frozenset(
    (
        *"id job_id suite status success tbox_group testbox queue priority secrets".split(),
        *(*FIELDS, *PARAMETERS),
        *"arch os_mount result_root job2sh pkg_data timeout runtime pp ssh_pub_key wait_on wait_options".split(),
    )
)
WHOSE = re.compile(r"my_.*|.*token")
# What a report says of the job's fate; it is settled when the job has ended.
PROGRESS = frozenset(("job_state", "job_stage", "job_health"))
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+~-]{0,127}")
MOST_VARIABLES = 100
LONGEST_VARIABLE = 65536
# Of all that was submitted and reported, in bytes.
LARGEST_DOCUMENT = 32 * 1024 * 1024


def hosts(settings: Settings) -> Hosts:
    """Return where machines that boot reach the scheduler, kernels and initrds, as the settings say."""
    return Hosts(
        f"{settings.sched_host}:{settings.sched_port}",
        f"{settings.os_http_host}:{settings.os_http_port}",
        f"{settings.initrd_http_host}:{settings.initrd_http_port}",
    )


def checked(document: Mapping[str, Any], hosts: Hosts) -> dict[str, Any]:
    """Return what is submitted without what it says of its own fate.

    Raises:
        Invalid: something in it can never be run, or would run something else.
    """
    job = {name: value for name, value in document.items() if name not in FATE}
    checks.check(job, hosts)
    return job


def submit(
    session: Session,
    document: Mapping[str, Any],
    now: datetime.datetime,
    hosts: Hosts,
    scheme: Scheme,
    *,
    run: str | None = None,
) -> dict[str, Any]:
    """Store a job, queued for its group and user, in the run that it is labelled with, and return it completed.

    One that says ``wait_on`` waits until that is so.

    Its run is ``run``; where none is given it is called by its ``submit_id``, else its ``group_id``; where neither can
    be a name, by the suite, day and group.

    Raises:
        Invalid: something in it can never be run, or would run something else; nothing is stored then.
        NotFound: it waits for a job that does not exist.
        Conflict: as many of its parameters as it allows (``max_run``) were submitted already.
    """
    job = checked(document, hosts)
    whole = completed(job, 0, hosts)
    group = str(whole["tbox_group"])
    _limit_repeats(session, whole)
    waited_for = waits.hold(session, job)
    queue = turns.of(group, job.get("my_account"))
    called = run or _run(job, group, now, scheme.zone)
    job_id = reports.enqueue(session, called, queue, job, now, scheme, waiting=bool(waited_for))
    if waited_for:
        waits.hold_back(session, job_id, waited_for, now)
    return completed(job, job_id, hosts)


def asked_by_name(session: Session, name: str, now: datetime.datetime) -> Row[Any]:
    """Look what there is for the machine ``name``, as ``lab.asking.named`` does."""
    return asking.named(session, name, group_of(name), now)


def give(
    session: Session, asked: Row[Any] | None, now: datetime.datetime, hosts: Hosts, *, max_attempts: int = 1
) -> dict[str, Any] | None:
    """Start the next job for a machine that asks, a row of ``lab.asking``, and return it completed, or None.

    What it was given before and never spoke of is offered again, until it was started ``max_attempts`` times.
    """
    if asked is None:
        return None
    limit = limits.stage_limit("boot", kind_of(asked.name), {}) or limits.DEFAULT
    started = asking.take(session, asked, now, datetime.timedelta(seconds=limit), max_attempts)
    return None if started is None else _held(started, asked.name, hosts)


class Shown(NamedTuple):
    """A job completed, with the machine that holds it or held it last, its status, and why it is dead."""

    job: dict[str, Any]
    status: str
    reason: str | None


def shown(session: Session, job_id: int, hosts: Hosts) -> Shown:
    """Return a job, given to a machine or not. Raises NotFound."""
    row = asking.booted(session, job_id)
    job = completed(orjson.loads(row.document), row.id, hosts)
    return Shown(job | ({"testbox": row.machine} if row.machine else {}), row.status, row.reason)


def cancel(session: Session, job_id: int, now: datetime.datetime) -> bool:
    """Give up a job that waits, dead by ``cancel``, and say whether it did. Raises NotFound."""
    return give_up(session, job_id, "cancel", now, before=("queued", "waiting"))


def terminate(session: Session, job_id: int, now: datetime.datetime) -> bool:
    """End a job that runs, dead by ``terminate``, and say whether it did. Raises NotFound."""
    return give_up(session, job_id, "terminate", now, before=("running",))


def give_up(session: Session, job_id: int, reason: str, now: datetime.datetime, *, before: Sequence[str]) -> bool:
    """End a job as dead, if its status is one of ``before``, and say whether it was. Raises NotFound."""
    waiting = waits.lock(session, reports.lock_boot(session, job_id))
    ended = reports.give_up(session, job_id, reason, now, before=before)
    waits.wake(session, waiting, now)
    return ended


def held(session: Session, job_id: int, hosts: Hosts, key: str) -> dict[str, Any]:
    """Return the job of a machine, completed; with a ``key`` its secrets hold the token to upload results with.

    Raises:
        NotFound: there is no such job.
        Conflict: no machine has it yet.
    """
    row = asking.booted(session, job_id)
    if row.machine is None:
        raise Conflict(f"job {job_id} was given to no machine yet")
    job = _held(row, row.machine, hosts)
    if key:
        job["secrets"] = {**(job.get("secrets") or {}), "job_token": uploads.token(key, row.id, row.attempt)}
    return job


def tell(session: Session, job_id: int, said: Mapping[str, str], now: datetime.datetime) -> None:
    """Merge variables that a machine reports into its job; empty ones are skipped.

    ``job_state`` and ``job_stage`` move the deadline to that of the stage; what is no stage is the job's health, which
    counts when it ends. A job that has ended keeps what it became, and takes the other variables.

    Raises:
        NotFound: there is no such job.
        Invalid: a name is none, or not a machine's to report; too many, or too long.
        TooLarge: so much was said of this job already that no more is kept.
    """
    variables = _variables(said)
    stage, health = _progress(variables)
    variables |= {"job_stage": stage} if stage else {}
    variables |= {"job_health": health} if health else {}
    job = reports.lock_boot(session, job_id)
    if len(job.document) > LARGEST_DOCUMENT:
        raise TooLarge(f"no more is kept of a job than {LARGEST_DOCUMENT} bytes")
    if job.status in FINISHED:
        variables = {name: value for name, value in variables.items() if name not in PROGRESS}
    document = orjson.loads(job.document)
    limit = limits.stage_limit(stage, machine_kind(document), document) if stage else None
    expires = now + datetime.timedelta(seconds=limit) if limit else None
    waiting = waits.lock(session, job)
    reports.hear(session, job, document, variables, now, expires=expires)
    waits.wake(session, waiting, now)


def finish(session: Session, job_id: int, said: Mapping[str, str], now: datetime.datetime) -> None:
    """End a job: its health, said now or before, is its verdict, ``success`` where nothing was said. Once only.

    A job that waits again, since nothing was heard of it, ends as well: it was run after all. If it left results it
    then waits for its statistics, which change nothing of the verdict.

    Raises:
        NotFound: there is no such job.
        Invalid: as :func:`tell`.
    """
    variables = _variables(said)
    _, health = _progress(variables)
    job = reports.lock_boot(session, job_id)
    document = orjson.loads(job.document)
    health = health or str(given(document, "job_health", "success"))
    status, reason = stages.outcome(health)
    state = "finished" if health == "success" else health
    variables |= {"job_state": state, "job_stage": "finish", "job_health": health}
    uploaded = uploads.READINESS in document
    variables |= {uploads.READINESS: "uploaded"} if uploaded else {}
    waiting = waits.lock(session, job)
    if reports.conclude(session, job, document, {**variables, "status": status}, now, reason=reason) and uploaded:
        statistics.ask(session, job, now)
    waits.wake(session, waiting, now)


def _limit_repeats(session: Session, job: Mapping[str, Any]) -> None:
    most = params.most(job)
    if most is not None and not repeats.allowed(session, params.digest(job), most):
        raise Conflict(f"{most} jobs of these parameters were submitted already")


def _held(row: Row[Any], machine: str, hosts: Hosts) -> dict[str, Any]:
    return completed(orjson.loads(row.document), row.id, hosts) | {"testbox": machine}


def machine_kind(document: Mapping[str, Any]) -> str:
    """Return on what a job runs, as ``defaults.kind_of`` does."""
    return kind_of(str(given(document, "testbox", given(document, "tbox_group", ""))))


def _run(job: Mapping[str, Any], group: str, now: datetime.datetime, zone: ZoneInfo) -> str:
    for name in ("submit_id", "group_id"):
        label = job.get(name)
        if isinstance(label, str) and LABEL.fullmatch(label) and label not in names.RESERVED:
            return label
    return f"{job['suite']}-{now.astimezone(zone):%Y-%m-%d}-{group}"[: names.LONGEST]


def _variables(said: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in said.items() if value != ""}
    if len(found) > MOST_VARIABLES:
        raise Invalid(f"a report has at most {MOST_VARIABLES} variables")
    for name, value in found.items():
        if not NAME.fullmatch(name):
            raise Invalid("a variable is called by letters, digits and _.-")
        if name in FIXED or WHOSE.fullmatch(name):
            raise Invalid(f"{name} is not a machine's to report")
        if len(value) > LONGEST_VARIABLE:
            raise Invalid(f"{name} has at most {LONGEST_VARIABLE} characters")
    return found


def _progress(variables: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the stage and the health that variables speak of, the newer words beating ``job_state``."""
    said = stages.read(variables["job_state"]) if "job_state" in variables else stages.State(None, None)
    stage = variables.get("job_stage", said.stage)
    if stage is not None and stage not in stages.STAGES:
        raise Invalid(f"job_stage must be one of: {', '.join(stages.STAGES)}")
    health = variables.get("job_health")
    return stage, stages.health(health) if health else said.health
