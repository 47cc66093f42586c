"""The service as JobServ's users see it: builds, runs, logs, and what its administrator may."""

import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from expect import BrokenError, same, until
from service import OPENER, Service

KEY = "the-internal-key-of-this-story"
FINISHED = ("PASSED", "FAILED", "PROMOTED")
# How long a run of a machine that was lost is waited for.
LEASE_S = 30
BREAKS = 50
# Repositories on this machine are looked at whenever the sweep comes by.
POLLS = {"GIT_TO_PRIVATE": "true", "GIT_POLL_INTERVAL_S": "1"}


class Jobserv(Service):
    """The service, and the signature of its administrator."""

    def environment(self) -> dict[str, str]:
        """The environment of every service here, with the key, and with machines whose disks may be small."""
        said = {"JOBSERV_INTERNAL_API_KEY": KEY, "PULL_DISK_FREE_BYTES": "0", "BUILD_LEASE_S": str(LEASE_S)}
        return super().environment() | {f"PADDLES_{name}": value for name, value in (said | POLLS).items()}

    def ask(self, method: str, path: str, document: Any = None, *, status: int = 200) -> Any:
        """Send a request as the administrator and return the answer's data; repeat it when the connection breaks."""
        now, url = str(int(time.time())), self.url + path
        signed = f"{method},{now},{url.partition('?')[0]}".encode()
        headers = {"X-Time": now, "X-JobServ-Sig": hmac.new(KEY.encode(), signed, hashlib.sha1).hexdigest()}
        headers["Content-Type"] = "application/json"
        body = None if document is None else json.dumps(document).encode()
        code, content = self.exchange(urllib.request.Request(url, body, headers, method=method))
        same(status, code, f"status of {method} {path}: {content[:1000]!r}")
        return json.loads(content or b"{}").get("data")

    def exchange(self, request: urllib.request.Request) -> tuple[int, bytes]:
        """Return status and body of an answer, which is asked for again while processes of the service are killed."""
        for _ in range(BREAKS if request.get_method() == "GET" else 1):
            try:
                with OPENER.open(request, timeout=60) as answer:
                    return int(answer.status), bytes(answer.read())
            except urllib.error.HTTPError as error:
                return error.code, error.read()
            except (OSError, http.client.HTTPException) as error:
                last = error
        raise BrokenError(f"{request.get_method()} {request.full_url}: {last}")

    def project(self, name: str) -> None:
        """Create a project."""
        self.ask("POST", "/projects/", {"name": name}, status=201)

    def build(self, project: str, definition: dict[str, Any], trigger: str, **more: Any) -> "Build":
        """Start a build."""
        document = {"reason": "the story", "trigger-name": trigger, "project-definition": definition, **more}
        made = self.ask("POST", f"/projects/{project}/builds/", document, status=201)
        return Build(self, project, int(made["build_id"]))


class Build:
    """One build of a project."""

    def __init__(self, server: Jobserv, project: str, number: int) -> None:
        """Know a build by its project and number."""
        self.server, self.number = server, number
        self.path = f"/projects/{project}/builds/{number}/"

    def get(self) -> dict[str, Any]:
        """The build as it is now."""
        return self.server.ask("GET", self.path)["build"]

    def statuses(self) -> dict[str, str]:
        """The status of each run."""
        return {run["name"]: run["status"] for run in self.server.ask("GET", f"{self.path}runs/")["runs"]}

    def ended(self, within_s: float) -> str:
        """Wait for the end, and return the status."""
        until(lambda: self.get()["status"] in FINISHED, f"end of {self.path} ({self.statuses()})", within_s)
        return str(self.get()["status"])

    def run(self, name: str) -> dict[str, Any]:
        """A run as it is now."""
        return self.server.ask("GET", f"{self.path}runs/{urllib.parse.quote(name)}/")["run"]

    def load(self, run: str, path: str = "console.log") -> bytes:
        """The log or a file of a run, whole; wherever it is kept."""
        url = f"{self.server.url}{self.path}runs/{urllib.parse.quote(run)}/{path}"
        code, content = self.server.exchange(urllib.request.Request(url))
        same(200, code, f"status of {path} of {run}")
        return content

    def said(self, run: str) -> list[str]:
        """What the script of a run printed, line by line."""
        lines = self.load(run).decode(errors="replace").splitlines()
        begun = next((at for at, line in enumerate(lines) if " run --rm " in line), len(lines))
        ended = next((at for at, line in enumerate(lines) if "The script ended" in line), len(lines))
        return lines[begun + 1 : ended]

    def tests(self, run: str) -> dict[str, str]:
        """The tests of a run with their statuses."""
        found = self.server.ask("GET", f"{self.path}runs/{urllib.parse.quote(run)}/tests/")["tests"]
        return {test["name"]: test["status"] for test in found}

    def printing(self, run: str, text: bytes, within_s: float) -> None:
        """Wait until a run has printed something."""
        until(lambda: text in self.load(run), f"{text!r} in the log of {run}", within_s)


def alive(pid: int) -> bool:
    """Whether a process lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
