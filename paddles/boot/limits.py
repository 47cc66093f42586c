"""How long a job and each of its stages may take, in seconds."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from paddles.errors import Invalid

DEFAULT = 3600
BORROWED = 30 * 86400
LONGEST = 366 * 86400
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([smhdw]?)")

# Seconds by stage; a stage that is not here sets no limit of its own, the deadline stays what it is.
STAGES = {"dispatch": 3600, "boot": 1200, "setup": 600, "wait_peer": 7200, "post_run": 1800, "manual_check": 36000}
BOOT = {"vm": 600, "dc": 180}


def duration(name: str, value: Any) -> float:
    """Return seconds from ``30``, ``300s``, ``5m``, ``1h``, ``2d`` or ``1w``, the field being ``name``.

    Raises:
        Invalid: it says no duration, or more than 366 days.
    """
    said = DURATION.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if said is None:
        raise Invalid(f"{name} must be a time such as 30, 300s, 5m, 1h, 2d or 1w")
    seconds = float(said[1]) * UNITS[said[2]]
    if seconds > LONGEST:
        raise Invalid(f"{name} is at most {LONGEST // 86400} days")
    return seconds


def job_limit(document: Mapping[str, Any]) -> int:
    """Return the seconds that a job may run.

    ``timeout`` when it has one; else its ``runtime``, or those of its programs together, with an eighth (at least
    300 s) and the square root on top; else an hour. A borrowed machine (``ssh_pub_key``) goes back after 30 days.

    Raises:
        Invalid: one of them says no time.
    """
    limit = _limit(document)
    return min(limit, BORROWED) if document.get("ssh_pub_key") else limit


def stage_limit(stage: str, kind: str, document: Mapping[str, Any]) -> int | None:
    """Return the seconds that a stage may take on a machine of a kind (``vm``, ``dc`` or ``hw``).

    None when the stage sets no limit: it is over, or the deadline was set by what began it. Raises Invalid as
    ``job_limit`` does.

    Source: compass-ci, stages of a job and their time limits.
    """
    if stage == "running":
        return job_limit(document)
    if stage == "boot":
        return BOOT.get(kind, STAGES["boot"])
    return STAGES.get(stage)


def _limit(document: Mapping[str, Any]) -> int:
    if _given(document.get("timeout")):
        seconds = math.ceil(duration("timeout", document["timeout"]))
        if seconds < 1:
            raise Invalid("timeout is at least a second")
        return seconds
    times = list(_runtimes(document))
    if not times:
        return DEFAULT
    runtime = sum(times)
    return min(math.ceil(runtime + max(runtime / 8, 300) + math.sqrt(runtime)), LONGEST)


def _runtimes(document: Mapping[str, Any]) -> Iterator[float]:
    if _given(document.get("runtime")):
        yield duration("runtime", document["runtime"])
        return
    programs = document.get("pp")
    for name, options in programs.items() if isinstance(programs, Mapping) else ():
        if isinstance(options, Mapping) and _given(options.get("runtime")):
            yield duration(f"pp.{name}.runtime", options["runtime"])


def _given(value: Any) -> bool:
    return value is not None and value != ""
