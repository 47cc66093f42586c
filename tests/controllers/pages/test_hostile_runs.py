"""Text of strangers on pages of runs, jobs and failures: shown as it is, and never more than text."""

from typing import Any
from urllib.parse import quote

import pytest

from paddles.archive import tests as core
from paddles.db import work
from paddles.db.engine import Database
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.pages.parsing import page
from tests.factories import make_job

EVIL = "<script>alert('é')</script>"
HOSTILE = (
    EVIL,
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 1234*4321 }}{% raw %}",
    "</textarea></pre></title><svg/onload=alert(1)>",
    "a/b?c=d&e#f%2e%2e",
    "\u202eevil\u2028",
    "=cmd|' /C calc'!A0",
)


def _say(client: Client, text: str) -> str:
    """Say a text wherever a runner can, and return the name of the run as it stands in an address."""
    run = f"run {text}"
    fields = ("user", "suite", "branch", "sha1", "flavor", "machine_type", "description", "os_type", "os_version")
    said: dict[str, Any] = dict.fromkeys(fields, text)
    said |= {"failure_reason": text, "log_href": text, "owner": text, text: {text: [text]}}
    said |= {"tasks": [{text: text}], "queue": "q", "archive_path": text}
    make_job(client, run, job_id=f"1 {text}", status="pass", **{**said, "flavor": "other"})
    make_job(client, run, job_id=text, status="fail", **said)
    make_job(client, run, job_id=f"2 {text}", status="dead", description=f"{{a/{text}}}", failure_reason=f"{text} x")
    make_job(client, run, job_id=f"3 {text}", status="running", description=f"{{a/b {text}/c}}")
    return quote(run, safe="")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_say_is_text(client: Client, database: Database, text: str) -> None:
    """On every page of a run, its jobs and its failures, and in what these pages are asked for."""
    run = _say(client, text)
    job = quote(text, safe="")
    number = client.get(f"/runs/{run}/jobs/{job}/?fields=id").json["id"]
    case = {"name": text, "status": "fail", "waived": False, "output": text, "measurement": 1.0, "units": text}
    suite = {"name": text, "context": text, "status": "fail", "duration_s": 1.0, "faults": [text]}
    cases = [{**case, "duration_s": None}]
    work.transact(database, lambda session: core.store(session, number, [{**suite, "cases": cases}], NOW))
    failures = [each["href"].removeprefix("http://paddles.example") for each in client.get("/failures/").json]
    addresses = [
        *("/runs/", f"/runs/?branch={job}&-suite={job}&nothing{job}={job}", f"/runs/?sha1={job}&until=7d", "/jobs/"),
        *(
            f"/jobs/?description={job}",
            f"/runs/{run}/jobs/{job}",
            f"/runs/{run}/jobs/2%20{job}",
            "/failures/",
            *failures,
        ),
        *(f"/failures/?branch={job}&x{job}=1", "/runs/branch/", "/runs/suite/"),
        *(f"/runs/{run}/?tab={tab}" for tab in ("failures", "jobs", "matrix", "timeline", "raw")),
    ]

    for address in addresses:
        soup = page(client, address)
        assert "5332114" not in soup.find("main").get_text()
    shown = page(client, f"/runs/{run}/jobs/{job}")
    assert text.replace("\u2028", "") in shown.h1.get_text().replace("\u2028", "")
    assert text.strip() in shown.find("pre", class_="said").get_text()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_refused_is_text(client: Client, text: str) -> None:
    """What cannot be is named where it is refused."""
    for address in (
        f"/runs/{quote(text, safe='')}",
        f"/runs/?since={quote(text)}",
        f"/failures/{quote(text, safe='')}",
    ):
        answer = client.get(address, headers={"Accept": "text/html"}, status="*")
        assert answer.status_int in (400, 404)
        assert "<script>alert" not in answer.text
        assert "onerror=alert(1)>" not in answer.text
