"""Jobs of several machines: submitted together, kept in step, and told of one another."""

import datetime
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml
from sqlalchemy import Row

from paddles.archive.names import Scheme
from paddles.archive.status import FINISHED
from paddles.boot import cluster_files, jobs, limits
from paddles.boot.hosts import Hosts
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.lab import members, reports

# How far one has to be before it waits for the others, and what it is told when all are there.
STEPS = {"wait_start": 1, "wait_ready": 2, "wait_finish": 3, "finished": 3}
TOLD = {"wait_start": "start", "wait_ready": "ready", "wait_finish": "finish", "finished": "finish"}
BROKEN = ("failed", "abort")
OTHERS = (*BROKEN, "write_state", "roles_ip")
ABORT, RETRY = "abort", "retry"
# What the others export into their shells.
SAID = {
    "node_roles": re.compile(r"[A-Za-z0-9_ ]{0,1024}"),
    "ip": re.compile(r"[0-9A-Fa-f.:]{0,64}"),
    "direct_ips": re.compile(r"[0-9A-Fa-f.: ]{0,4096}"),
    "direct_macs": re.compile(r"[0-9A-Fa-f: -]{0,4096}"),
}
LARGEST = 256 * 1024


class Answer(NamedTuple):
    """What a member is told, and whether that is the last word, or something better may come."""

    text: str
    last: bool = True


def submit(
    session: Session,
    document: Mapping[str, Any],
    now: datetime.datetime,
    hosts: Hosts,
    scheme: Scheme,
    directory: Path | None,
) -> list[dict[str, Any]]:
    """Store a job as ``jobs.submit`` does, or those that it becomes on the cluster it names, and return them completed.

    A cluster is a file of its name in ``directory``; a job that names none that is there is one job.
    """
    definition = _definition(document.get("cluster"), directory)
    if definition is None:
        return [jobs.submit(session, document, now, hosts, scheme)]
    made = [jobs.submit(session, each, now, hosts, scheme) for each in cluster_files.jobs(document, definition)]
    members.add(session, [int(job["id"]) for job in made])
    return made


def sync(session: Session, job_id: int, state: str, said: Mapping[str, str], now: datetime.datetime) -> Answer:
    """Hear how far a job of a cluster is, or what it says of itself, and return what it is told.

    A job that runs alone is told that all are there. Whoever waits has as long as the stage ``wait_peer``.

    Raises:
        NotFound: there is no such job.
        Invalid: nobody can be so far, or what is said cannot be exported.
    """
    if state not in STEPS and state not in OTHERS:
        raise Invalid(f"state must be one of: {', '.join((*STEPS, *OTHERS))}")
    words = {name: _checked(name, said[name]) for name in SAID if said.get(name)} if state == "write_state" else {}
    job = reports.lock_boot(session, job_id)
    member = members.lock(session, job_id)
    if member is None:
        return Answer("" if state == "roles_ip" else TOLD.get(state, "Done\n"))
    reached = _reached(member.state, state)
    if words or reached != member.state:
        members.say(session, job_id, member, reached, words)
        _keep(session, job, state, now)
    everybody = members.listed(session, member.cluster_id)
    if state in STEPS:
        return _in_step(everybody, state)
    return Answer(_addresses(everybody) if state == "roles_ip" else "Done\n")


def _in_step(everybody: Sequence[Row[Any]], state: str) -> Answer:
    if any(_lost(each) for each in everybody):
        return Answer(ABORT)
    if all(_step(each) >= STEPS[state] for each in everybody):
        return Answer(TOLD[state])
    return Answer(RETRY, last=False)


def _step(member: Row[Any]) -> int:
    return max(STEPS.values()) if member.status in FINISHED else STEPS.get(member.state, 0)


def _lost(member: Row[Any]) -> bool:
    """Say whether a member broke off, or died before it had finished."""
    done = STEPS.get(member.state, 0) == max(STEPS.values())
    return member.state in BROKEN or (member.status == "dead" and not done)


def _reached(before: str, state: str) -> str:
    """Return how far a member is that says ``state``: nobody goes back, and who broke off stays so."""
    if before in BROKEN or state not in (*STEPS, *BROKEN):
        return before
    return state if state in BROKEN or STEPS[state] >= STEPS.get(before, 0) else before


def _keep(session: Session, job: Row[Any], state: str, now: datetime.datetime) -> None:
    expires = now + datetime.timedelta(seconds=limits.STAGES["wait_peer"]) if state in STEPS else None
    reports.hear(session, job, orjson.loads(job.document), {}, now, expires=expires)


def _addresses(everybody: Sequence[Row[Any]]) -> str:
    found: dict[str, list[str]] = {}
    for member in everybody:
        said = orjson.loads(member.said)
        for role in said.get("node_roles", "").split():
            found.setdefault(role, []).append(said.get("ip", ""))
            found.setdefault(f"direct_{role}_ips", []).append(said.get("direct_ips", ""))
    return "".join(f"{name}={' '.join(filter(None, values))}\n" for name, values in found.items() if any(values))


def _checked(name: str, value: str) -> str:
    if not SAID[name].fullmatch(value):
        raise Invalid(f"{name} holds what no other machine can be told")
    return value


def _definition(name: Any, directory: Path | None) -> Any:
    if directory is None or not isinstance(name, str) or not cluster_files.NAME.fullmatch(name):
        return None
    path = next((found for found in (directory / name, directory / f"{name}.yaml") if found.is_file()), None)
    if path is None or path.stat().st_size > LARGEST:
        return None
    try:
        return yaml.safe_load(path.read_text())
    except (yaml.YAMLError, OSError, UnicodeDecodeError, RecursionError):
        raise Invalid(f"the file of the cluster {name} cannot be read") from None
