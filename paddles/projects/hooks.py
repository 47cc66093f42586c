"""Webhooks that are made at GitHub: a repository is told to send its changes to a project here.

Source: GitHub's REST interface (2022-11-28), ``POST /repos/{owner}/{repo}/hooks``.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

from paddles.errors import Conflict, Invalid, Unavailable
from paddles.events.asking import Answer, Unreached
from paddles.projects import forge_servers
from paddles.settings import Settings

# Those of which something is built.
EVENTS = ("pull_request", "issue_comment")
THERE = "already exists"
LONGEST_REASON = 500
# What GitHub answers to a token that may not know of the repository, or not make a webhook there.
HINTS = {
    HTTPStatus.UNAUTHORIZED: "; githubtok is not good there",
    HTTPStatus.FORBIDDEN: "; githubtok needs the right to make webhooks of the repository",
    HTTPStatus.NOT_FOUND: "; there is no such repository, or githubtok may not make webhooks of it",
}


@dataclass(frozen=True)
class Hook:
    """A webhook: which ``repository``, ``owner/name``, sends to which ``url``, and the ``key`` that signs.

    ``token`` is of an account that may make webhooks of the repository.
    """

    repository: str
    url: str
    key: str = field(repr=False)
    token: str = field(repr=False)


def register(hook: Hook, settings: Settings) -> None:
    """Have GitHub make a webhook.

    Raises:
        Conflict: the repository has one for this address.
        Invalid: GitHub refuses for another reason; the message has its words.
        Unavailable: GitHub does not answer, or not now.
    """
    server = forge_servers.server("github", settings, {"githubtok": hook.token})
    config = {"url": hook.url, "content_type": "json", "secret": hook.key}
    document = {"name": "web", "active": True, "events": EVENTS, "config": config}
    try:
        answer = forge_servers.post(server, f"{server.bases[0]}/repos/{hook.repository}/hooks", document)
    except Unreached as error:
        raise Unavailable(f"GitHub does not answer: {error}") from None
    if answer.status == HTTPStatus.CREATED:
        return
    said = f"GitHub answers {answer.status}: {_reason(answer)}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Unavailable(said)
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and THERE in said:
        raise Conflict(said)
    raise Invalid(said + next((hint for status, hint in HINTS.items() if status == answer.status), ""))


def _reason(answer: Answer) -> str:
    """Return the words of a refusal, in one line: its ``message``, and those of its ``errors``."""
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        document = None
    errors = document.get("errors") if isinstance(document, dict) else None
    parts = [document, *(errors if isinstance(errors, list) else ())]
    words = filter(None, map(_words, parts))
    return " ".join("; ".join(words).split())[:LONGEST_REASON] or "no words"


def _words(part: Any) -> str:
    return str(part.get("message") or "") if isinstance(part, dict) else ""
