"""Where runs, their jobs and failures are found: addresses of ours, made of names. Pure."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from paddles.errors import NotFound

# Numbers of groups of failures are written without a sign.
BITS = 2**64
GROUP = re.compile(r"[0-9a-f]{16}")


def group(number: int) -> str:
    """Return the number of a group of failures as it stands in addresses: 16 hexadecimal digits."""
    return f"{number % BITS:016x}"


def number_of(group: str) -> int:
    """Return the number of a group of failures that an address names. Raises NotFound where it can be none."""
    if not GROUP.fullmatch(group):
        raise NotFound("no job failed so")
    number = int(group, 16)
    return number - BITS if number >= BITS // 2 else number


def failure(number: int) -> str:
    """Return the address of a group of failures."""
    return f"/failures/{group(number)}/"


def run(name: str) -> str:
    """Return the address of a run."""
    return f"/runs/{quote(name, safe='')}/"


def job(run_name: str, key: str) -> str:
    """Return the address of a job of a run."""
    return f"{run(run_name)}jobs/{quote(key, safe='')}/"


def document(number: int) -> str:
    """Return the address of what became of a document that was received, by the number of its receipt."""
    return f"/ingest/documents/{number}"


def of_document(row: Mapping[str, Any]) -> str | None:
    """Return the address of a document by its row, which has its ``id``."""
    return document(row["id"])


def of_run(row: Mapping[str, Any]) -> str | None:
    """Return the address of a run by its row, which has its ``name``."""
    return run(row["name"])


def of_job(row: Mapping[str, Any]) -> str | None:
    """Return the address of a job by its row, which has its ``run`` and ``key``; none where the job is gone."""
    return job(row["run"], row["key"]) if row["run"] else None


def of_log(row: Mapping[str, Any]) -> str | None:
    """Return the address of the log of a job by its row."""
    found = of_job(row)
    return f"{found}log" if found else None
