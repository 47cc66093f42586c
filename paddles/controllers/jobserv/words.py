"""The JobServ face's words: its names for what the core knows, and its addresses.

Its build is a run of ours that belongs to a project, its run a job, its worker a machine, its host tag a queue.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from paddles.db.pages import Page
from paddles.errors import Invalid
from paddles.projects import links
from paddles.web import query
from paddles.web.query import Whole

BUILD: Mapping[str, str] = {
    "queued": "QUEUED",
    "running": "RUNNING",
    "failing": "RUNNING_WITH_FAILURES",
    "pass": "PASSED",
    "fail": "FAILED",
    "promoted": "PROMOTED",
}
JOB: Mapping[str, str] = {
    "queued": "QUEUED",
    "running": "RUNNING",
    "uploading": "UPLOADING",
    "cancelling": "CANCELLING",
    "pass": "PASSED",
    "fail": "FAILED",
}
# Of a test, and of a result in it.
RESULT: Mapping[str, str] = {
    "queued": "QUEUED",
    "running": "RUNNING",
    "pass": "PASSED",
    "fail": "FAILED",
    "error": "FAILED",
    "skip": "SKIPPED",
    "unknown": "SKIPPED",
}
# Who has made a trigger that nobody says he has made.
UNKNOWN = "unknown-internal"
USUAL_LIMIT, HIGHEST_LIMIT = 25, 1000


def _positive(number: int) -> int:
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


class PageQuery(query.Query):
    """Which part of a list, its pages numbered from 0."""

    limit: Annotated[Whole, AfterValidator(_positive)] = USUAL_LIMIT
    page: Whole = 0

    @property
    def part(self) -> Page:
        """The part of the list."""
        size = min(self.limit, HIGHEST_LIMIT)
        return Page(size, size * min(self.page, query.MOST * query.MOST))


def moment(when: datetime.datetime | None) -> str | None:
    """Return a moment as the API writes it: UTC, ISO 8601, with its offset."""
    return when.astimezone(datetime.UTC).isoformat() if when else None


def run_status(status: str, stage: str, *, cancelled: bool) -> str:
    """Return how a job is, by its status, its stage and whether its end was asked for."""
    if status in ("queued", "waiting"):
        return "QUEUED"
    if status in ("pass", "fail", "dead"):
        return "PASSED" if status == "pass" else "FAILED"
    if cancelled:
        return "CANCELLING"
    return "UPLOADING" if stage == "uploading" else "RUNNING"


def segment(text: str, what: str) -> str:
    """Return what is to be one part of an address. Raises Invalid where it cannot be."""
    if text in (".", "..") or "/" in text:
        raise Invalid(f"a {what} is neither . nor .. and has no slash")
    return text


def file_path(text: str) -> str:
    """Return the path of a file among those of a run. Raises Invalid where it leads elsewhere."""
    if {"", ".", ".."} & set(text.split("/")):
        raise Invalid("the path of a file is relative, and no part of it is blank, . or ..")
    return text


def project_url(base: str, project: str) -> str:
    """Return the address of a project; ``base`` is what addresses of ours begin with."""
    return f"{base}{links.project(project)}"


def build_url(base: str, project: str, number: int) -> str:
    """Return the address of a build."""
    return f"{base}{links.build(project, number)}"


def run_url(base: str, project: str, number: int, key: str) -> str:
    """Return the address of a job of a build."""
    return f"{base}{links.run(project, number, key)}"


def project(row: Any, base: str) -> dict[str, Any]:
    """Return a project."""
    shown = {"name": row.name, "synchronous-builds": row.synchronous, "url": project_url(base, row.name)}
    return {**shown, "allowed-host-tags": row.allowed_tags} if row.allowed_tags else shown


def trigger(row: Any, secrets: Any) -> dict[str, Any]:
    """Return a trigger: these eight keys and no other, since JobServ's poller makes an object of them."""
    return {
        "id": row.id,
        "user": row.owner,
        "type": row.type,
        "project": row.project,
        "definition_repo": row.definition_repo or None,
        "definition_file": row.definition_file or None,
        "queue_priority": -row.priority,
        "secrets": secrets,
    }


def poll(row: Any) -> dict[str, Any]:
    """Return what is known of a trigger that looks for something to build."""
    return {
        "trigger": row.id,
        "project": row.project,
        "type": row.type,
        "due": row.due,
        "polled": row.polled,
        "fault": row.fault,
        "definition_sha": row.definition_sha or None,
    }


def notice(row: Any, base: str) -> dict[str, Any]:
    """Return what somebody is to be told of a build."""
    return {
        "id": row.id,
        "build": build_url(base, row.project, row.number),
        "url": row.url,
        "status": row.status,
        "attempts": row.attempts,
        "next_try": row.next_try,
        "fault": row.fault,
    }


def named(secrets: Iterable[str]) -> list[dict[str, str]]:
    """Return the names of secrets, as a trigger's are listed."""
    return [{"name": name} for name in secrets]
