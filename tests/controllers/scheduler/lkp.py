"""What lkp's clients and machines send, for the tests of what they get."""

from typing import Any

from webtest import TestResponse

from tests.client import Client

JOB = {"suite": "nap", "testbox": "dc-1g-1", "os_arch": "x86_64"}
CGI = "/~lkp/cgi-bin"


def submit(client: Client, **said: Any) -> str:
    """Submit a job and return its number."""
    return client.post_json("/scheduler/v1/jobs/submit", {**JOB, **said}, status=200).text


def boot(client: Client, name: str = "dc-1g-1") -> str | None:
    """Let a container ask for a job; return its number, None for none."""
    url = client.get(f"/boot.container/host/{name}", status=200).json.get("job")
    return url and url.split("/")[-2]


def shown(client: Client, job_id: str) -> Any:
    """Return a job as the service shows it."""
    return client.get(f"/scheduler/v1/jobs/{job_id}", status=200).json


def update(client: Client, job_id: str, status: int = 200, **said: Any) -> TestResponse:
    """Send an update of a job."""
    query = "&".join(f"{name}={value}" for name, value in said.items())
    return client.send("POST", f"/scheduler/v1/jobs/{job_id}/update?{query}", status=status)


def finish(client: Client, job_id: str, health: str = "success") -> None:
    """End a job as its machine does."""
    client.get(f"{CGI}/lkp-post-run?job_id={job_id}&job_health={health}", status=200)
