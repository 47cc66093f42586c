"""What is downloaded and shown around runs: programs, definitions, scripts, badges."""

import hashlib
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.projects import downloads
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.jobserv.wire import KEY, signed
from tests.factories import make_job
from tests.projects.held import Held, held, queued

SECRETS = {"githubtok": "s3cr3t-value", "other": "0ther-value"}


def test_the_runner_is_a_package_that_can_be_imported(client: Client) -> None:
    """The same bytes every time; who has them is not sent them again."""
    answer = client.get("/runner", status=200)

    assert "application/zip" == answer.content_type
    names = zipfile.ZipFile(io.BytesIO(answer.body)).namelist()
    for handler in ("simple", "git_poller", "github_pr", "gitlab_mr"):
        assert f"jobserv_runner/handlers/{handler}.py" in names
    client.get("/runner/", headers={"If-None-Match": answer.headers["ETag"]}, status=304)


def test_scripts_are_text(client: Client) -> None:
    """Whose letters are not changed on the way, since workers write down what they are told."""
    for name, script in (("worker", downloads.worker()), ("simulator", downloads.simulator())):
        answer = client.get(f"/{name}", status=200)
        assert script.content == answer.body
        assert "text/plain; charset=utf-8" == answer.headers["Content-Type"].lower().replace("utf-8", "utf-8")
        assert hashlib.md5(answer.body, usedforsecurity=False).hexdigest() == script.version


def test_a_simulator_that_is_current_is_not_sent_again(client: Client) -> None:
    """304, without a body."""
    version = downloads.simulator().version
    answer = client.get(f"/simulator?version={version}", status=304)
    assert b"" == answer.body
    client.get("/simulator?version=other", status=200)


def test_an_operator_may_have_programs_of_his_own(database: Database, settings: Settings, tmp_path: Path) -> None:
    """Served as they are."""
    named = {}
    for name in ("runner", "worker", "simulator"):
        named[f"jobserv_{name}_file"] = tmp_path / name
        (tmp_path / name).write_bytes(b"\xc3\xbc " + name.encode())
    client = Client(serve(database, settings.model_copy(update=named)))

    for name in ("runner", "worker", "simulator"):
        assert b"\xc3\xbc " + name.encode() == client.get(f"/{name}").body


def test_the_version_is_told(client: Client) -> None:
    """Of the service."""
    assert client.get("/version").json["data"]["version"]


@pytest.fixture
def job(database: Database) -> Held:
    """A job with secrets."""
    return held(database, secrets=SECRETS, console_progress={"progress-pattern": r"(?P<current>\d+)/(?P<total>\d+)"})


def test_anybody_sees_a_definition_without_secrets(client: Client, job: Held) -> None:
    """Of each of them its name; not the key of the run."""
    shown = client.get(f"{job.path}.rundef.json", status=200).json

    assert "api_key" not in shown
    assert dict.fromkeys(SECRETS, "TODO") == shown["secrets"]
    assert f"http://localhost:80{job.path}" == shown["run_url"]
    assert "1" == shown["env"]["H_BUILD"]
    wrong = client.get(f"{job.path}.rundef.json", headers={"Authorization": "Token wrong"}, status=200).json
    assert shown == wrong


def test_a_run_sees_all_of_its_definition(client: Client, job: Held) -> None:
    """With its key, in the header or in the address."""
    for path, headers in ((job.path, job.headers), (job.path, {})):
        asked = f"{path}.rundef.json" + ("" if headers else f"?apikey={job.token}")
        shown = client.get(asked, headers=headers, status=200).json
        assert (job.token, SECRETS) == (shown["api_key"], shown["secrets"])


def test_an_administrator_sees_the_secrets(database: Database, settings: Settings, job: Held) -> None:
    """The key is nobody's but the run's."""
    client = Client(serve(database, settings.model_copy(update={"jobserv_internal_api_key": KEY})))
    path = f"{job.path}.rundef.json"
    shown = client.send("GET", path, status=200, **signed("GET", path)).json

    assert SECRETS == shown["secrets"]
    assert "api_key" not in shown


def test_the_simulation_is_a_script_that_changes_nothing(client: Client, database: Database, tmp_path: Path) -> None:
    """What the run's script says is written down as it is, whatever a shell would make of it."""
    wicked = "#!/bin/sh\necho $HOME `id` $(id) \\$x 'y' \"z\" END_OF_RUNDEF\n"
    job = queued(database, "r", secrets=SECRETS)
    document = orjson.loads(client.get(f"{job.path}.rundef.json").body)
    answer = client.get(f"{job.path}.simulate.sh", status=200)
    assert "text/plain" == answer.content_type
    assert wicked
    script = answer.text.partition("python3")[0]
    subprocess.run(
        ["sh", "-e"], input=script.encode(), env={"SIMDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=True
    )

    written = orjson.loads((tmp_path / "rundef.json").read_bytes())
    assert {**document, "runner_url": "http://localhost:80/runner"} == written


@pytest.mark.parametrize("name", [".rundef.json", ".simulate.sh", "progress-regex", "tests"])
def test_what_is_not_there_is_not_found(client: Client, job: Held, name: str) -> None:
    """404, of a run and of a build."""
    client.get(f"/projects/p/builds/1/runs/x/{name}", status=404)
    client.get(f"/projects/p/builds/9/runs/r/{name}", status=404)


def test_a_run_says_how_its_progress_is_read(client: Client, database: Database, job: Held) -> None:
    """404 where it does not."""
    said = client.get(f"{job.path}progress-regex", status=200).json["data"]
    assert {"progress-pattern": r"(?P<current>\d+)/(?P<total>\d+)"} == said
    client.get(f"{queued(database, 'plain').path}progress-regex", status=404)


def shown(client: Client, path: str) -> str:
    """Return what a badge says."""
    answer = client.get(path, status=200)
    assert "image/svg+xml" == answer.content_type
    assert "max-age" in answer.headers["Cache-Control"]
    root: Any = ElementTree.fromstring(answer.body)
    return str(root.attrib["aria-label"])


def test_badges_say_how_something_fares(client: Client, database: Database) -> None:
    """A run, the newest run of a suite on a branch, the newest build of a project."""
    run = "u-2026-01-31_10:00:00-rados-main-k-f-smithi"
    make_job(client, run, job_id=1, status="pass")
    make_job(client, "u-2026-01-30_10:00:00-rados-main-k-f-smithi", job_id=1, status="fail")
    make_job(client, "u-2026-01-30_10:00:00-rados-wip/x-k-f-smithi".replace("/", "%2F"), job_id=1, status="running")
    job = held(database, project="a/b")

    assert "rados: finished pass" == shown(client, f"/badge/run/{run}.svg")
    assert "rados main: finished pass" == shown(client, "/badge/rados/main.svg")
    assert "a/b: running" == shown(client, "/projects/a/b/badge.svg") or job
    for path in ("/badge/run/x.svg", "/badge/rados/x.svg", "/badge/rados/main", "/badge/", "/projects/x/badge.svg"):
        client.get(path, status=404)
