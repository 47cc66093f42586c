"""The JobServ face's words: its names for what the core knows, and its addresses.

Its build is a run of ours that belongs to a project, its run a job, its worker a machine, its host tag a queue.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, quote, urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator

from paddles.db.pages import Page
from paddles.errors import NotFound
from paddles.web import origins, query
from paddles.web.face import Call
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
# Who has made a trigger that nobody says he has made.
UNKNOWN = "unknown-internal"
USUAL_LIMIT, HIGHEST_LIMIT = 25, 1000


class Success(BaseModel):
    """What an answer brings, in the envelope of JSend."""

    status: Literal["success"]
    data: Any


def success(data: Any) -> dict[str, Any]:
    """Return an answer in its envelope."""
    return {"status": "success", "data": data}


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


def page(name: str, items: Sequence[Any], total: int, asked: PageQuery, here: str) -> dict[str, Any]:
    """Return part of a list under ``name``; ``here`` is the address that was asked for, with its query."""
    part = asked.part
    size = part.limit or 1
    shown = {"limit": size, "page": asked.page, "pages": -(-total // size), "total": total, name: items}
    if part.offset + size < total:
        path, _, said = here.partition("?")
        others = [pair for pair in parse_qsl(said, keep_blank_values=True) if pair[0] not in ("limit", "page")]
        shown["next"] = f"{path}?{urlencode([*others, ('limit', size), ('page', asked.page + 1)])}"
    return shown


def base(call: Call) -> str:
    """Return what addresses in the answer to a request begin with: the scheme and host that it was sent to."""
    return origins.base("", call.headers)


def number(text: str, what: str) -> int:
    """Return a number that stands in an address. Raises NotFound: nothing has another one."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise NotFound(f"there is no {what} {text[:80]}")


def project_url(base: str, project: str) -> str:
    """Return the address of a project; ``base`` is what addresses of ours begin with."""
    return f"{base}/projects/{quote(project)}/"


def build_url(base: str, project: str, number: int) -> str:
    """Return the address of a build."""
    return f"{project_url(base, project)}builds/{number}/"


def run_url(base: str, project: str, number: int, key: str) -> str:
    """Return the address of a job of a build."""
    return f"{build_url(base, project, number)}runs/{quote(key, safe='')}/"


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


def named(secrets: Iterable[str]) -> list[dict[str, str]]:
    """Return the names of secrets, as a trigger's are listed."""
    return [{"name": name} for name in secrets]
