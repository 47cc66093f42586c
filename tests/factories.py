"""Things to test with, made over the wire as a runner would; every default is visible here."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tests.client import Client

RUN = "teuthology-2026-01-31_23:00:06-rados-main-distro-default-smithi"
SHA1 = "deadbeef" * 5


def make_run(client: Client, name: str = RUN, *, tags: Sequence[str] = ()) -> str:
    """Create a run without jobs and return its name."""
    client.post_json("/runs/", {"name": name, "tags": list(tags)})
    return name


def make_job(client: Client, run: str = RUN, *, job_id: str | int = 1, status: str = "queued", **said: Any) -> str:
    """Create a job, and its run when there is none, and return its id."""
    answer = client.post_json(f"/runs/{quote(run, safe='')}/jobs/", {"job_id": job_id, "status": status, **said})
    return str(answer.json["job_id"])


def make_node(
    client: Client, name: str = "smithi001", *, machine_type: str = "smithi", up: bool | None = True, **said: Any
) -> str:
    """Register a machine that is up and free and return its name."""
    client.post_json("/nodes/", {"name": name, "machine_type": machine_type, "up": up, **said})
    return name


def make_queue(client: Client, name: str = "smithi", **said: Any) -> str:
    """Create a queue and return its name."""
    client.post_json("/queue/", {"queue": name, **said})
    return name


def run_of(client: Client, name: str = RUN) -> Mapping[str, Any]:
    """Return a run as the service shows it."""
    shown: Mapping[str, Any] = client.get(f"/runs/{quote(name, safe='')}/").json
    return shown


def job_of(client: Client, run: str = RUN, *, job_id: str | int = 1) -> Mapping[str, Any]:
    """Return a job as the service shows it."""
    shown: Mapping[str, Any] = client.get(f"/runs/{quote(run, safe='')}/jobs/{job_id}/").json
    return shown


def node_of(client: Client, name: str = "smithi001") -> Mapping[str, Any]:
    """Return a machine as the service shows it."""
    shown: Mapping[str, Any] = client.get(f"/nodes/{name}/").json
    return shown


def names_of(shown: Sequence[Mapping[str, Any]], key: str = "name") -> list[Any]:
    """Return the names, or another key's values, of a list as the service shows it."""
    return [each[key] for each in shown]
