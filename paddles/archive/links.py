"""Where runs and their jobs are found: addresses of ours, made of names. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote


def run(name: str) -> str:
    """Return the address of a run."""
    return f"/runs/{quote(name, safe='')}/"


def job(run_name: str, key: str) -> str:
    """Return the address of a job of a run."""
    return f"{run(run_name)}jobs/{quote(key, safe='')}/"


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
