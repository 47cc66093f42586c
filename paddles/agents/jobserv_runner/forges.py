"""What a forge is told of a run, so that a pull request shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .console import Console
from .wire import Unreachable, send

GITHUB = {"PASSED": "success", "FAILED": "failure"}
GITLAB = {"PASSED": "success", "FAILED": "failed", "RUNNING": "running", "UPLOADING": "running"}


def github(rundef: Mapping[str, Any], word: str, console: Console) -> None:
    """Set the status of a commit at GitHub; one that is refused is said in the log and nothing more."""
    state = GITHUB.get(word, "pending")
    document = {"state": state, "context": context(rundef), "description": word, "target_url": target(rundef)}
    headers = {"Authorization": f"token {rundef['secrets']['githubtok']}"}
    _tell(rundef["env"]["GH_STATUS_URL"], headers, document, console)


def gitlab(rundef: Mapping[str, Any], word: str, console: Console) -> None:
    """Set the status of a commit at GitLab; one that is refused is said in the log and nothing more."""
    state = GITLAB.get(word, "pending")
    document = {"state": state, "name": context(rundef), "description": word, "target_url": target(rundef)}
    _tell(rundef["env"]["GL_STATUS_URL"], {"PRIVATE-TOKEN": rundef["secrets"]["gitlabtok"]}, document, console)


def context(rundef: Mapping[str, Any]) -> str:
    """Return what a forge calls this run among all that look at a commit."""
    return str(rundef["env"].get("H_RUN", rundef["project"]))


def target(rundef: Mapping[str, Any]) -> str:
    """Return the page of the run."""
    return str(rundef.get("frontend_url") or rundef["run_url"])


def _tell(url: str, headers: Mapping[str, str], document: Mapping[str, str], console: Console) -> None:
    body = json.dumps(document).encode()
    try:
        answer = send("POST", url, body, {"Content-Type": "application/json", **headers})
    except Unreachable as error:
        console.error(f"the forge was not told: {error}")
        return
    if not answer.good:
        console.error(f"the forge refused the status: {answer.status} {answer.body[:200].decode(errors='replace')}")
