"""What a job would give to a machine, as a text for whoever wrote it. Pure."""

import stat
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from paddles.boot import bundle, job_sh, scripts
from paddles.boot.hosts import Hosts
from paddles.boot.programs import REGISTRY


def text(name: str, job: Mapping[str, Any], hosts: Hosts) -> str:
    """Return job.sh, each boot script and the content of job.cgz of a completed job, each below a line that names it.

    ``name`` is what the job is called, and stands above all of it. Raises Invalid when one of them cannot be written.
    """
    return (
        "\n".join([f"=== {name}", *(line for part in parts(job, hosts) for line in (f"--- {part[0]}", part[1]))]) + "\n"
    )


def parts(job: Mapping[str, Any], hosts: Hosts) -> Iterator[tuple[str, str]]:
    """Yield each of them by its name, and its text without the line feed at its end. Raises Invalid as above."""
    yield "job.sh", job_sh.render(job, REGISTRY).rstrip("\n")
    yield "boot.ipxe", scripts.ipxe(job, hosts).rstrip("\n")
    yield "boot.grub", scripts.grub(job, hosts).rstrip("\n")
    yield "boot.container", orjson.dumps(scripts.container(job, hosts)).decode()
    held = (f"{stat.filemode(entry.mode)} {entry.size:>9} {entry.path}" for entry in bundle.listing(job))
    yield "job.cgz", "\n".join(held)
