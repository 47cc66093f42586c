"""Servers of forges: asked of changes, and told of what becomes of them; those that the settings name, and no others.

Source: the REST interfaces of GitHub (2022-11-28) and GitLab (v4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from paddles.events import asking
from paddles.events.asking import Answer, Unreached
from paddles.settings import Settings

MOST_BYTES = 2**22
LONGEST_DESCRIPTION = 140
# The variable of a build that has the address which statuses of its commit are sent to.
STATUS_URLS = {"github": "GH_STATUS_URL", "gitlab": "GL_STATUS_URL"}
# What GitLab calls a status.
GITLAB = {"pending": "pending", "failure": "failed"}


class Status(NamedTuple):
    """How something fares that is done for a commit: ``pending`` or ``failure``, and where more is shown."""

    context: str
    state: str
    description: str
    url: str


@dataclass(frozen=True)
class Server:
    """What begins the addresses that may be asked, and what is shown there."""

    forge: str
    bases: Sequence[str]
    headers: Mapping[str, str] = field(repr=False)


def server(forge: str, settings: Settings, secrets: Mapping[str, str]) -> Server:
    """Return the server of a forge, asked with the token of a trigger: ``githubtok`` or ``gitlabtok``."""
    usual = {"User-Agent": "paddles", "Content-Type": "application/json"}
    if forge == "github":
        token = {"Authorization": f"token {secrets['githubtok'].strip()}"} if "githubtok" in secrets else {}
        return Server(forge, [settings.github_api_url.rstrip("/")], {**usual, **token})
    token = {"PRIVATE-TOKEN": secrets["gitlabtok"].strip()} if "gitlabtok" in secrets else {}
    return Server(forge, [each.rstrip("/") for each in settings.gitlab_servers], {**usual, **token})


def get(server: Server, url: str) -> Any:
    """Return what a server shows at an address, None where nothing is. Raises Unreached."""
    answer = _ask(server, "GET", url, None)
    if answer.status == 404:
        return None
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise Unreached(f"{url[:200]} answered with something other than JSON") from None


def tell(server: Server, url: str, status: Status) -> None:
    """Tell a server how something fares; telling it twice changes nothing. Raises Unreached."""
    description = status.description[:LONGEST_DESCRIPTION]
    if server.forge == "github":
        said = {"context": status.context, "state": status.state, "description": description, "target_url": status.url}
        _ask(server, "POST", url, orjson.dumps(said))
        return
    query = {
        "name": status.context,
        "state": GITLAB[status.state],
        "description": description,
        "target_url": status.url,
    }
    _ask(server, "POST", f"{url}?{urlencode(query)}", b"")


def post(server: Server, url: str, document: Any) -> Answer:
    """Send a document to an address of a server and return the answer, whatever it is. Raises Unreached: none came."""
    return _sent(server, "POST", url, orjson.dumps(document))


def _ask(server: Server, method: str, url: str, body: bytes | None) -> Answer:
    answer = _sent(server, method, url, body)
    if not (200 <= answer.status < 300 or (method == "GET" and answer.status == 404)):
        raise Unreached(f"{url[:200]} answered with {answer.status}")
    return answer


def _sent(server: Server, method: str, url: str, body: bytes | None) -> Answer:
    if not url.startswith(tuple(f"{base}/" for base in server.bases)):
        raise Unreached(f"{url[:200]} is on no server of the settings")
    # Whoever writes the settings knows where these servers are.
    return asking.ask(method, url, body, server.headers, private=True, most_bytes=MOST_BYTES)
