"""The scheduler face's words: compass-ci's names for what the core knows, both ways. Pure."""

import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from paddles.archive.names import Scheme
from paddles.boot import jobs
from paddles.boot.defaults import group_of
from paddles.boot.hosts import Hosts
from paddles.boot.jobs import Shown
from paddles.boot.privacy import private
from paddles.boot.values import machine_name
from paddles.errors import Invalid, NotFound
from paddles.lab.machines import check_name
from paddles.settings import Settings

DONE = "Done\n"
TEXT, BINARY = "text/plain", "application/octet-stream"
LARGEST = 2**63 - 1
# Not shown with a job: what is secret, and what is large and only for the machine.
HIDDEN = frozenset(("pkg_data", "stats"))
STATES = {"queued": "submit", "waiting": "submit", "running": "boot", "pass": "finished", "fail": "failed"}
# What is said of a job that ended without a word of its machine's.
ENDED = "incomplete"


@functools.lru_cache
def hosts(settings: Settings) -> Hosts:
    """Return where machines that boot reach the scheduler, kernels and initrds."""
    return jobs.hosts(settings)


def scheme(settings: Settings) -> Scheme:
    """Return how names of runs are read in this installation."""
    return Scheme(settings.zone, settings.known_suites)


def number(job_id: str) -> int:
    """Return the number of a job. Raises NotFound for what is none: digits only, 64 bits."""
    if not (job_id.isascii() and job_id.isdigit() and len(job_id) < 20 and int(job_id) <= LARGEST):
        raise NotFound("there is no such job")
    return int(job_id)


def required_number(job_id: str | None) -> int:
    """Return the number of a job that a parameter names. Raises Invalid when it is missing, NotFound as above."""
    if not job_id:
        raise Invalid("could not find required key: 'job_id'")
    return number(job_id)


def kind(content: bytes) -> str:
    """Return the content type of a file: what browsers may show is text, whatever it would like to be."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return BINARY
    return BINARY if b"\0" in content else TEXT


def machine(name: str | None, key: str) -> str:
    """Return the name of a machine that the parameter or part of a path ``key`` holds. Raises Invalid."""
    if not name:
        raise Invalid(f"could not find required key: '{key}'")
    return check_name(machine_name(key, name))


def queues(said: str, name: str) -> list[str]:
    """Return the queues in ``q1,q2``, that of the machine's group where none is named. Raises Invalid."""
    found = [queue.strip() for queue in said.split(",") if queue.strip()]
    for queue in found:
        if len(queue) > 512 or not queue.isprintable():
            raise Invalid("queues must be names with commas between")
    return found or [group_of(name)]


def moment(when: datetime.datetime, settings: Settings) -> str:
    """Return a moment of the wire: seconds, in the zone of this installation."""
    return when.astimezone(settings.zone).isoformat(timespec="seconds")


def public(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what anybody may see of what was said."""
    return {name: value for name, value in said.items() if not private(name)}


def submitted(jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return jobs that were submitted as the later clients read them."""
    return [
        {"job_id": job["id"], "message": "", "job_state": "submit", "result_root": str(job["result_root"])}
        for job in jobs
    ]


def job(found: Shown, names: Sequence[str]) -> dict[str, Any]:
    """Return a job of the wire: all that anybody may see of it, or of that the fields ``names``."""
    shown = {name: value for name, value in found.job.items() if not private(name) and name not in HIDDEN}
    if found.status == "dead":
        shown["job_state"] = shown["job_health"] = found.reason or ENDED
    shown.setdefault("job_state", STATES.get(found.status, ENDED))
    return {name: shown.get(name) for name in names} if names else shown
