"""What an atomic job is run with: units made plain, ``pp``, and the name of its file. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from paddles.boot.job_programs import OPAQUE, Declared, known, used

TIME = re.compile(r"(\d{1,9})([smhdw]?)", re.ASCII)
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
SHARE = re.compile(r"(\d{1,6})%", re.ASCII)
# Of one value as much stands in a file's name, and of all together.
LONGEST_VALUE, LONGEST_NAME = 31, 200
UNWRITABLE = re.compile(r"[^-a-zA-Z0-9+=:.%]")


def plain_units(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``job`` with each ``runtime`` in seconds (``300s``: 300), and each ``nr_...`` in numbers.

    A share such as ``200%`` is one of ``nr_cpu``, at least 1, and stays as it is where the job does not say ``nr_cpu``.
    Everything else stays as it was written.
    """
    cpus = job.get("nr_cpu")
    number = cpus if isinstance(cpus, int) and not isinstance(cpus, bool) and cpus > 0 else None
    return {key: value if key in OPAQUE else _plain(key, value, number) for key, value in job.items()}


def parameters(job: Mapping[str, Any], declared: Declared) -> dict[str, Any]:
    """Return ``pp``: each program with its options, its arguments as text, or None.

    An option that is known of a program and not given to it is taken from the job's own field of that name. What the
    job already has in ``pp`` stays where its programs do not say otherwise.
    """
    found = job.get("pp")
    made: dict[str, Any] = dict(found) if isinstance(found, Mapping) else {}
    for use in used(job, declared):
        if use.given is not None and not isinstance(use.given, Mapping):
            made[use.name] = use.given
            continue
        before = made.get(use.name)
        common = {name: job[name] for name in sorted(known(use, declared)) if _is_value(job.get(name))}
        options = {**(before if isinstance(before, Mapping) else {}), **common, **(use.given or {})}
        made[use.name] = options or None
    return made


def file_name(stem: str, job: Mapping[str, Any], declared: Declared) -> str:
    """Return what the file of an atomic job is called: ``iperf-cs-localhost-tcp-300s.yaml``.

    Behind ``stem`` stand the values of its programs' options and of programs with plain arguments, in the order of
    their names; ``defaults`` when there is none. The name holds no slash and is no hidden file.
    """
    said = sorted(_said(job, declared), key=lambda pair: pair[0])
    values = [_text(value)[:LONGEST_VALUE] for _, value in said]
    name = UNWRITABLE.sub("_", "-".join([stem, *values] if values else [stem, "defaults"]))
    return f"{name[:LONGEST_NAME].lstrip('.-') or 'job'}.yaml"


def _said(job: Mapping[str, Any], declared: Declared) -> Iterator[tuple[str, Any]]:
    uses = used(job, declared)
    own = {use.path: known(use, declared) for use in uses}
    yield from ((use.name, use.given) for use in uses if _is_value(use.given))
    for use in uses:
        options = use.given if isinstance(use.given, Mapping) else {}
        yield from ((name, value) for name, value in options.items() if name in own[use.path] and _is_value(value))
    common = frozenset().union(*own.values()) - {use.name for use in uses}
    yield from ((name, value) for name, value in job.items() if name in common and _is_value(value))


def _plain(key: str, value: Any, cpus: int | None) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(name, inside, cpus) for name, inside in value.items()}
    if not isinstance(value, str):
        return value
    time, share = TIME.fullmatch(value), SHARE.fullmatch(value)
    if key == "runtime" and time:
        return int(time[1]) * SECONDS[time[2]]
    if key.startswith("nr_") and share and cpus:
        return max(1, cpus * int(share[1]) // 100)
    return value


def _is_value(value: Any) -> bool:
    return value is not None and not isinstance(value, Mapping | list)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
