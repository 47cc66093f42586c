"""Calls of the task queue, for its tests."""

from typing import Any
from urllib.parse import quote

from tests.client import Client

QUEUE = "sched/vm-2p8g"


def add(client: Client, queue: str = QUEUE, **content: Any) -> str:
    """Add a task and return its id."""
    return str(client.post_json(f"/taskqueue/add?queue={queue}", {"lab": "z9", **content}).json["id"])


def consume(client: Client, queue: str = QUEUE) -> Any:
    """Consume a task and return it, None for none."""
    answer = client.send("PUT", f"/taskqueue/consume?queue={queue}")
    assert (answer.status_int, answer.body) == (201, b"") or answer.status_int == 200
    return answer.json if answer.status_int == 200 else None


def keys(client: Client, pattern: str = "*") -> list[str]:
    """Return the names of lists that have tasks."""
    answer = client.get(f"/taskqueue/keys?queue={quote(pattern)}")
    if answer.status_int == 201:
        assert b"" == answer.body
        return []
    found: list[str] = answer.json
    return found
