"""What two jobs have in common that run the same: a digest of their parameters. Pure."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from paddles.errors import Invalid

SAME = ("tbox_group", "os", "os_arch", "os_version")
LONGEST = 128
MOST = 2**31 - 1


def digest(job: Mapping[str, Any]) -> str:
    """Return ``all_params_md5`` of a completed job: what it says itself, else the MD5 of its sorted parameters.

    Those are ``pp`` and ``ss`` as ``program.option`` and value, and the group and the system that it runs on.

    Source: compass-ci, ``all_params_md5``.
    """
    said = job.get("all_params_md5")
    if isinstance(said, str) and 0 < len(said) <= LONGEST:
        return said
    found = {**dict(_flat("pp", job.get("pp"))), **dict(_flat("ss", job.get("ss")))}
    found |= {name: str(job.get(name)) for name in SAME}
    text = "\n".join(f"{name}={value}" for name, value in sorted(found.items()))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def most(job: Mapping[str, Any]) -> int | None:
    """Return how many jobs of these parameters a job allows, None for any number. Raises Invalid."""
    said = job.get("max_run")
    if said is None or said == "":
        return None
    text = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= MOST):
        raise Invalid("max_run must be a number from 1 on")
    return int(text)


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    todo = [(prefix, value)]
    while todo:
        name, inner = todo.pop()
        if isinstance(inner, Mapping):
            todo.extend((f"{name}.{key}", each) for key, each in inner.items())
        elif inner is not None or name != prefix:
            yield name, str(inner)
